// Share links: one reader copies a link, and another opens it. And links that cannot be opened.

import { bringAxe, eventually, expect, expectAccessible, onScreens, picture, test } from "./fixtures.mjs";
import {
  button,
  machine,
  mounted,
  outcomes,
  press,
  reach,
  recordEvents,
  run,
  settled,
  startOver,
  state,
  waitForOutcomes,
} from "./machine.mjs";
import { NARROW, WIDE } from "./screens.mjs";

const INVOKE = "Invoke checkDatabaseConnection";

/** What the machine shows: the clock, the strips, the cards, the log, the statement and the marks of the listing. */
const shown = (page) =>
  machine(page).evaluate((element) => {
    const text = (part) => [...element.shadowRoot.querySelectorAll(part)].map((it) => it.textContent);
    const lines = [...element.shadowRoot.querySelectorAll(".l")].map((line) => line.className);
    return [text(".clock > span"), text(".o:not(.later)"), text(".card"), text(".log"), text(".said"), lines];
  });

/** Gives the page this object for its clipboard. Call it before the page is opened. */
const replaceClipboard = (page, works) =>
  page.addInitScript((works) => {
    const clipboard = {
      writeText: async (text) => {
        // A browser takes longer for this than the machine takes to draw.
        await new Promise((resolve) => setTimeout(resolve, 50));
        window.copied = text;
      },
    };
    Object.defineProperty(navigator, "clipboard", { value: works ? clipboard : undefined, configurable: true });
  }, works);

const endOf = (link) => link.slice(link.indexOf("#"));

onScreens([WIDE, NARROW], () => {
  test("a link opens at the moment where it was copied", async ({ page, newReader }) => {
    await replaceClipboard(page, true);
    await page.goto("");
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
    await expect(machine(page).locator(".vh").first(), "the live region").toContainText("The link is copied");
    const link = await page.evaluate(() => window.copied);
    const copied = await shown(page);

    const other = await newReader();
    await other.goto(endOf(link));
    await mounted(other);
    await eventually("the machine shows a moment of the run", async () => (await state(other))?.events).toBeTruthy();
    expect(await shown(other), "what the link shows").toEqual(copied);
    await picture(other, "link-opened");
    await button(other, "To the beginning").click();
    expect((await state(other)).events, "events at the beginning").toBe(0);
    await recordEvents(other);
    await machine(other).getByLabel("Speed").selectOption("speed 100×");
    await button(other, "Play").click();
    await waitForOutcomes(other, 1, "the run is played");
    await settled(other);
    expect(await machine(other).locator(".o:not(.later)").count(), "outcomes at the end").toBe(3);

    await other.evaluate(
      () => (location.hash = "#ll=1;m=cache;s=set+lambda.freeze=auto;invoke+answer;invoke+crash;invoke+answer"),
    );
    await machine(other).locator(".said", { hasText: "from the file, call 1" }).waitFor();
  });

  test("a link stands selected in a field where there is no clipboard", async ({ page }) => {
    await replaceClipboard(page, false);
    await bringAxe(page);
    await page.goto("");
    await reach(page);
    await startOver(page);
    await press(page, button(page, INVOKE));
    await button(page, "Copy link").click();
    const field = machine(page).getByLabel("Link to this moment");
    const link = await field.inputValue();
    expect(endOf(link)).toBe("#ll=1;s=invoke+checkDatabaseConnection");
    expect(await field.evaluate((it) => it.value.slice(it.selectionStart, it.selectionEnd)), "the selection").toBe(link);
    await expectAccessible(page);
    await picture(page, "link-field");
  });

  test("choosing a module starts over with its handlers", async ({ page }) => {
    await page.goto("");
    await reach(page);
    for (const [module, handler] of [
      ["cache.js", "answer"],
      ["background.js", "remind"],
      ["instead.js", "keepPool"],
      ["failures.js", "forgetAwait"],
      ["index.js", "checkDatabaseConnection"],
    ]) {
      await machine(page).getByLabel("Module").selectOption(module);
      const [outcome] = await press(page, button(page, `Invoke ${handler}`));
      expect(outcome, `${handler} of ${module}`).toMatchObject({ ok: true, start: "cold", invocation: 1 });
      await picture(page, `module-${module.split(".")[0]}`);
    }
    expect((await outcomes(page)).length, "outcomes of the last module").toBe(1);
  });
});

test("a broken link says where it is broken, beside a machine that works", async ({ page }) => {
  await bringAxe(page);
  await page.goto("#ll=1;s=invoke+checkDatabaseConnection;freze+for+5m");
  await mounted(page);
  const message = machine(page).getByRole("alert");
  await message.waitFor();
  await expect(message).toContainText(/line 1, column 32: found `freze`, expected .*did you mean `freeze`/);
  expect(await machine(page).locator(".card.empty").count(), "empty places for environments").toBe(2);
  await expectAccessible(page);
  await picture(page, "link-broken");
  await run(page, "invoke check");
  await settled(page);
  await page.evaluate(() => (location.hash = "#ll=9;s=invoke+check"));
  await message.getByText("column 4: found `9`, expected version 1 of links").waitFor();
});
