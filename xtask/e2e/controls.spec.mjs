// Every control of the machine.

import { eventually, expect, onScreens, picture, test } from "./fixtures.mjs";
import {
  button,
  errors,
  machine,
  outcomes,
  press,
  reach,
  recordEvents,
  run,
  setSpeed,
  settled,
  startOver,
  state,
  waitForOutcomes,
} from "./machine.mjs";
import { NARROW, WIDE } from "./screens.mjs";

const INVOKE = "Invoke checkDatabaseConnection";
const SLOW = 0.25;

const phase = async (page) => (await state(page)).phase;
const card = (page) => machine(page).locator(".card:visible").first();
const slider = (page) => machine(page).getByRole("slider");
/** The moment that is shown, as a number of the time line. */
const moment = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));

/** Opens the menu of faults. */
async function openFaults(page) {
  const menu = button(page, "Break something");
  if ((await menu.getAttribute("aria-expanded")) !== "true") await menu.click();
}

/** A button in the menu of faults, in the group of this name where there is one. */
function fault(page, name, group) {
  const menu = machine(page).locator("#faults");
  const place = group ? menu.getByRole("group", { name: group, exact: true }) : menu;
  return place.getByRole("button", { name, exact: true });
}

onScreens([WIDE, NARROW], (screen) => {
  test.beforeEach(async ({ page }) => {
    await page.goto("");
    await reach(page);
    await recordEvents(page);
    await setSpeed(page, 100);
  });

  test("freezing lays frost over the card and stops the environment", async ({ page }) => {
    await press(page, button(page, INVOKE));
    await press(page, button(page, "now"));
    expect(await phase(page)).toBe("Frozen");
    const opacity = () => card(page).locator(".frost").evaluate((frost) => Number(getComputedStyle(frost).opacity));
    await eventually("frost lies over the card", opacity).toBeGreaterThan(0.5);
    await reach(page);
    await picture(page, "frozen");
    await expect(button(page, "now"), "a frozen environment cannot be frozen").toHaveAttribute("aria-disabled", "true");
    const [again] = await press(page, button(page, INVOKE));
    expect(again, "the invocation after the freeze").toMatchObject({ start: "warm", ok: false });
    await press(page, button(page, "5 min"));
    const [warm] = await press(page, button(page, INVOKE));
    expect(warm, "the invocation after five minutes").toMatchObject({ start: "warm" });
    await press(page, button(page, "8 h"));
    expect(await machine(page).locator(".card.gone").count(), "environments gone after eight hours").toBe(1);
    const [cold] = await press(page, button(page, INVOKE));
    expect(cold, "the invocation after eight hours").toMatchObject({ start: "cold", ok: true });
  });

  test("Reclaim shuts the environment down, and Start over removes it", async ({ page }) => {
    await press(page, button(page, INVOKE));
    await press(page, button(page, "Reclaim #1"));
    expect(await phase(page)).toBe("Shut down");
    await picture(page, "reclaimed");
    await startOver(page);
    expect((await state(page)).environment, "the environment after starting over").toBeUndefined();
    const empty = machine(page).locator(".lane").getByText("no outcome yet", { exact: true });
    expect(await empty.count(), "empty strips").toBe(2);
  });

  test("the switch freezes the environment after each invocation", async ({ page }) => {
    await button(page, "at once").click();
    await press(page, button(page, INVOKE));
    expect(await phase(page), "the phase after the invocation").toBe("Frozen");
    const [second] = await press(page, button(page, INVOKE));
    expect(second, "the second invocation").toMatchObject({ start: "warm", ok: false });
    await button(page, "by hand").click();
    await press(page, button(page, INVOKE));
    expect(await phase(page), "the phase with the switch on by hand").toBe("Ready");
  });

  test("a run pauses, goes on step by step, and goes back", async ({ page }) => {
    await setSpeed(page, 0.5);
    await button(page, INVOKE).click();
    await machine(page).locator(".l.lit").waitFor();
    await button(page, "Pause").click();
    const { events, playing } = await state(page);
    expect(playing, "the machine plays while it is paused").toBe(false);
    await button(page, "Step", 0).click();
    const shownEvents = async () => (await state(page)).events;
    await eventually("a step goes on", shownEvents).toBeGreaterThan(events);
    const later = await shownEvents();
    await button(page, "Step back").click();
    await eventually("a step goes back", shownEvents).toBeLessThan(later);
    await expect(machine(page).getByLabel("Speed"), "the chosen speed").toHaveValue("speed 0.5×");
    await setSpeed(page, 100);
    await button(page, "Play").click();
    await settled(page);
    const [outcome] = await outcomes(page);
    expect(outcome, "the invocation that was paused").toMatchObject({ ok: true, start: "cold" });
  });

  test("the time line goes to any moment, and a run goes on from there", async ({ page }) => {
    await run(page, "invoke check; freeze for 5m; invoke check");
    await waitForOutcomes(page, 2, "two invocations end");
    await settled(page);
    const end = await moment(page);
    if (screen === WIDE) await page.evaluate(() => scrollTo(0, 0));
    await slider(page).focus();
    if (screen === WIDE) expect(await page.evaluate(() => scrollY), "pixels that the page scrolled for the time line").toBe(0);
    /** Presses a key, and waits until the moment satisfies `test`. Returns the moment. */
    const key = async (name, test) => {
      await page.keyboard.press(name);
      await eventually(`${name} goes along time`, async () => test(await moment(page))).toBe(true);
      return moment(page);
    };
    const back = await key("ArrowLeft", (now) => now < end);
    await key("ArrowRight", (now) => now > back);
    const mark = await key("[", (now) => now < back);
    await key("Home", (now) => now === 0);
    await machine(page).locator(".src").getByText("not evaluated yet").waitFor();
    expect((await state(page)).environment, "the environment at the beginning").toBeUndefined();
    await key("]", (now) => now > 0 && now <= mark);
    await key("End", (now) => now === end);
    await slider(page).click({ position: { x: 60, y: 23 } });
    await eventually("a click goes along time", () => moment(page)).toBeLessThan(end);

    // Back to the first outcome, and on in another way.
    await machine(page).locator(".strip .o").first().click();
    await eventually("an outcome leads to its moment", () => moment(page)).toBeLessThan(end);
    expect((await state(page)).outcomes.length, "outcomes at that moment").toBe(1);
    await picture(page, "looking-back");
    await press(page, button(page, "Reclaim #1"));
    const [other] = await press(page, button(page, INVOKE));
    expect(other, "the invocation of the other way").toMatchObject({ ok: true, start: "cold" });
    await button(page, "Undo").click();
    await expect(slider(page), "undo restores what was replaced").toHaveAttribute("aria-valuemax", String(end));
  });

  test("the server and the function break and recover", async ({ page }) => {
    await press(page, button(page, INVOKE));
    await openFaults(page);
    await press(page, fault(page, "Restart"));
    await press(page, fault(page, "Stop"));
    await expect(fault(page, "Restart"), "a stopped server cannot restart").toHaveAttribute("aria-disabled", "true");
    await press(page, fault(page, "Deploy a new version"));
    const [refused] = await press(page, button(page, INVOKE));
    expect(refused, "the invocation without a server").toMatchObject({ ok: false, start: "cold" });
    await press(page, fault(page, "Start"));
    await press(page, fault(page, "Deploy a new version"));
    const [fine] = await press(page, button(page, INVOKE));
    expect(fine, "the invocation with the server back").toMatchObject({ ok: true });
    await button(page, "Break something").click();
    expect(await machine(page).locator("#faults").count(), "open menus").toBe(0);
  });

  for (const [name, group] of [
    ["End 1 session"],
    ["now", "Reset"],
    ["at next write", "Reset"],
    ["now", "Close"],
    ["at next write", "Close"],
    ["Drop packets silently"],
    ["Restore the network"],
  ]) {
    const title = group ? `${group} ${name}` : name;
    test(`an invocation ends although its connection breaks: ${title}`, async ({ page }) => {
      // Slowly, so that the connection is still open when the run pauses.
      await setSpeed(page, SLOW);
      await button(page, INVOKE).click();
      await machine(page).locator(".slots .busy").first().waitFor();
      await button(page, "Pause").click();
      await openFaults(page);
      await fault(page, name, group).click();
      if (name.startsWith("Drop")) await picture(page, "faults");
      await setSpeed(page, 100);
      const play = button(page, "Play");
      if (await play.count()) await play.click();
      await waitForOutcomes(page, 1, "the invocation ends");
      await settled(page);
      expect(await errors(page)).toEqual([]);
    });
  }

  test("an impossible action keeps its place and says why", async ({ page }) => {
    // By keyboard, because Playwright does not click a button that is disabled.
    await button(page, "now").press("Enter");
    await expect(machine(page).locator("[aria-live=polite]"), "the reason is announced").toContainText(/no environment/i);
    await expect(machine(page).locator(".reason"), "the reason is on the screen").toBeVisible();
    await expect(button(page, "8 h")).toHaveAttribute("title", "There is no environment: invoke a function first.");
  });

  test("a wire shows the state of its connection, whether or not an end of it knows", async ({ page }) => {
    const kept = "set lambda.freeze=auto; invoke trustConnection";
    for (const [then, whole, cut, broken] of [
      ["freeze for 5m", 1, 0, 0],
      ["freeze for 5m; terminate; wait 1s", 0, 1, 0],
      ["network reset-on-write", 0, 0, 1],
      ["network silent", 0, 0, 1],
    ]) {
      await run(page, `${kept}; ${then}`);
      await settled(page);
      const wires = (name) => machine(page).locator(`.wires > g.${name}`).count();
      const all = async () => [await wires("cold"), await wires("cut"), await wires("mute")];
      await eventually(`whole, cut and broken wires after ${then}`, all).toEqual([whole, cut, broken]);
    }
  });
});
