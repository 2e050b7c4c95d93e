// What a test sees of a machine and does with it.

import { until } from "./browser.mjs";

const TAG = "lambda-lifecycles";

/** The page's n-th machine element; Playwright's locators look into open shadow roots. */
export const machine = (page, n = 0) => page.locator(TAG).nth(n);

/** A button of the machine, by its whole name where that is a text. */
export const button = (page, name, n = 0) => machine(page, n).getByRole("button", { name, exact: true });

/** What the element tells of itself; null until the program is there and has told. */
export const state = (page, n = 0) => machine(page, n).evaluate((element) => element.state);

/** Runs a scenario as a script of the page does. */
export const run = (page, scenario, n = 0) => machine(page, n).evaluate((element, text) => element.run(text), scenario);

/** Waits until the element's state satisfies `test`, and gives it. */
export const told = (page, what, test, n = 0) =>
  until(what, async () => {
    const now = await state(page, n);
    return now && test(now) && now;
  });

/** Waits until all that was asked has been shown. */
export const settled = (page, n = 0) => told(page, "the run is shown to its end", (now) => !now.playing && !now.running, n);

/** Waits until the program has drawn its first state. */
export const mounted = (page, n = 0) =>
  until("the machine is there", () =>
    machine(page, n).evaluate((element) => Boolean(element.shadowRoot.querySelector(".root")?.firstElementChild)),
  );

/** Brings the machine to the screen, as a reader would who scrolls to it. */
export async function reach(page, n = 0) {
  await machine(page, n).scrollIntoViewIfNeeded();
  await mounted(page, n);
}

/** Sets the speed by the machine's own control. */
export const setSpeed = (page, times, n = 0) => machine(page, n).getByLabel("Speed").selectOption(`speed ${times}×`);

/** Begins anew, and notes what is told from then on. */
export async function startOver(page) {
  await button(page, "Start over").click();
  await listen(page);
}

/** Notes every event of the elements from now on in `window.news`. */
export const listen = (page) =>
  page.evaluate(() => {
    const listening = Boolean(window.news);
    window.news = [];
    if (listening) return;
    for (const name of ["lambda-state", "lambda-outcome", "lambda-error"]) {
      addEventListener(name, (event) => window.news.push([name, event.detail]));
    }
  });

export const news = (page) => page.evaluate(() => window.news);

/** What the elements have told under one name since `listen`. */
const heard = async (page, name) => (await news(page)).filter(([told]) => told === name).map(([, detail]) => detail);

/** The outcomes that were told since `listen`. */
export const outcomes = async (page) => (await heard(page, "lambda-outcome")).map((detail) => JSON.parse(detail));

/** The last of them, when so many have been told. */
export const after = (page, count, what) =>
  until(
    what,
    async () => {
      const all = await outcomes(page);
      return all.length >= count && all.at(-1);
    },
    60_000,
  );

/** What could not be done since `listen`. */
export const errors = (page) => heard(page, "lambda-error");

/** Fails when something could not be done. */
export async function noErrors(page, doing) {
  const all = await errors(page);
  if (all.length) throw new Error(`${doing}: ${all.join("; ")}`);
}

/**
 * Clicks, and waits until what that began has been shown. A new state must have been told, and nothing may have failed.
 * Gives the outcomes that came of it.
 */
export async function press(page, locator) {
  await listen(page);
  const what = (await locator.getAttribute("aria-label")) ?? (await locator.textContent());
  await locator.click();
  await until(`“${what.trim()}” changes something`, async () => {
    await noErrors(page, what);
    return (await heard(page, "lambda-state")).length > 0;
  });
  await settled(page);
  await noErrors(page, what);
  return outcomes(page);
}
