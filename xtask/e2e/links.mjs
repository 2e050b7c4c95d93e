// Share links: what one reader copies, another one opens; and what cannot be opened.

import { NARROW, WIDE, accessible, bringAxe, equal, picture, until, visit } from "./browser.mjs";
import { after, button, listen, machine, mounted, outcomes, press, reach, run, settled, startOver, state } from "./machine.mjs";

const INVOKE = "Invoke checkDatabaseConnection";

/** What the machine shows: the clock, the strips, the cards, the listing's marks and the log. */
const shown = (page) =>
  machine(page).evaluate((element) => {
    const text = (part) => [...element.shadowRoot.querySelectorAll(part)].map((it) => it.textContent);
    const lines = [...element.shadowRoot.querySelectorAll(".l")].map((line) => line.className);
    return [text(".clock > span"), text(".o:not(.later)"), text(".card"), text(".log"), text(".said"), lines];
  });

/** For `prepare`: what is written to the clipboard is kept in `window.copied`, whatever the browser's own rules. */
const keepCopies = (page) =>
  page.addInitScript(() => {
    // As in a browser, it takes longer than the machine needs to draw.
    const clipboard = {
      writeText: async (text) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        window.copied = text;
      },
    };
    Object.defineProperty(navigator, "clipboard", { value: clipboard, configurable: true });
  });

/** For `prepare`: a page that is let nowhere near the clipboard. */
const noClipboard = (page) =>
  page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined, configurable: true }));

const endOf = (link) => link.slice(link.indexOf("#"));

/** A reader clicks about, goes back to a moment, and copies a link to it. */
async function copies(page) {
  await reach(page);
  await startOver(page);
  await press(page, button(page, INVOKE));
  await press(page, button(page, "5 min"));
  await press(page, button(page, INVOKE));
  await run(page, "invoke proper");
  await button(page, "Pause").click();
  for (let steps = 0; steps < 6; steps++) await button(page, "Step back").click();
  await button(page, "Copy link").click();
  await machine(page).getByRole("button", { name: "Copied" }).waitFor();
  const said = await machine(page).locator(".vh").first().textContent();
  if (!said.includes("The link is copied")) throw new Error(`the live region says ${said}`);
  return [await page.evaluate(() => window.copied), await shown(page)];
}

/** The link shows the same state at once, and its run can be watched from the beginning. */
async function opens(page, before) {
  await mounted(page);
  await until("the machine shows what the link leads to", async () => (await state(page))?.events);
  equal(await shown(page), before, "what the link shows");
  await picture(page, "link-opened");
  await button(page, "To the beginning").click();
  equal((await state(page)).events, 0, "the beginning");
  await listen(page);
  await machine(page).getByLabel("Speed").selectOption("speed 100×");
  await button(page, "Play").click();
  await after(page, 0, "it is played");
  await settled(page);
  equal(await machine(page).locator(".o:not(.later)").count(), 3, "the outcomes at the end");
  // Another link in the same page.
  await page.evaluate(() => (location.hash = "#ll=1;m=cache;s=set+lambda.freeze=auto;invoke+answer;invoke+crash;invoke+answer"));
  await machine(page).locator(".said", { hasText: "from the file, call 1" }).waitFor();
}

/** A link that is broken says where, beside a machine that works. */
async function isTold(page) {
  await mounted(page);
  const told = machine(page).getByRole("alert");
  await told.waitFor();
  const text = await told.textContent();
  if (!/line 1, column 32: found `freze`, expected .*did you mean `freeze`/.test(text)) throw new Error(`it says ${text}`);
  equal(await machine(page).locator(".card.empty").count(), 2, "environments");
  await accessible(page);
  await picture(page, "link-broken");
  await run(page, "invoke check");
  await settled(page);
  await page.evaluate(() => (location.hash = "#ll=9;s=invoke+check"));
  await told.getByText("column 4: found `9`, expected version 1 of links").waitFor();
}

/** Where there is no clipboard the link stands in a field, selected. */
async function isShown(page) {
  await reach(page);
  await startOver(page);
  await press(page, button(page, INVOKE));
  await button(page, "Copy link").click();
  const field = machine(page).getByLabel("Link to this moment");
  const link = await field.inputValue();
  equal(endOf(link), "#ll=1;s=invoke+checkDatabaseConnection", "the link");
  equal(await field.evaluate((it) => it.value.slice(it.selectionStart, it.selectionEnd)), link, "what is selected");
  await accessible(page);
  await picture(page, "link-field");
}

/** The other modules, by hand: each starts over with its own handlers. */
async function choosesModules(page) {
  await reach(page);
  for (const [name, handler] of [["cache.js", "answer"], ["background.js", "remind"], ["instead.js", "keepPool"], ["failures.js", "forgetAwait"], ["index.js", "checkDatabaseConnection"]]) {
    await machine(page).getByLabel("Module").selectOption(name);
    const [outcome] = await press(page, button(page, `Invoke ${handler}`));
    equal([outcome.ok, outcome.start, outcome.invocation], [true, "cold", 1], `${handler} of ${name}`);
    await picture(page, `module-${name.split(".")[0]}`);
  }
  equal((await outcomes(page)).length, 1, "outcomes of the last");
}

export async function links(browser, step) {
  for (const screen of [WIDE, NARROW]) {
    const { width } = screen;
    await step(`a link is copied, and opens where it was copied, ${width} px`, async () => {
      let copied;
      await visit(browser, { screen, prepare: keepCopies }, async (page) => (copied = await copies(page)));
      const [link, before] = copied;
      await visit(browser, { screen, hash: endOf(link) }, (page) => opens(page, before));
    });
    await step(`a link without a clipboard, ${width} px`, () => {
      const prepare = async (page) => {
        await noClipboard(page);
        await bringAxe(page);
      };
      return visit(browser, { screen, prepare }, isShown);
    });
    await step(`the modules, ${width} px`, () => visit(browser, { screen }, choosesModules));
  }
  const hash = "#ll=1;s=invoke+checkDatabaseConnection;freze+for+5m";
  await step("a broken link", () => visit(browser, { hash, prepare: bringAxe }, isTold));
}
