// The `test` of all specs, and what they need besides Playwright. The browser must not complain about the page: an error on
// the console, an exception, a failed request or a violation of the content security policy fails the test.

import { createRequire } from "node:module";
import { join } from "node:path";

import { test as base, expect } from "@playwright/test";

const { E2E_SCREENSHOTS, README_PICTURES } = process.env;
const { resolve } = createRequire(import.meta.url);

export { expect };

/** The complaints of the browser during one test. */
class Complaints {
  #all = [];
  #expected = [];

  /** Complaints like `patterns` belong to the test. There has to be one like each. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  async watch(page) {
    const complain = (kind, words) => this.#all.push(`${kind}: ${words}`);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complain("console", message.text());
    });
    page.on("pageerror", (error) => complain("exception", error.stack ?? error));
    page.on("requestfailed", (request) => complain("request", `${request.url()} ${request.failure()?.errorText}`));
    page.on("response", (response) => {
      if (response.status() >= 400) complain("response", `${response.status()} ${response.url()}`);
    });
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
      ),
    );
  }

  check() {
    for (const pattern of this.#expected) {
      expect(this.#all.some((complaint) => pattern.test(complaint)), `no complaint like ${pattern}`).toBe(true);
    }
    const others = this.#all.filter((complaint) => !this.#expected.some((pattern) => pattern.test(complaint)));
    expect(others, "complaints of the browser").toEqual([]);
  }
}

export const test = base.extend({
  complaints: [
    async ({ page }, use) => {
      const complaints = new Complaints();
      await complaints.watch(page);
      await use(complaints);
      complaints.check();
    },
    { auto: true },
  ],
  /** Opens a page that shares nothing with the others, as that of another reader. */
  newReader: async ({ browser, complaints }, use) => {
    const contexts = [];
    await use(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      const page = await context.newPage();
      await complaints.watch(page);
      return page;
    });
    for (const context of contexts) await context.close();
  },
});

/** Declares a group of tests once for each screen. */
export function onScreens(screens, declare) {
  for (const screen of screens) {
    test.describe(`${screen.width} px`, () => {
      test.use({ viewport: screen });
      declare(screen);
    });
  }
}

/** Asserts about a value that `look` reads again and again: `await eventually("it plays", look).toBe(true)`. */
export const eventually = (message, look, timeout = 15_000) =>
  expect.poll(look, { message, timeout, intervals: [25, 25, 50] });

/** Holds the program back until the returned function is called. Call it before the page is opened. */
export async function holdProgram(page) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

/** Keeps a picture of the screen. */
export async function picture(page, name) {
  await page.screenshot({ path: join(E2E_SCREENSHOTS, `${name}-${page.viewportSize().width}.png`) });
}

/** Takes a picture of the README anew, where README_PICTURES=1 asks for it. */
export async function pictureForReadme(page, name) {
  if (!README_PICTURES) return;
  await page.screenshot({ path: new URL(`../../docs/pictures/${name}.png`, import.meta.url).pathname });
}

/** Loads axe into the page, in the one way that the content security policy allows. Call it before the page is opened. */
export const bringAxe = (page) => page.addInitScript({ path: resolve("axe-core/axe.min.js") });

/** Expects that axe finds no violation of WCAG A and AA in the page as it is now, open shadow roots included. */
export async function expectAccessible(page) {
  const findings = await page.evaluate(async () => {
    // The colours of a transition are not those that are read in the end.
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.flat().join(" ")}`));
  });
  expect(findings, "violations of WCAG").toEqual([]);
}

/** Expects that nothing makes the page scroll sideways. */
export async function expectFitsScreen(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content, "the width of the page").toBeLessThanOrEqual(screen);
}
