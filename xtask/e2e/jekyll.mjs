// `cargo xtask test --only jekyll`: a post of a Jekyll site, read as a reader would. The site is the one of
// examples/jekyll, built by Jekyll and served under /notes/ with the strict policy.

import { NARROW, WIDE, accessible, bringAxe, equal, open, picture, until, visit } from "./browser.mjs";
import { listen, machine, news, reach, setSpeed, settled } from "./machine.mjs";

const POST = "notes/development/lambda-lifecycles.html";
const CHECK = "checkDatabaseConnection";
const PROPER = "checkDatabaseConnectionProper";

const outcomes = async (page) => {
  const all = (await news(page)).filter(([name]) => name === "lambda-outcome");
  return all.map(([, detail]) => JSON.parse(detail));
};

/** A sentence of the post is clicked; so many invocations have ended then. */
async function act(page, sentence, count) {
  await page.getByRole("link", { name: sentence, exact: true }).click();
  await until(`${count} invocations have ended`, async () => (await outcomes(page)).length >= count, 60_000);
  return (await outcomes(page)).slice(-2);
}

const brief = (all) => all.map(({ handler, start, ok }) => [handler, start, ok]);

/** The index leads to the post, and the post's sentences act on the machine that its one tag brought. */
async function readsThePost(page) {
  await page.getByRole("link", { name: "Lambda Functions" }).click();
  equal(new URL(page.url()).pathname, `/${POST}`, "where the post is");
  equal(await page.locator("lambda-lifecycles").count(), 2, "elements in the post: the machine and the terminal");
  equal(await page.locator("p lambda-lifecycles, lambda-lifecycles pre").count(), 0, "what kramdown made of the tag");
  equal(await page.locator("pre code").count(), 1, "listings of the post");
  await reach(page);
  await listen(page);
  const first = await act(page, "Invoke both handlers", 2);
  equal(brief(first), [[CHECK, "cold", true], [PROPER, "cold", true]], "the first outcomes");
  await page.getByRole("link", { name: "Let five minutes pass" }).click();
  const second = await act(page, "invoke both again", 4);
  equal(brief(second), [[CHECK, "warm", false], [PROPER, "warm", true]], "the outcomes after the freeze");
  equal(second[0].message, "Unable to acquire a connection", "why the one fails");
  await machine(page).scrollIntoViewIfNeeded();
  await picture(page, "jekyll");
  const third = await act(page, "Reclaim the environments, and invoke both once more", 6);
  equal(brief(third), [[CHECK, "cold", true], [PROPER, "cold", true]], "the outcomes in new environments");
  await accessible(page);
}

/** The terminal plays the walk-through, and the machine above it goes with it. */
async function playsTheWalk(page) {
  await reach(page);
  await reach(page, 1);
  await setSpeed(page, 10);
  await listen(page);
  await machine(page, 1).getByRole("button", { name: "Play the walk-through" }).click();
  await until("nine invocations have ended", async () => (await outcomes(page)).length >= 9, 60_000);
  await settled(page);
  const lines = await machine(page, 1).getByRole("log", { name: "Session" }).locator("p").allTextContents();
  const results = lines.filter((line) => line.startsWith("→")).map((line) => line.includes("success"));
  equal(results, (await outcomes(page)).map(({ ok }) => ok), "what the terminal prints, and the machine's outcomes");
  equal(new Set(results).size, 2, "kinds of results");
  await picture(page, "jekyll-walk");
}

/** Nothing of the machine makes the site scroll sideways. */
async function fits(page) {
  await reach(page);
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (content > screen) throw new Error(`the post is ${content} px wide on a screen of ${screen}`);
  await picture(page, "jekyll");
}

const browser = await open();
let failed = 0;
const steps = [
  ["the post, in a wide window", { screen: WIDE, hash: "notes/", prepare: bringAxe }, readsThePost],
  ["the post's walk-through, on a phone", { screen: NARROW, hash: POST }, playsTheWalk],
  ["the post, on a phone", { screen: NARROW, hash: POST }, fits],
];
for (const [name, options, test] of steps) {
  try {
    await visit(browser, options, test);
    console.log(`  ok  ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`  NO  ${name}\n${error.stack ?? error}`);
  }
}
await browser.close();
if (failed) process.exit(1);
