// What tests read of a machine and do with it.

import { eventually, expect } from "./fixtures.mjs";

/** An invocation may take this many milliseconds at the reader's pace. */
const INVOCATION_TIMEOUT = 60_000;

/** The machine element number `n` of the page. Playwright's locators look into open shadow roots. */
export const machine = (page, n = 0) => page.locator("lambda-lifecycles").nth(n);

/** A button of the machine by its accessible name: the whole name where that is a text. */
export const button = (page, name, n = 0) => machine(page, n).getByRole("button", { name, exact: true });

/** The `state` property of the element; null until the program is loaded. */
export const state = (page, n = 0) => machine(page, n).evaluate((element) => element.state);

/** Runs a scenario as a script of the page does. */
export const run = (page, scenario, n = 0) => machine(page, n).evaluate((element, text) => element.run(text), scenario);

/** Waits until the element has a state that satisfies `test`. Returns that state. */
export async function waitForState(page, message, test, n = 0) {
  let now;
  const satisfies = async () => {
    now = await state(page, n);
    return Boolean(now && test(now));
  };
  await eventually(message, satisfies).toBe(true);
  return now;
}

/** Waits until everything that was asked of the machine has been shown. */
export const settled = (page, n = 0) =>
  waitForState(page, "the run is shown to its end", (now) => !now.playing && !now.running, n);

/** Waits until the program has drawn the machine. */
export const mounted = (page, n = 0) =>
  eventually("the machine is drawn", () =>
    machine(page, n).evaluate((element) => Boolean(element.shadowRoot.querySelector(".root")?.firstElementChild)),
  ).toBe(true);

/** Scrolls to the machine, and waits until it is drawn. */
export async function reach(page, n = 0) {
  await machine(page, n).scrollIntoViewIfNeeded();
  await mounted(page, n);
}

/** Sets the speed by the machine's own control. */
export const setSpeed = (page, times, n = 0) => machine(page, n).getByLabel("Speed").selectOption(`speed ${times}×`);

/** Starts over by the machine's own button, and records events from then on. */
export async function startOver(page) {
  await button(page, "Start over").click();
  await recordEvents(page);
}

/** Records the events of all machines from now on. Forgets those that were recorded before. */
export const recordEvents = (page) =>
  page.evaluate(() => {
    const listening = Boolean(window.machineEvents);
    window.machineEvents = [];
    if (listening) return;
    for (const name of ["lambda-state", "lambda-outcome", "lambda-error"]) {
      addEventListener(name, (event) => window.machineEvents.push([name, event.detail]));
    }
  });

/** The details of the recorded events of one name. */
export const recorded = (page, name) =>
  page.evaluate((name) => window.machineEvents.filter(([other]) => other === name).map(([, detail]) => detail), name);

/** The recorded outcomes of invocations. */
export const outcomes = async (page) => (await recorded(page, "lambda-outcome")).map((detail) => JSON.parse(detail));

/** The recorded errors. */
export const errors = (page) => recorded(page, "lambda-error");

/** Waits until `count` outcomes have been recorded. Returns the last outcome. */
export async function waitForOutcomes(page, count, message) {
  let all;
  const enough = async () => (all = await outcomes(page)).length >= count;
  await eventually(message, enough, INVOCATION_TIMEOUT).toBe(true);
  return all.at(-1);
}

/**
 * Clicks, and waits until the effects have been shown. The machine must report a new state and no error. Returns the
 * outcomes of the invocations that the click began.
 */
export async function press(page, locator) {
  await recordEvents(page);
  const name = ((await locator.getAttribute("aria-label")) ?? (await locator.textContent())).trim();
  await locator.click();
  const changed = async () => {
    expect(await errors(page), `errors of “${name}”`).toEqual([]);
    return (await recorded(page, "lambda-state")).length > 0;
  };
  await eventually(`“${name}” changes something`, changed).toBe(true);
  await settled(page);
  expect(await errors(page), `errors of “${name}”`).toEqual([]);
  return outcomes(page);
}

/** The bytes of the program's memory. */
export const programMemory = (page) =>
  page.evaluate(async () => {
    const resources = performance.getEntriesByType("resource").map(({ name }) => name);
    const glue = await import(resources.find((name) => /machine-\w+\.js$/.test(name)));
    // The program runs already, so the glue returns its exports instead of starting it.
    return (await glue.default()).memory.buffer.byteLength;
  });

/**
 * Lets a time pass in which the page must take hardly any processor time. Returns the names of the functions by which the
 * page asked for frames and timers meanwhile.
 */
export async function requestsDuring(page, milliseconds) {
  const session = await page.context().newCDPSession(page);
  // The time of the page's thread, which does not count while other processes run.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  await page.evaluate(() => {
    if (window.asked) return void (window.asked.length = 0);
    window.asked = [];
    for (const name of ["requestAnimationFrame", "setTimeout", "setInterval"]) {
      const own = window[name];
      window[name] = (...these) => {
        window.asked.push(name);
        return own.apply(window, these);
      };
    }
  });
  const before = await busy();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const spent = (await busy()) - before;
  expect(spent, `milliseconds that a page at rest took of ${milliseconds}`).toBeLessThanOrEqual(50);
  await session.detach();
  return page.evaluate(() => window.asked);
}
