// The contract of <lambda-lifecycles> with the page around it.

import { equal, holdProgram, until, visit } from "./browser.mjs";
import { listen, machine, mounted, news, reach, run, setSpeed, state, told } from "./machine.mjs";
import { restsFor } from "./manners.mjs";

const CYCLES = 1000;

/** What is asked before the program is there is done when it comes, in order, and the page says that it waits. */
async function keepsWhatIsAsked(browser) {
  let release;
  await visit(browser, { prepare: async (page) => (release = await holdProgram(page)) }, async (page) => {
    await listen(page);
    await page.locator('a[href^="#lambda:"]').first().click();
    equal(await machine(page).getAttribute("aria-busy"), "true", "aria-busy while the click waits");
    equal(await machine(page).evaluate((element) => element.state), null, "the state before the program is there");
    release();
    await mounted(page);
    await told(page, "the kept click is carried out", Boolean);
    equal(await machine(page).getAttribute("aria-busy"), null, "aria-busy after it");
    equal((await news(page)).some(([name]) => name === "lambda-state"), true, "the page hears of it");
  });
}

/** All elements of a page share one program and one stylesheet, and do not share their state. */
async function standsBesideAnother(browser) {
  const requests = [];
  await visit(
    browser,
    { prepare: (page) => page.on("request", (request) => requests.push(new URL(request.url()).pathname)) },
    async (page) => {
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
      await told(page, "the second machine's invocation ends", (now) => now.outcomes.length === 1, 1);
      const environments = () => page.$$eval("lambda-lifecycles", (all) => all.slice(0, 2).map((it) => it.state?.environment ?? 0));
      equal(await environments(), [0, 1], "environments after an invocation in the second machine");
      await reach(page);
      await run(page, "invoke proper; invoke proper");
      await told(page, "the first machine's invocations end", (now) => now.outcomes.length === 2);
      equal((await state(page, 1)).outcomes.length, 1, "outcomes of the second machine");
      const sheets = await page.$$eval("lambda-lifecycles", ([a, b]) => {
        const [[one], [other]] = [a.shadowRoot.adoptedStyleSheets, b.shadowRoot.adoptedStyleSheets];
        return one instanceof CSSStyleSheet && one === other;
      });
      equal(sheets, true, "one adopted stylesheet");
      for (const ending of [/\.wasm$/, /machine-\w+\.js$/]) {
        equal(requests.filter((path) => ending.test(path)).length, 1, `requests for ${ending}`);
      }
    },
  );
}

/** A bad attribute is told in the machine, and mending it takes the message away. */
async function tellsBadAttributes(browser) {
  await visit(browser, {}, async (page) => {
    await reach(page);
    const message = machine(page).getByText('knex="2.0"');
    await machine(page).evaluate((element) => element.setAttribute("knex", "2.0"));
    await until("the bad attribute is told", () => message.isVisible());
    await machine(page).evaluate((element) => element.removeAttribute("knex"));
    await until("the message is gone", async () => (await message.count()) === 0);
  });
}

/** A program that cannot be had leaves the page, and one line. */
async function survivesWithoutProgram(browser) {
  const broken = [
    ["is not there", (route) => route.fulfill({ status: 404, body: "" }), [/response: 404/, /console: Failed to load/, /request: .*wasm/]],
    ["is broken", (route) => route.fulfill({ contentType: "application/wasm", body: "no" }), []],
  ];
  for (const [how, answer, expected] of broken) {
    await visit(browser, { prepare: (page) => page.route("**/*.wasm", answer), expected }, async (page) => {
      await page.locator('a[href^="#lambda:"]').first().click();
      const line = machine(page).getByRole("status").filter({ hasText: "could not be loaded" });
      await until(`a line says that the program ${how}`, async () => (await line.count()) === 1);
      equal(await machine(page).getAttribute("aria-busy"), null, "nothing waits any longer");
      equal(await page.locator("h1").isVisible(), true, "the article is still there");
    });
  }
}

/** A panic ends the program for all; each element says so. */
async function tellsPanic(browser) {
  await visit(browser, { expected: [/exception: LambdaLifecyclesPanic/] }, async (page) => {
    await reach(page);
    // As the program's own hook does it.
    await page.evaluate(() => reportError(Object.assign(new Error("boom"), { name: "LambdaLifecyclesPanic" })));
    await until("a line says that the program has stopped", () =>
      machine(page).getByRole("status").filter({ hasText: "has stopped (boom)" }).isVisible(),
    );
  });
}

/** Whoever presses a button of the first state by keyboard goes on at the machine, not at the top of the page. */
async function handsOverTheFocus(browser) {
  let release;
  await visit(browser, { prepare: async (page) => (release = await holdProgram(page)) }, async (page) => {
    await machine(page).getByRole("button", { name: "Invoke" }).first().press("Enter");
    release();
    await mounted(page);
    await until("the machine's first button has the focus", () =>
      machine(page).evaluate((element) => element.shadowRoot.activeElement?.matches("button")),
    );
  });
}

/** An address with a scenario runs it. */
async function runsItsAddress(browser) {
  await visit(browser, { hash: "#lambda:invoke%20check" }, (page) =>
    told(page, "the address's scenario has run", Boolean),
  );
}

/** The bytes of the program's own memory. */
export const programMemory = (page) =>
  page.evaluate(async () => {
    // The glue gives the program that runs already.
    const resources = performance.getEntriesByType("resource").map(({ name }) => name);
    const glue = await import(resources.find((name) => /machine-\w+\.js$/.test(name)));
    // What the program exports has short names.
    const memory = Object.values(await glue.default()).find((it) => it instanceof WebAssembly.Memory);
    return memory.buffer.byteLength;
  });

/** Elements come and go without anything growing: neither the program's memory, nor nodes, nor listeners. */
async function comesAndGoes(browser) {
  await visit(browser, {}, async (page) => {
    await reach(page);
    const session = await page.context().newCDPSession(page);
    const measure = async () => {
      // What the last machine still had to do in a frame is done, and the second time nothing holds it any longer.
      for (let times = 0; times < 2; times++) {
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
        await session.send("HeapProfiler.collectGarbage");
      }
      const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
      return { nodes, jsEventListeners, memory: await programMemory(page) };
    };
    const cycle = (times) =>
      page.evaluate(async (times) => {
        const place = document.querySelector("lambda-lifecycles").parentElement;
        const frame = () => new Promise((resolve) => setTimeout(resolve));
        for (let i = 0; i < times; i++) {
          const element = document.createElement("lambda-lifecycles");
          element.setAttribute("load", "eager");
          element.run("invoke check");
          place.append(element);
          await frame();
          if (!element.shadowRoot.querySelector(".root")?.firstElementChild) throw new Error(`no machine in cycle ${i}`);
          element.remove();
          await frame();
        }
      }, times);
    await cycle(20);
    const before = await measure();
    await cycle(CYCLES);
    const after = await measure();
    console.log(`      before: ${JSON.stringify(before)}, after ${CYCLES}: ${JSON.stringify(after)}`);
    if (after.nodes > before.nodes + 200) throw new Error("nodes grow");
    if (after.jsEventListeners > before.jsEventListeners + 50) throw new Error("listeners grow");
    if (after.memory > before.memory + 64 * 1024) throw new Error("the program's memory grows");
  });
}

/** What nobody can see takes no time: it stops, and goes on when it, or a figure that goes with it, is on the screen. */
async function stopsOutOfSight(browser) {
  await visit(browser, {}, async (page) => {
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
    for (const [what, from, show] of [
      ["a figure", 0, () => element.evaluate((it) => it.watch(document.querySelector("h1")))],
      ["the machine", 1500, () => element.evaluate((it) => it.scrollIntoView())],
    ]) {
      await page.evaluate((from) => scrollTo(0, from), from);
      await page.waitForTimeout(300);
      await run(page, "set lambda.freeze=auto; invoke check", n);
      const before = await told(page, "the invocation has begun", (now) => now.playing && !now.outcomes.length, n);
      equal(await restsFor(page, 1500), [], `what the page asks for before ${what} is seen`);
      equal(await state(page, n), before, `the state before ${what} is seen`);
      await show();
      await told(page, `it goes on when ${what} is seen`, (now) => !now.playing && now.outcomes.length === 1, n);
    }
  });
}

/** A machine that is moved in the page goes on; it is not a new one. */
async function staysWhenMoved(browser) {
  await visit(browser, {}, async (page) => {
    await reach(page);
    await machine(page).evaluate((element) => element.run("invoke check"));
    const before = await told(page, "the machine runs", Boolean);
    await machine(page).evaluate((element) => element.parentElement.prepend(element));
    equal(await machine(page).evaluate((element) => element.state), before, "the state after the move");
    await mounted(page);
  });
}

export async function element(browser, step) {
  await step("what is asked early is kept", () => keepsWhatIsAsked(browser));
  await step("two machines stand side by side", () => standsBesideAnother(browser));
  await step("a bad attribute is told", () => tellsBadAttributes(browser));
  await step("an address runs its scenario", () => runsItsAddress(browser));
  await step("a machine out of sight stops", () => stopsOutOfSight(browser));
  await step("a moved machine goes on", () => staysWhenMoved(browser));
  await step("without the program the article stays", () => survivesWithoutProgram(browser));
  await step("a panic is told", () => tellsPanic(browser));
  await step("the focus goes over to the machine", () => handsOverTheFocus(browser));
  await step(`${CYCLES} machines come and go`, () => comesAndGoes(browser));
}
