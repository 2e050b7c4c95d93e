// A real Chromium on the published page, which must not complain: an error on the console, an exception, a request that
// fails or a violation of the content security policy fails the test that saw it.

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { smaller } from "./png.mjs";

const { E2E_TOOLS, E2E_BROWSER, E2E_PAGE, E2E_SCREENSHOTS, README_PICTURES } = process.env;
const { chromium } = createRequire(join(E2E_TOOLS, "package.json"))("playwright-core");

/** The screens that the page is made for. */
export const WIDE = { width: 1440, height: 780 };
export const NARROW = { width: 390, height: 844 };
export const NARROWEST = { width: 320, height: 640 };

mkdirSync(E2E_SCREENSHOTS, { recursive: true });

/** The browser, which the caller closes. Without a sandbox: in a container this runs as root. */
export const open = () =>
  chromium.launch({
    executablePath: E2E_BROWSER,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });

/**
 * Runs `test(page)` in a page of its own; `prepare(page)` comes before the page is loaded. `expected` are complaints that
 * belong to the test: patterns of which each must be met. `hash` is the end of the address.
 */
export async function visit(browser, { screen = WIDE, hash = "", prepare, expected = [], script = true, media = {} }, test) {
  const context = await browser.newContext({ viewport: screen, javaScriptEnabled: script, ...media });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => complaints.push(`request: ${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`response: ${response.status()} ${response.url()}`);
  });
  if (script) {
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
      ),
    );
  }
  try {
    await prepare?.(page);
    await page.goto(E2E_PAGE + hash);
    await test(page);
    for (const pattern of expected) {
      if (!complaints.some((complaint) => pattern.test(complaint))) throw new Error(`expected a complaint like ${pattern}`);
    }
    const others = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
    if (others.length) throw new Error(`the browser complains:\n  ${others.join("\n  ")}`);
  } catch (error) {
    await page.screenshot({ path: join(E2E_SCREENSHOTS, "failed.png") }).catch(() => {});
    if (complaints.length) error.message += `\n  the browser said:\n  ${complaints.join("\n  ")}`;
    throw error;
  } finally {
    await context.close();
  }
}

/** For `prepare`: holds back the program until `release()`. */
export async function holdProgram(page) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

/** A picture of what the screen shows, kept after the run. */
export async function picture(page, name) {
  const { width } = page.viewportSize();
  await page.screenshot({ path: join(E2E_SCREENSHOTS, `${name}-${width}.png`) });
}

/**
 * A picture for the README, which README_PICTURES=1 makes anew. It has the colours that it needs most: less than half the
 * bytes, and no difference that is seen.
 */
export async function pictureForReadme(page, name) {
  if (!README_PICTURES) return;
  const path = new URL(`../../docs/pictures/${name}.png`, import.meta.url);
  writeFileSync(path, smaller(await page.screenshot()));
}

/** For `prepare`: axe in the page, by the one way that the policy leaves open. */
export const bringAxe = (page) => page.addInitScript({ path: join(E2E_TOOLS, "node_modules/axe-core/axe.min.js") });

/** Fails with what axe finds against WCAG A and AA in the page as it is now, open shadow roots included. */
export async function accessible(page) {
  const findings = await page.evaluate(async () => {
    // Colours on their way are not those that are read.
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.flat().join(" ")}`));
  });
  if (findings.length) throw new Error(`axe finds:\n  ${findings.join("\n  ")}`);
}

/** Waits until `look()` gives something true, and gives that. */
export async function until(what, look, milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Fails with both values when they differ. */
export function equal(actual, wanted, what) {
  const [a, w] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (a !== w) throw new Error(`${what}: ${a}, not ${w}`);
}
