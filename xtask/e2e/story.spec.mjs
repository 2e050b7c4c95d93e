// The reader's story: what somebody who opens the page can do, in the order in which readers do it.

import {
  eventually,
  expect,
  expectFitsScreen,
  holdProgram,
  onScreens,
  picture,
  pictureForReadme,
  test,
} from "./fixtures.mjs";
import {
  button,
  errors,
  machine,
  press,
  reach,
  recordEvents,
  requestsDuring,
  run,
  setSpeed,
  settled,
  startOver,
  state,
  waitForOutcomes,
} from "./machine.mjs";
import { NARROW, NARROWEST, WIDE } from "./screens.mjs";

/** The failure that the article must not give away before the reader has seen it. */
const SECRET = "Unable to acquire a connection";

/** Lines of the listing that the first invocation runs, in this order: two of the module's top level, then the handler's. */
const EXPECTED_LINES = [1, 2, 5, 6, 19, 20];

/** The texts of the article's headings and their distances from the top. The machine's own headings are left out. */
const headings = (page) =>
  page.evaluate(() => {
    const own = [...document.querySelectorAll("h1, h2, h3")].filter((heading) => !heading.closest("lambda-lifecycles"));
    return own.map((heading) => [heading.textContent, Math.round(heading.getBoundingClientRect().top + scrollY)]);
  });

/** Records from now on the numbers of the listing's lines that are lit, in the order in which that happens. */
const recordLitLines = (page) =>
  machine(page).evaluate((element) => {
    window.litLines = [];
    const look = () => {
      const lit = element.shadowRoot.querySelector(".l.lit");
      const line = lit && [...lit.parentElement.children].indexOf(lit) + 1;
      if (line && line !== window.litLines.at(-1)) window.litLines.push(line);
    };
    const options = { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] };
    new MutationObserver(look).observe(element.shadowRoot, options);
  });

const litLines = (page) => page.evaluate(() => window.litLines);

/** The chips of the first handler's strip: a mark for success or failure, and the first word. */
const chips = (page) =>
  machine(page)
    .locator(".strip")
    .first()
    .locator(".o")
    .evaluateAll((all) => all.map((chip) => `${chip.classList.contains("x") ? "✗" : "✓"} ${chip.textContent.split(" ")[0]}`));

async function expectLogged(page, ...words) {
  const log = await machine(page).getByRole("log").textContent();
  for (const word of words) expect(log, "the machine's log").toContain(word);
}

/** The bar at the bottom edge of the page shows the same outcome as the machine. */
async function expectBar(page, mark) {
  const bar = await page.locator(".bar .now").textContent();
  expect(bar, "the bar").toContain(mark);
  expect(bar, "the bar").toContain("destroyed");
}

async function expectNothingHappened(page) {
  const now = await state(page);
  expect(now?.environment, "the first state has an environment").toBeUndefined();
  expect(now?.outcomes?.length ?? 0, "outcomes of the first state").toBe(0);
  const lanes = machine(page).locator(".lane");
  expect(await lanes.getByText("No environment yet").count(), "empty places for environments").toBe(2);
  expect(await lanes.getByText("no outcome yet", { exact: true }).count(), "empty strips").toBe(2);
  for (const part of [machine(page).locator("div.m"), page.locator(".opening"), page.locator(".bar")]) {
    const text = await part.innerText();
    for (const word of [SECRET, "✗", "✓", "destroyed"]) {
      expect(text, "a text before anything has happened").not.toContain(word);
    }
  }
  await expect(page.locator("#predict-second .again"), "the second invocation has to wait").toHaveAttribute("aria-disabled", "true");
}

async function invokeOnce(page) {
  await recordEvents(page);
  await recordLitLines(page);
  await page.getByRole("button", { name: "Invoke it", exact: true }).click();
  await eventually("a line is lit", async () => (await litLines(page)).length).toBeGreaterThan(0);
  const first = await waitForOutcomes(page, 1, "the first invocation ends");
  await settled(page);
  expect(first).toMatchObject({ ok: true, start: "cold", result: "Postgres: connection test success" });
  const lines = await litLines(page);
  const places = EXPECTED_LINES.map((line) => lines.indexOf(line));
  expect(places, `each of the lines ${EXPECTED_LINES} is lit (lit were ${lines})`).not.toContain(-1);
  expect(places, `the lines are lit in their order (lit were ${lines})`).toEqual(places.toSorted((a, b) => a - b));
  expect(await chips(page)).toEqual(["✓ cold"]);
  await expectBar(page, "✓");
  await expectLogged(page, "START", "Invoked: checkDatabaseConnection", ">>> Postgres: success... SELECT", "END", "REPORT");
  await expect(page.locator("#predict-second .again"), "the second invocation can come").toHaveAttribute("aria-disabled", "false");
}

async function invokeAgainAfterAGuess(page, screen) {
  const box = page.locator("#predict-second");
  await box.getByRole("radio").first().check();
  await box.getByRole("button", { name: "Invoke it again" }).click();
  const second = await waitForOutcomes(page, 2, "the second invocation ends");
  await settled(page);
  const result = "Postgres: connection test fail";
  expect(second).toMatchObject({ ok: false, start: "warm", message: SECRET, result });
  expect(await chips(page)).toEqual(["✓ cold", "✗ warm"]);
  await expectBar(page, "✗");
  await expectLogged(page, `ERROR\t>>> Postgres: error... ${SECRET}`);
  const answer = await box.locator(".told").innerText();
  expect(answer).toMatch(/You expected 'Postgres: connection test success'/);
  expect(answer).toMatch(/✗ It returned 'Postgres: connection test fail'/);
  await machine(page).locator(".l .why", { hasText: SECRET }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await pictureForReadme(page, screen === WIDE ? "failed" : "phone");
  await picture(page, "failed");
  await reach(page);
  await picture(page, "failed-machine");
}

/** While nothing happens, the page asks for no frames and no timers. */
async function expectRest(page) {
  await settled(page);
  // The line above the bar has a timer of its own, which ends after six seconds.
  await expect(page.locator(".flash")).toBeHidden();
  expect(await requestsDuring(page, 2000), "requests of a page at rest").toEqual([]);
}

/** A guess that was right is confirmed. "Again" means a second invocation, whatever was invoked in between. */
async function guessRight(page) {
  await startOver(page);
  await run(page, "invoke proper");
  await waitForOutcomes(page, 1, "the other handler's invocation ends");
  const box = page.locator("#predict-second");
  await box.getByRole("radio").nth(1).check();
  await box.locator(".again").click();
  const last = await waitForOutcomes(page, 3, "both invocations end");
  expect(last, "the second invocation in a new environment").toMatchObject({ ok: false, start: "warm" });
  const answer = await box.locator(".told").innerText();
  expect(answer).toMatch(/^As you expected, it returned 'Postgres: connection test fail'/);
  await settled(page);
}

/** The later boxes of the article take a guess, ask the simulation, and show the answer. */
async function askTheBoxes(page) {
  for (const [id, guess, answer] of [
    ["#predict-hours", 0, /As you expected, it returned 'Postgres: connection test success'/],
    ["#predict-crash", 0, /✓ The third returned 'from the file, call 1'/],
    ["#predict-timer", 0, /✓ The second returned 'reminders so far: 1'/],
    ["#predict-turns", 1, /As you expected, the third returned 'Postgres: connection test fail'/],
  ]) {
    const box = page.locator(id);
    await box.getByRole("radio").nth(guess).check();
    await press(page, box.locator(".again"));
    expect(await box.locator(".told").innerText(), id).toMatch(answer);
    await picture(page, id.slice(1));
  }
}

async function followEveryLink(page) {
  const links = page.locator("a.act");
  const count = await links.count();
  expect(count, "links of the article that act").toBeGreaterThanOrEqual(15);
  for (let at = 0; at < count; at++) await press(page, links.nth(at));
  expect(new URL(page.url()).hash, "an acting link leaves the address alone").toBe("");
}

/** The other handler succeeds cold, warm and after a freeze. */
async function invokeTheOtherHandler(page) {
  await machine(page).getByLabel("Module").selectOption("index.js");
  await startOver(page);
  await reach(page);
  const tab = machine(page).getByRole("tab").nth(1);
  if (await tab.isVisible()) await tab.click();
  const invoke = button(page, "Invoke checkDatabaseConnectionProper");
  const all = [...(await press(page, invoke)), ...(await press(page, invoke))];
  await press(page, button(page, "5 min"));
  all.push(...(await press(page, invoke)));
  expect(all.map(({ ok, start }) => [ok, start])).toEqual([
    [true, "cold"],
    [true, "warm"],
    [true, "warm"],
  ]);
  await picture(page, "proper");
}

async function invokeInANewEnvironment(page) {
  await startOver(page);
  await run(page, "invoke check; invoke check; reclaim; invoke check");
  const last = await waitForOutcomes(page, 3, "the invocation after the reclaim ends");
  expect(last, "the invocation after the reclaim").toMatchObject({ ok: true, start: "cold" });
  await settled(page);
}

/** A scenario with an error changes nothing. The message has the place of the error, and what could stand there. */
async function runABadScenario(page) {
  const before = await state(page);
  await recordEvents(page);
  await run(page, "invok check");
  await eventually("the error is reported", async () => (await errors(page)).length).toBeGreaterThan(0);
  const [message] = await errors(page);
  for (const words of [/line 1/, /column 1\b/, /invok\b/, /expected .*invoke/s]) expect(message).toMatch(words);
  const alert = machine(page).getByRole("alert");
  expect((await alert.locator("pre").textContent()).trim(), "the message in the machine").toBe(message.trim());
  expect(await state(page), "the state after the error").toEqual(before);
  await reach(page);
  await picture(page, "bad-scenario");
  await run(page, "invoke check");
  await waitForOutcomes(page, 1, "the next scenario runs");
  expect(await alert.count(), "messages after the next scenario").toBe(0);
  await settled(page);
}

onScreens([WIDE, NARROW], (screen) => {
  test("the reader's story, at the reader's pace and then on", async ({ page }) => {
    // It takes half a minute on an idle machine.
    test.slow();
    await page.goto("");
    await reach(page);
    await test.step("nothing has happened", () => expectNothingHappened(page));
    await test.step("the page fits the screen", () => expectFitsScreen(page));
    await test.step("the first invocation succeeds", () => invokeOnce(page));
    await test.step("the second invocation fails", () => invokeAgainAfterAGuess(page, screen));
    await test.step("the page rests", () => expectRest(page));
    await setSpeed(page, 100);
    await test.step("a right guess is confirmed", () => guessRight(page));
    await test.step("the boxes answer", () => askTheBoxes(page));
    await test.step("every link acts", () => followEveryLink(page));
    await test.step("the other handler always succeeds", () => invokeTheOtherHandler(page));
    await test.step("a new environment succeeds", () => invokeInANewEnvironment(page));
    await test.step("a bad scenario is explained", () => runABadScenario(page));
    await test.step("the page still fits the screen", () => expectFitsScreen(page));
  });

  test("by keyboard alone, from the top of the page to the second outcome", async ({ page }) => {
    await page.goto("");
    await reach(page);
    await page.evaluate(() => scrollTo(0, 0));
    await recordEvents(page);
    /** The text of the element that has the focus, and the style of its outline. */
    const focused = () =>
      page.evaluate(() => {
        let { activeElement: at } = document;
        while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
        const { outlineStyle } = getComputedStyle(at.closest("label") ?? at);
        return [at.textContent.trim() || at.value || at.id, outlineStyle];
      });
    const tabTo = async (name) => {
      for (let steps = 0; steps < 12; steps++) {
        await page.keyboard.press("Tab");
        const [text, outline] = await focused();
        expect(outline, `the outline of “${text}”, which has the focus`).not.toBe("none");
        if (text === name) return;
      }
      throw new Error(`“${name}” cannot be reached with the Tab key`);
    };
    await tabTo("Invoke it");
    await page.keyboard.press("Enter");
    await waitForOutcomes(page, 1, "the first invocation ends");
    await settled(page);
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await tabTo("Invoke it again");
    await page.keyboard.press("Enter");
    const second = await waitForOutcomes(page, 2, "the second invocation ends");
    expect(second).toMatchObject({ ok: false, message: SECRET });
    await page.getByText("You expected").waitFor();
  });

  test.describe("without JavaScript", () => {
    test.use({ javaScriptEnabled: false });
    test("the page is an article", async ({ page, complaints }) => {
      // Chromium refuses to preload a script where scripts are disabled.
      complaints.expect(/request: .*machine-\w+\.js csp/);
      await page.goto("");
      await expect(page.locator("h1")).toHaveCount(1);
      await expect(page.locator("h1")).toBeVisible();
      await picture(page, "without-script");
    });
  });
});

onScreens([WIDE, NARROW, NARROWEST], () => {
  test("the machine appears without moving the article", async ({ page }) => {
    const release = await holdProgram(page);
    await page.goto("", { waitUntil: "domcontentloaded" });
    await page.waitForLoadState("load");
    const before = await headings(page);
    await picture(page, "first-state");
    release();
    await reach(page);
    expect(await headings(page), "the places of the headings").toEqual(before);
    await picture(page, "first-machine");
  });
});
