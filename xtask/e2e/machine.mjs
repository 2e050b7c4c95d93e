// What a test sees of a machine and does with it.

import { until } from "./browser.mjs";

const TAG = "lambda-lifecycles";

/** The page's n-th machine element; Playwright's locators look into open shadow roots. */
export const machine = (page, n = 0) => page.locator(TAG).nth(n);

/** What the element tells of itself; null until the program is there and has told. */
export const state = (page, n = 0) => machine(page, n).evaluate((element) => element.state);

/** Waits until the element's state satisfies `test`, and gives it. */
export const told = (page, what, test, n = 0) =>
  until(what, async () => {
    const now = await state(page, n);
    return now && test(now) && now;
  });

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
