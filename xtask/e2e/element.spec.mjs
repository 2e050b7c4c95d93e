// The contract of <lambda-lifecycles> with the page around it.

import { eventually, expect, holdProgram, test } from "./fixtures.mjs";
import {
  machine,
  mounted,
  reach,
  recordEvents,
  recorded,
  requestsDuring,
  run,
  setSpeed,
  state,
  waitForState,
} from "./machine.mjs";

test("a call before the program is loaded waits for it, and the page shows that", async ({ page }) => {
  const release = await holdProgram(page);
  await page.goto("");
  await recordEvents(page);
  await page.locator('a[href^="#lambda:"]').first().click();
  await expect(machine(page), "while the click waits").toHaveAttribute("aria-busy", "true");
  expect(await state(page), "the state before the program is loaded").toBeNull();
  release();
  await mounted(page);
  await waitForState(page, "the click takes effect", Boolean);
  expect(await machine(page).getAttribute("aria-busy"), "aria-busy after the click").toBeNull();
  expect((await recorded(page, "lambda-state")).length, "events of the effect").toBeGreaterThan(0);
});

test("two machines share the program and the stylesheet, but not their state", async ({ page }) => {
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto("");
  await page.evaluate(() => {
    const second = document.createElement("lambda-lifecycles");
    second.id = "second";
    second.setAttribute("load", "eager");
    document.querySelector("lambda-lifecycles").after(second);
  });
  await reach(page);
  await mounted(page, 1);
  for (const n of [0, 1]) await setSpeed(page, 100, n);
  await reach(page, 1);
  await run(page, "invoke check", 1);
  await waitForState(page, "the second machine's invocation ends", (now) => now.outcomes.length === 1, 1);
  const environments = [(await state(page))?.environment ?? 0, (await state(page, 1)).environment];
  expect(environments, "environments after an invocation in the second machine").toEqual([0, 1]);
  await reach(page);
  await run(page, "invoke proper; invoke proper");
  await waitForState(page, "the first machine's invocations end", (now) => now.outcomes.length === 2);
  expect((await state(page, 1)).outcomes.length, "outcomes of the second machine").toBe(1);
  const shareTheSheet = await page.$$eval("lambda-lifecycles", ([a, b]) => {
    const [[one], [other]] = [a.shadowRoot.adoptedStyleSheets, b.shadowRoot.adoptedStyleSheets];
    return one instanceof CSSStyleSheet && one === other;
  });
  expect(shareTheSheet, "both machines adopt one stylesheet").toBe(true);
  for (const file of [/\.wasm$/, /machine-\w+\.js$/, /machine-\w+\.css$/]) {
    expect(requests.filter((path) => file.test(path)).length, `requests for ${file}`).toBe(1);
  }
});

test("a bad attribute is explained until it is corrected", async ({ page }) => {
  await page.goto("");
  await reach(page);
  const message = machine(page).getByText('knex="2.0"');
  await machine(page).evaluate((element) => element.setAttribute("knex", "2.0"));
  await expect(message).toBeVisible();
  await machine(page).evaluate((element) => element.removeAttribute("knex"));
  await expect(message).toHaveCount(0);
});

test("an address with a scenario runs it", async ({ page }) => {
  await page.goto("#lambda:invoke%20check");
  await waitForState(page, "the address's scenario has run", Boolean);
});

test("a machine stops out of sight, and goes on when it or a figure of it is on the screen", async ({ page }) => {
  await page.goto("");
  await page.evaluate(() => {
    const far = document.createElement("div");
    far.id = "far";
    far.style.marginBlockStart = "4000px";
    far.append(document.createElement("lambda-lifecycles"));
    far.firstChild.setAttribute("load", "eager");
    document.body.append(far);
  });
  const n = (await page.locator("lambda-lifecycles").count()) - 1;
  await mounted(page, n);
  const element = machine(page, n);
  for (const [figure, scrollFrom, show] of [
    ["a figure", 0, () => element.evaluate((it) => it.watch(document.querySelector("h1")))],
    ["the machine", 1500, () => element.evaluate((it) => it.scrollIntoView())],
  ]) {
    await page.evaluate((from) => scrollTo(0, from), scrollFrom);
    await page.waitForTimeout(300);
    await run(page, "set lambda.freeze=auto; invoke check", n);
    const begun = (now) => now.playing && !now.outcomes.length;
    const before = await waitForState(page, "the invocation has begun", begun, n);
    expect(await requestsDuring(page, 1500), `requests before ${figure} is on the screen`).toEqual([]);
    expect(await state(page, n), `the state before ${figure} is on the screen`).toEqual(before);
    await show();
    const ended = (now) => !now.playing && now.outcomes.length === 1;
    await waitForState(page, `the machine goes on when ${figure} is on the screen`, ended, n);
  }
});

test("a machine that is moved in the page keeps its state", async ({ page }) => {
  await page.goto("");
  await reach(page);
  await run(page, "invoke check");
  await waitForState(page, "the machine runs", Boolean);
  // Read at once after the move, before the run goes on.
  const [before, after] = await machine(page).evaluate(async (element) => {
    const before = element.state;
    element.parentElement.prepend(element);
    await new Promise((resolve) => queueMicrotask(resolve));
    return [before, element.state];
  });
  expect(after, "the state after the move").toEqual(before);
  await mounted(page);
});

test.describe("without the program", () => {
  for (const [how, answer, complaints] of [
    [
      "missing",
      { status: 404, body: "" },
      [/response: 404/, /console: Failed to load/],
    ],
    ["broken", { contentType: "application/wasm", body: "no" }, []],
  ]) {
    test(`the article stays, with a line that says why: the program is ${how}`, async ({ page, complaints: observed }) => {
      observed.expect(...complaints);
      await page.route("**/*.wasm", (route) => route.fulfill(answer));
      await page.goto("");
      await page.locator('a[href^="#lambda:"]').first().click();
      await expect(machine(page).getByRole("status").filter({ hasText: "could not be loaded" })).toHaveCount(1);
      expect(await machine(page).getAttribute("aria-busy"), "nothing waits any longer").toBeNull();
      await expect(page.locator("h1")).toBeVisible();
    });
  }
});

test("a server may send the program under another type", async ({ page }) => {
  await page.route("**/*.wasm", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-type": "application/octet-stream" } });
  });
  await page.goto("");
  await reach(page);
});

test("a panic is shown in the machine", async ({ page, complaints }) => {
  complaints.expect(/exception: LambdaLifecyclesPanic/);
  await page.goto("");
  await reach(page);
  // The program's own hook reports a panic in this way.
  await page.evaluate(() => reportError(Object.assign(new Error("boom"), { name: "LambdaLifecyclesPanic" })));
  await expect(machine(page).getByRole("status").filter({ hasText: "has stopped (boom)" })).toBeVisible();
});

test("the focus moves from a button of the first state to the machine", async ({ page }) => {
  const release = await holdProgram(page);
  await page.goto("");
  await machine(page).getByRole("button", { name: "Invoke" }).first().press("Enter");
  release();
  await mounted(page);
  const onButton = () => machine(page).evaluate((element) => element.shadowRoot.activeElement?.matches("button"));
  await eventually("a button of the machine has the focus", onButton).toBe(true);
});
