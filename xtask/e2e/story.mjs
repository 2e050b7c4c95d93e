// The reader's story: what somebody who opens the page can do, in the order in which they do it.

import { NARROW, NARROWEST, WIDE, equal, holdProgram, picture, pictureForReadme, until, visit } from "./browser.mjs";
import { fitsTheScreen, idles } from "./manners.mjs";
import {
  after,
  button,
  errors,
  listen,
  machine,
  news,
  outcomes,
  press,
  reach,
  run,
  setSpeed,
  settled,
  startOver,
  state,
  told,
} from "./machine.mjs";

const SECRET = "Unable to acquire a connection";

/** Without JavaScript the page is an article: it can be read, and has the machine's first state. */
async function readsWithoutScript(page) {
  equal(await page.locator("h1").count(), 1, "headings of the first rank");
  await page.locator("h1").isVisible();
  await picture(page, "without-script");
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
    await picture(page, "first-machine");
  });
}

/** Nothing has happened yet, one button is obvious, and nothing gives away what will happen. */
async function beginsWithNothing(page) {
  await reach(page);
  const now = await state(page);
  equal([now?.environment, now?.outcomes?.length ?? 0], [undefined, 0], "the first state");
  equal(await machine(page).locator(".lane").getByText("No environment yet").count(), 2, "empty places for environments");
  equal(await machine(page).locator(".lane").getByText("no outcome yet", { exact: true }).count(), 2, "empty strips");
  for (const part of [machine(page).locator("div.m"), page.locator(".opening"), page.locator(".bar")]) {
    const text = await part.innerText();
    for (const word of [SECRET, "✗", "✓", "destroyed"]) {
      if (text.includes(word)) throw new Error(`“${word}” is told before anything has happened`);
    }
  }
  equal(await page.locator("#predict-second .again").getAttribute("aria-disabled"), "true", "the second invocation waits");
}

/** From now on the machine's lines that are lit are noted, in their order. */
const watchLines = (page) =>
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

/** The chips of a handler's strip: what each says, and whether it is a failure. */
const chips = (page) =>
  machine(page)
    .locator(".strip")
    .first()
    .locator(".o")
    .evaluateAll((all) => all.map((chip) => `${chip.classList.contains("x") ? "✗" : "✓"} ${chip.textContent.split(" ")[0]}`));

const log = (page) => machine(page).getByRole("log").textContent();

async function logged(page, words) {
  const text = await log(page);
  for (const word of words) if (!text.includes(word)) throw new Error(`no “${word}” in the log: ${text}`);
}

/** The bar at the edge has the same news as the machine; beside the text there is no need of it. */
async function barSays(page, mark, pool) {
  const text = await page.locator(".bar .now").textContent();
  if (!text.includes(mark) || !text.includes(pool)) throw new Error(`the bar says ${text}`);
}

/** *Invoke it*: the lines run where the reader sees them, one after the other, and it succeeds. */
async function invokesIt(page) {
  await listen(page);
  await watchLines(page);
  const invoke = page.getByRole("button", { name: "Invoke it", exact: true });
  await invoke.click();
  await until("a line is lit", async () => (await litLines(page)).length > 0);
  const first = await after(page, 1, "the first invocation ends");
  await settled(page);
  equal([first.ok, first.start, first.result], [true, "cold", "Postgres: connection test success"], "the first outcome");
  const lines = await litLines(page);
  const handler = [5, 6, 19, 20];
  const places = [1, 2, ...handler].map((line) => lines.indexOf(line));
  if (places.includes(-1) || String([...places].sort((a, b) => a - b)) !== String(places)) {
    throw new Error(`the lines that were lit: ${lines}`);
  }
  equal(await chips(page), ["✓ cold"], "the strip");
  await barSays(page, "✓", "destroyed");
  await logged(page, ["START", "Invoked: checkDatabaseConnection", ">>> Postgres: success... SELECT", "END", "REPORT"]);
  equal(await page.locator("#predict-second .again").getAttribute("aria-disabled"), "false", "the second invocation may come");
}

/** *Invoke it again*, after a guess: it fails, and each part of the page says so. */
async function invokesItAgain(page) {
  const box = page.locator("#predict-second");
  await box.getByRole("radio").first().check();
  await box.getByRole("button", { name: "Invoke it again" }).click();
  const second = await after(page, 2, "the second invocation ends");
  await settled(page);
  equal([second.ok, second.start, second.message], [false, "warm", SECRET], "the second outcome");
  equal(second.result, "Postgres: connection test fail", "what the second invocation returned");
  equal(await chips(page), ["✓ cold", "✗ warm"], "the strip");
  await barSays(page, "✗", "destroyed");
  await logged(page, [`ERROR\t>>> Postgres: error... ${SECRET}`]);
  const answer = await box.locator(".told").innerText();
  if (!/You expected 'Postgres: connection test success'/.test(answer) || !/✗ It returned 'Postgres: connection test fail'/.test(answer)) {
    throw new Error(`the box says ${answer}`);
  }
  await machine(page).locator(".l .why", { hasText: SECRET }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await pictureForReadme(page, page.viewportSize().width === WIDE.width ? "failed" : "phone");
  await picture(page, "failed");
  await reach(page);
  await picture(page, "failed-machine");
}

/** A guess that was right is told as such; and *again* means a second time, whatever was invoked in between. */
async function guessesRight(page) {
  await startOver(page);
  await run(page, "invoke proper");
  await after(page, 1, "the other handler's invocation ends");
  const box = page.locator("#predict-second");
  await box.getByRole("radio").nth(1).check();
  await box.locator(".again").click();
  const last = await after(page, 3, "both invocations end");
  equal([last.ok, last.start], [false, "warm"], "the second of two in a new environment");
  const answer = await box.locator(".told").innerText();
  if (!answer.startsWith("As you expected, it returned 'Postgres: connection test fail'")) throw new Error(`the box says ${answer}`);
  await settled(page);
}

/** The later boxes of the article: guess, let the simulation answer, and read the answer in the box. */
async function asksTheBoxes(page) {
  for (const [id, guess, answer] of [
    ["#predict-hours", 0, /As you expected, it returned 'Postgres: connection test success'/],
    ["#predict-crash", 0, /✓ The third returned 'from the file, call 1'/],
    ["#predict-timer", 0, /✓ The second returned 'reminders so far: 1'/],
    ["#predict-turns", 1, /As you expected, the third returned 'Postgres: connection test fail'/],
  ]) {
    const box = page.locator(id);
    await box.getByRole("radio").nth(guess).check();
    await press(page, box.locator(".again"));
    const text = await box.locator(".told").innerText();
    if (!answer.test(text)) throw new Error(`the box ${id} says ${text}`);
    await picture(page, id.slice(1));
  }
}

/** Each link of the article that acts does something, and what it says can be done. */
async function followsEveryLink(page) {
  const links = page.locator("a.act");
  const count = await links.count();
  if (count < 15) throw new Error(`there are only ${count} links that act`);
  for (let at = 0; at < count; at++) await press(page, links.nth(at));
  equal(new URL(page.url()).hash, "", "an acting link leaves the address alone");
}

/** The other handler always succeeds: by its own button, cold, warm and after a freeze. */
async function properAlwaysSucceeds(page) {
  await machine(page).getByLabel("Module").selectOption("index.js");
  await startOver(page);
  await reach(page);
  const tab = machine(page).getByRole("tab").nth(1);
  if (await tab.isVisible()) await tab.click();
  const invoke = button(page, "Invoke checkDatabaseConnectionProper");
  const all = [...(await press(page, invoke)), ...(await press(page, invoke))];
  await press(page, button(page, "5 min"));
  all.push(...(await press(page, invoke)));
  equal(all.map(({ ok, start }) => `${ok} ${start}`), ["true cold", "true warm", "true warm"], "its three outcomes");
  await picture(page, "proper");
}

/** A reclaimed environment takes its memory with it: the next invocation is cold, and succeeds. */
async function aNewEnvironmentSucceeds(page) {
  await startOver(page);
  await run(page, "invoke check; invoke check; reclaim; invoke check");
  const last = await after(page, 3, "the invocation after the reclaim ends");
  equal([last.ok, last.start], [true, "cold"], "the outcome in a new environment");
  await settled(page);
}

/** What does not parse is told with its place and with what could stand there; nothing else happens, and all goes on. */
async function tellsABadScenario(page) {
  const before = JSON.stringify(await state(page));
  await listen(page);
  await run(page, "invok check");
  const [message] = await until("the error is told", async () => (await errors(page)).length && errors(page));
  for (const words of [/line 1/, /column 1\b/, /invok\b/, /expected .*invoke/s]) {
    if (!words.test(message)) throw new Error(`no ${words} in the message: ${message}`);
  }
  const shown = machine(page).getByRole("alert");
  equal((await shown.locator("pre").textContent()).trim(), message.trim(), "what the machine shows");
  equal(JSON.stringify(await state(page)), before, "a scenario that does not parse changes nothing");
  await reach(page);
  await picture(page, "bad-scenario");
  await run(page, "invoke check");
  await after(page, 1, "the next scenario runs");
  equal(await shown.count(), 0, "messages after the next scenario");
  await settled(page);
}

/** All of it at the reader's pace, to the failure; then as fast as it goes. */
const READER = [beginsWithNothing, fitsTheScreen, invokesIt, invokesItAgain, idles];
const READ_ON = [guessesRight, asksTheBoxes, followsEveryLink, properAlwaysSucceeds, aNewEnvironmentSucceeds, tellsABadScenario, fitsTheScreen];

/** By keyboard alone, from the top of the page to the second outcome. */
async function walksByKeyboard(page) {
  await reach(page);
  await page.evaluate(() => scrollTo(0, 0));
  await listen(page);
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
      if (outline === "none") throw new Error(`the focus is not seen on “${text}”`);
      if (text === name) return;
    }
    throw new Error(`“${name}” is not reached by Tab`);
  };
  await tabTo("Invoke it");
  await page.keyboard.press("Enter");
  await after(page, 1, "the first invocation ends");
  await settled(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await tabTo("Invoke it again");
  await page.keyboard.press("Enter");
  const second = await after(page, 2, "the second invocation ends");
  equal([second.ok, second.message], [false, SECRET], "the second outcome");
  await page.getByText("You expected").waitFor();
}

export async function story(browser, step) {
  for (const screen of [WIDE, NARROW]) {
    const { width } = screen;
    await step(`the page reads without JavaScript, ${width} px`, () =>
      visit(browser, { screen, script: false }, readsWithoutScript),
    );
    await step(`the reader's story, ${width} px`, () =>
      visit(browser, { screen }, async (page) => {
        for (const part of READER) await part(page);
        await setSpeed(page, 100);
        for (const part of READ_ON) await part(page);
      }),
    );
    await step(`by keyboard, ${width} px`, () => visit(browser, { screen }, walksByKeyboard));
  }
  for (const screen of [WIDE, NARROW, NARROWEST]) {
    await step(`the machine comes without a shift, ${screen.width} px`, () => arrivesWithoutAShift(browser, screen));
  }
}
