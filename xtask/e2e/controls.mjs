// Every control of the machine, each for itself.

import { NARROW, WIDE, equal, picture, until, visit } from "./browser.mjs";
import {
  after,
  button,
  listen,
  machine,
  noErrors,
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

const INVOKE = "Invoke checkDatabaseConnection";

const card = (page) => machine(page).locator(".card:visible").first();

/** Freezing lays frost over the card and stops it; its age goes on without it. */
async function freezes(page) {
  await startOver(page);
  await press(page, button(page, INVOKE));
  await press(page, button(page, "now"));
  equal((await state(page)).phase, "Frozen", "the phase");
  await until("frost lies over the card", () =>
    card(page)
      .locator(".frost")
      .evaluate((frost) => Number(getComputedStyle(frost).opacity) > 0.5),
  );
  await reach(page);
  await picture(page, "frozen");
  equal(await button(page, "now").getAttribute("aria-disabled"), "true", "freezing what is frozen");
  const [again] = await press(page, button(page, INVOKE));
  equal([again.start, again.ok], ["warm", false], "the outcome after the freeze");
  await press(page, button(page, "5 min"));
  const [warm] = await press(page, button(page, INVOKE));
  equal(warm.start, "warm", "the start after five minutes");
  await press(page, button(page, "8 h"));
  equal(await machine(page).locator(".card.gone").count(), 1, "environments that are gone after eight hours");
  const [cold] = await press(page, button(page, INVOKE));
  equal([cold.start, cold.ok], ["cold", true], "the outcome after eight hours");
}

/** *Reclaim* shuts the environment down; *Start over* leaves nothing. */
async function reclaims(page) {
  await startOver(page);
  await press(page, button(page, INVOKE));
  await press(page, button(page, "Reclaim #1"));
  equal((await state(page)).phase, "Shut down", "the phase");
  await picture(page, "reclaimed");
  await startOver(page);
  equal((await state(page)).environment, undefined, "the environment after starting over");
  equal(await machine(page).locator(".lane").getByText("no outcome yet", { exact: true }).count(), 2, "empty strips");
}

/** With the switch on *at once* nobody has to freeze. */
async function freezesAtOnce(page) {
  await startOver(page);
  await button(page, "at once").click();
  await press(page, button(page, INVOKE));
  equal((await state(page)).phase, "Frozen", "the phase when the invocation is over");
  const [second] = await press(page, button(page, INVOKE));
  equal([second.start, second.ok], ["warm", false], "the second outcome");
  await button(page, "by hand").click();
  await press(page, button(page, INVOKE));
  equal((await state(page)).phase, "Ready", "the phase by hand");
}

const openFaults = async (page) => {
  const menu = button(page, "Break something");
  if ((await menu.getAttribute("aria-expanded")) !== "true") await menu.click();
};

const fault = (page, name, group) => {
  const within = machine(page).locator("#faults");
  const place = group ? within.getByRole("group", { name: group, exact: true }) : within;
  return place.getByRole("button", { name, exact: true });
};

/** An invocation that is held while its connection is open. */
async function holdConnected(page) {
  await startOver(page);
  await setSpeed(page, 1);
  await button(page, INVOKE).click();
  await machine(page).locator(".slots .busy").first().waitFor();
  await button(page, "Pause").click();
  await openFaults(page);
}

/** What can be done to a connection, each once, in the middle of an invocation; the invocation ends all the same. */
async function breaksConnections(page) {
  for (const [name, group] of [
    ["End 1 session"],
    ["now", "Reset"],
    ["at next write", "Reset"],
    ["now", "Close"],
    ["at next write", "Close"],
    ["Drop packets silently"],
    ["Restore the network"],
  ]) {
    await holdConnected(page);
    await fault(page, name, group).click();
    if (name.startsWith("Drop")) await picture(page, "faults");
    await setSpeed(page, 100);
    const play = button(page, "Play");
    if (await play.count()) await play.click();
    await after(page, 1, `the invocation ends after ${group ?? ""} ${name}`);
    await settled(page);
    await noErrors(page, `${group ?? ""} ${name}`);
  }
}

/** What can be done to the server and to the function. */
async function breaksTheServer(page) {
  await startOver(page);
  await setSpeed(page, 100);
  await press(page, button(page, INVOKE));
  await openFaults(page);
  await press(page, fault(page, "Restart"));
  await press(page, fault(page, "Stop"));
  equal(await fault(page, "Restart").getAttribute("aria-disabled"), "true", "restarting what is stopped");
  await press(page, fault(page, "Deploy a new version"));
  const [refused] = await press(page, button(page, INVOKE));
  equal([refused.ok, refused.start], [false, "cold"], "the outcome without a server");
  await press(page, fault(page, "Start"));
  await press(page, fault(page, "Deploy a new version"));
  const [fine] = await press(page, button(page, INVOKE));
  equal(fine.ok, true, "the outcome with the server back");
  await button(page, "Break something").click();
  equal(await machine(page).locator("#faults").count(), 0, "open menus");
}

const slider = (page) => machine(page).getByRole("slider");
const moment = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));

/** Pause, step by step, and on. */
async function pausesAndSteps(page) {
  await startOver(page);
  await setSpeed(page, 0.5);
  await button(page, INVOKE).click();
  await machine(page).locator(".l.lit").waitFor();
  await button(page, "Pause").click();
  const { events, playing } = await state(page);
  equal(playing, false, "playing when paused");
  await button(page, "Step", 0).click();
  const on = await until("a step goes on", async () => (await state(page)).events > events && (await state(page)).events);
  await button(page, "Step back").click();
  await until("a step goes back", async () => (await state(page)).events < on);
  equal(await machine(page).getByLabel("Speed").inputValue(), "speed 0.5×", "the speed that was chosen");
  await setSpeed(page, 100);
  await button(page, "Play").click();
  await settled(page);
  const [outcome] = await outcomes(page);
  equal([outcome.ok, outcome.start], [true, "cold"], "the outcome of what was paused");
}

/** Any moment of the past can be looked at by keyboard and by pointer, and gone on from. */
async function goesAlongTime(page) {
  await startOver(page);
  await run(page, "invoke check; freeze for 5m; invoke check");
  await after(page, 2, "two invocations");
  await settled(page);
  const end = await moment(page);
  const wide = page.viewportSize().width === WIDE.width;
  if (wide) await page.evaluate(() => scrollTo(0, 0));
  await slider(page).focus();
  if (wide) equal(await page.evaluate(() => scrollY), 0, "how far the page scrolls for the time line");
  const key = async (name, test) => {
    await page.keyboard.press(name);
    await until(`${name} goes along time`, async () => test(await moment(page)));
    return moment(page);
  };
  const back = await key("ArrowLeft", (now) => now < end);
  await key("ArrowRight", (now) => now > back);
  const mark = await key("[", (now) => now < back);
  await key("Home", (now) => now === 0);
  await machine(page).locator(".src").getByText("not evaluated yet").waitFor();
  equal((await state(page)).environment, undefined, "the environment at the beginning");
  await key("]", (now) => now > 0 && now <= mark);
  await key("End", (now) => now === end);
  await slider(page).click({ position: { x: 60, y: 23 } });
  await until("a click goes along time", async () => (await moment(page)) < end);
  // Back to the first outcome, and another way on.
  await machine(page).locator(".strip .o").first().click();
  await until("an outcome leads to its moment", async () => (await moment(page)) < end);
  equal((await state(page)).outcomes.length, 1, "outcomes at that moment");
  await picture(page, "looking-back");
  await press(page, button(page, "Reclaim #1"));
  const [other] = await press(page, button(page, INVOKE));
  equal([other.ok, other.start], [true, "cold"], "the outcome on the other way");
  await button(page, "Undo").click();
  await until("undo brings back what was replaced", async () => (await slider(page).getAttribute("aria-valuemax")) === String(end));
}

/** What is impossible now keeps its place and says why. */
async function saysWhyNot(page) {
  await startOver(page);
  // By keyboard: Playwright does not click what says that it is disabled.
  await button(page, "now").press("Enter");
  await until("the reason is told", async () => /no environment/i.test(await machine(page).locator("[aria-live=polite]").textContent()));
  equal(await machine(page).locator(".reason").isVisible(), true, "the reason in sight");
  equal(await button(page, "8 h").getAttribute("title"), "There is no environment: invoke a function first.", "the description");
}

/** A wire shows what has become of its connection, whether or not somebody knows. */
async function drawsWires(page) {
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
    await until(`the wires after ${then}`, async () => (await wires("cold")) === whole && (await wires("cut")) === cut && (await wires("mute")) === broken);
  }
}

const CONTROLS = [freezes, reclaims, freezesAtOnce, pausesAndSteps, goesAlongTime, breaksTheServer, breaksConnections, saysWhyNot, drawsWires];

export async function controls(browser, step) {
  for (const screen of [WIDE, NARROW]) {
    await step(`every control, ${screen.width} px`, () =>
      visit(browser, { screen }, async (page) => {
        await reach(page);
        await listen(page);
        await setSpeed(page, 100);
        for (const part of CONTROLS) {
          await part(page);
          await setSpeed(page, 100);
        }
      }),
    );
  }
}
