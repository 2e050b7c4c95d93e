// The reader's story: what somebody who opens the page can do, in the order in which they do it.

import { NARROW, NARROWEST, WIDE, accessible, bringAxe, equal, holdProgram, picture, until, visit } from "./browser.mjs";
import { listen, machine, mounted, news, reach, state, told } from "./machine.mjs";

/** Without JavaScript the page is an article: it can be read, and has the machine's first state. */
async function readsWithoutScript(page) {
  equal(await page.locator("h1").count(), 1, "headings of the first rank");
  await page.locator("h1").isVisible();
  await picture(page, "without-script");
}

/** Nothing scrolls sideways. */
async function fitsTheScreen(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (content > screen) throw new Error(`the page is ${content} px wide on a screen of ${screen}`);
}

/** Where the article's headings are on the page; those in the machine are its own. */
const headings = (page) =>
  page.evaluate(() => {
    const own = [...document.querySelectorAll("h1, h2, h3")].filter((heading) => !heading.closest("lambda-lifecycles"));
    return own.map((heading) => [heading.textContent, Math.round(heading.getBoundingClientRect().top + scrollY)]);
  });

/** The machine takes the place of its first state; the article does not move. */
async function arrivesWithoutAShift(browser, screen) {
  let release;
  await visit(browser, { screen, prepare: async (page) => (release = await holdProgram(page)) }, async (page) => {
    await page.waitForLoadState("load");
    const before = await headings(page);
    await picture(page, "first-state");
    release();
    await reach(page);
    equal(await headings(page), before, "where the headings are");
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, "first-machine");
  });
}

/** The first link of the text acts on the machine, wherever that is, and the machine is there for it. */
async function firstLink(page) {
  await page.locator('a[href^="#lambda:"]').first().click();
  await mounted(page);
  await told(page, "the link's invocation is told", Boolean);
  equal(new URL(page.url()).hash, "", "an acting link leaves the address alone");
  await picture(page, "first-link");
}

/** The buttons of the machine. */
async function firstButton(page) {
  await reach(page);
  await listen(page);
  const before = JSON.stringify(await state(page));
  await machine(page).getByRole("button", { name: "Invoke" }).first().click();
  await until("the machine answers a click", async () => JSON.stringify(await state(page)) !== before);
  if (!(await news(page)).some(([name]) => name === "lambda-state")) throw new Error("no lambda-state was told");
  await picture(page, "first-button");
}

/** The outcomes that the element has told of since `listen`. */
const outcomes = async (page) => {
  const all = (await news(page)).filter(([name]) => name === "lambda-outcome");
  return all.map(([, detail]) => JSON.parse(detail));
};

/** The last of them, when so many have been told. */
const after = (page, count, what) =>
  until(what, async () => {
    const all = await outcomes(page);
    return all.length >= count && all.at(-1);
  }, 60_000);

/** The bug: the first invocation succeeds, the reader guesses, the second one fails, and the box says what it returned. */
async function succeedsOnceThenFails(page) {
  await page.getByRole("button", { name: "Start over" }).first().click();
  await listen(page);
  await page.locator('[data-lambda="invoke check"]').first().click();
  const first = await after(page, 1, "the first invocation ends");
  equal([first.ok, first.start, first.result], [true, "cold", "Postgres: connection test success"], "the first outcome");
  await page.getByRole("radio").first().check();
  await page.locator("#predict-second [data-lambda], #predict-second button").first().click();
  const second = await after(page, 2, "the second invocation ends");
  equal([second.ok, second.start, second.message], [false, "warm", "Unable to acquire a connection"], "the second outcome");
  await page.getByText("It returned").first().waitFor();
  await picture(page, "failed");
}

/** The other handler always succeeds: frozen, thawed and again. */
async function properAlwaysSucceeds(page) {
  await page.evaluate(() => document.querySelector("lambda-lifecycles").run("invoke proper; freeze for 5m; invoke proper; invoke proper"));
  const proper = async () => (await outcomes(page)).filter(({ handler }) => handler === "checkDatabaseConnectionProper");
  await until("three invocations of the other handler", async () => (await proper()).length >= 3, 90_000);
  equal((await proper()).map(({ ok }) => ok), [true, true, true], "the outcomes of checkDatabaseConnectionProper");
  await picture(page, "proper");
}

/** A reclaimed environment takes its memory with it: the next invocation is cold, and succeeds. */
async function aNewEnvironmentSucceeds(page) {
  const before = (await outcomes(page)).length;
  await page.evaluate(() => document.querySelector("lambda-lifecycles").run("reclaim; invoke check"));
  const last = await after(page, before + 1, "the invocation after the reclaim ends");
  equal([last.ok, last.start], [true, "cold"], "the outcome in a new environment");
}

/** What does not parse is told with its place; nothing else happens. */
async function tellsABadScenario(page) {
  const before = JSON.stringify((await state(page)).outcomes);
  await listen(page);
  await page.evaluate(() => document.querySelector("lambda-lifecycles").run("invok check"));
  const error = () => news(page).then((all) => all.find(([name]) => name === "lambda-error"));
  const [, message] = await until("the error is told", error);
  if (!/1/.test(String(message)) || !/invok/.test(String(message))) throw new Error(`the message is ${message}`);
  equal(JSON.stringify((await state(page)).outcomes), before, "a scenario that does not parse changes nothing");
}

const READER = [
  fitsTheScreen,
  firstLink,
  firstButton,
  succeedsOnceThenFails,
  properAlwaysSucceeds,
  aNewEnvironmentSucceeds,
  tellsABadScenario,
  fitsTheScreen,
];

export async function story(browser, step) {
  for (const screen of [WIDE, NARROW]) {
    await step(`the page reads without JavaScript, ${screen.width} px`, () =>
      visit(browser, { screen, script: false }, readsWithoutScript),
    );
    await step(`the reader's story, ${screen.width} px`, () =>
      visit(browser, { screen }, async (page) => {
        for (const part of READER) await part(page);
      }),
    );
  }
  for (const screen of [WIDE, NARROW, NARROWEST]) {
    await step(`the machine comes without a shift, ${screen.width} px`, () => arrivesWithoutAShift(browser, screen));
  }
  for (const colorScheme of ["light", "dark"]) {
    await step(`axe finds nothing before and after, ${colorScheme}`, () =>
      visit(browser, { prepare: bringAxe, media: { colorScheme } }, async (page) => {
        await accessible(page);
        await firstLink(page);
        await accessible(page);
        await picture(page, colorScheme);
      }),
    );
  }
  await step("nothing scrolls sideways at 320 px", () =>
    visit(browser, { screen: NARROWEST }, async (page) => {
      await fitsTheScreen(page);
      await reach(page);
      await fitsTheScreen(page);
      await picture(page, "narrowest");
    }),
  );
}
