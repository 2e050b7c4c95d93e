// A post of a Jekyll site, as a reader sees it. Jekyll has built the site of examples/jekyll, and xtask serves it under
// /notes/ with the strict policy.

import { bringAxe, eventually, expect, expectAccessible, expectFitsScreen, picture, test } from "./fixtures.mjs";
import { machine, outcomes, reach, recordEvents, setSpeed, settled } from "./machine.mjs";
import { NARROW } from "./screens.mjs";

const POST = "notes/development/lambda-lifecycles.html";
const CHECK = "checkDatabaseConnection";
const PROPER = "checkDatabaseConnectionProper";

/** Clicks a sentence of the post, and waits until `count` invocations have ended. Returns the last two outcomes. */
async function act(page, sentence, count) {
  await page.getByRole("link", { name: sentence, exact: true }).click();
  const ended = async () => (await outcomes(page)).length;
  await eventually("invocations that have ended", ended, 60_000).toBeGreaterThanOrEqual(count);
  return (await outcomes(page)).slice(-2);
}

const brief = (all) => all.map(({ handler, start, ok }) => [handler, start, ok]);

test("the index leads to the post, whose sentences act on its machine", async ({ page }) => {
  await bringAxe(page);
  await page.goto("notes/");
  await page.getByRole("link", { name: "Lambda Functions" }).click();
  await expect(page).toHaveURL(POST);
  expect(await page.locator("lambda-lifecycles").count(), "the machine and the terminal").toBe(2);
  const inParagraphs = page.locator("p lambda-lifecycles, lambda-lifecycles pre");
  expect(await inParagraphs.count(), "elements that kramdown took apart").toBe(0);
  expect(await page.locator("pre code").count(), "listings of the post").toBe(1);
  await reach(page);
  await recordEvents(page);
  const first = await act(page, "Invoke both handlers", 2);
  expect(brief(first), "the first outcomes").toEqual([
    [CHECK, "cold", true],
    [PROPER, "cold", true],
  ]);
  await page.getByRole("link", { name: "Let five minutes pass" }).click();
  const second = await act(page, "invoke both again", 4);
  expect(brief(second), "the outcomes after the freeze").toEqual([
    [CHECK, "warm", false],
    [PROPER, "warm", true],
  ]);
  expect(second[0].message).toBe("Unable to acquire a connection");
  await machine(page).scrollIntoViewIfNeeded();
  await picture(page, "jekyll");
  const third = await act(page, "Reclaim the environments, and invoke both once more", 6);
  expect(brief(third), "the outcomes in new environments").toEqual([
    [CHECK, "cold", true],
    [PROPER, "cold", true],
  ]);
  await expectAccessible(page);
});

test.describe("on a phone", () => {
  test.use({ viewport: NARROW });

  test("the terminal plays the walk-through, and the machine goes with it", async ({ page }) => {
    await page.goto(POST);
    await reach(page);
    await reach(page, 1);
    await setSpeed(page, 10);
    await recordEvents(page);
    await machine(page, 1).getByRole("button", { name: "Play the walk-through" }).click();
    const ended = async () => (await outcomes(page)).length;
    await eventually("invocations that have ended", ended, 60_000).toBeGreaterThanOrEqual(9);
    await settled(page);
    const lines = await machine(page, 1).getByRole("log", { name: "Session" }).locator("p").allTextContents();
    const results = lines.filter((line) => line.startsWith("→")).map((line) => line.includes("success"));
    expect(results, "the results in the terminal").toEqual((await outcomes(page)).map(({ ok }) => ok));
    expect(new Set(results).size, "kinds of results").toBe(2);
    await picture(page, "jekyll-walk");
  });

  test("the post fits the screen", async ({ page }) => {
    await page.goto(POST);
    await reach(page);
    await expectFitsScreen(page);
    await picture(page, "jekyll");
  });
});
