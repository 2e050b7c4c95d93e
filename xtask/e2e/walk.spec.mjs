// The walk-through in its terminal: it plays on the page, and its recording plays in the real asciinema-player.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { bringAxe, eventually, expect, expectAccessible, expectFitsScreen, onScreens, picture, test } from "./fixtures.mjs";
import { machine, outcomes, press, reach, recordEvents, setSpeed, settled, state } from "./machine.mjs";
import { NARROW, NARROWEST, WIDE } from "./screens.mjs";

/** A file of the real asciinema-player. */
const player = (file) => fileURLToPath(new URL(`node_modules/asciinema-player/dist/bundle/${file}`, import.meta.url));

/** The terminal is the second element of the page. It shows the machine of the first. */
const TERMINAL = 1;
const terminal = (page) => machine(page, TERMINAL);
const session = (page) => terminal(page).getByRole("log", { name: "Session" });
const lines = (page) => session(page).locator("p").allTextContents();
const chapter = (page) => terminal(page).locator(".chapters [aria-current]").textContent();

const SUCCESS = '→ "Postgres: connection test success"';
const FAIL = '→ "Postgres: connection test fail"';

/** The rows of a terminal with so many columns that show these lines. */
const rows = (lines, columns) =>
  lines.flatMap((line) => {
    const letters = [...line];
    const parts = [];
    do parts.push(letters.splice(0, columns).join("").trimEnd());
    while (letters.length);
    return parts;
  });

/** Plays the walk-through from its button to its last line, with a pause. Returns the lines of the terminal. */
async function play(page) {
  await reach(page);
  await reach(page, TERMINAL);
  await setSpeed(page, 10);
  expect(await lines(page), "lines before anything has happened").toEqual([]);
  await recordEvents(page);
  await terminal(page).getByRole("button", { name: "Play the walk-through" }).click();
  const hasResult = async () => (await lines(page)).some((line) => line.startsWith("→"));
  await eventually("the first invocation returns", hasResult).toBe(true);
  await page.keyboard.press("Space");
  expect((await state(page)).playing, "the machine plays after the space key").toBe(false);
  await picture(page, "walk-paused");

  // The bracket key goes from within a chapter to its beginning, and then from chapter to chapter.
  const visited = [];
  do {
    await page.keyboard.press("[");
    visited.push(await chapter(page));
  } while (visited.at(-1) !== "The first invocation succeeds" && visited.length < 6);
  expect(new Set(visited).size, `each chapter is visited once (visited were ${visited})`).toBe(visited.length);
  expect(visited.at(-1), "the last visited chapter").toBe("The first invocation succeeds");

  await page.keyboard.press("Space");
  await settled(page);
  const all = await lines(page);
  expect(all.filter((line) => line.startsWith("## ")).length, "captions").toBe(6);
  expect(all.filter((line) => line.startsWith("$ invoke")).length, "prompts").toBe(9);
  expect(all.filter((line) => line.includes("Unable to acquire a connection")).length, "errors in the log").toBe(4);
  const results = all.filter((line) => line.startsWith("→"));
  expect(results).toEqual([SUCCESS, FAIL, FAIL, SUCCESS, SUCCESS, FAIL, SUCCESS, SUCCESS, FAIL]);
  const succeeded = (await outcomes(page)).map(({ ok }) => ok);
  expect(succeeded, "the machine's outcomes").toEqual(results.map((line) => line === SUCCESS));
  const [last] = await machine(page).getByRole("log").locator("section:last-of-type li").last().allTextContents();
  expect(last, "the last line of the machine's log").toMatch(/^REPORT/);
  await expectFitsScreen(page);
  await picture(page, "walk-played");
  return all;
}

/** Buttons and keys lead to the same places, and the machine goes with the terminal. */
async function navigate(page) {
  await session(page).focus();
  for (const name of ["The first invocation succeeds", "The second one fails: nobody made the pool again"]) {
    await terminal(page).getByRole("button", { name }).click();
    expect(await chapter(page), "the chosen chapter").toBe(name);
  }
  const before = await lines(page);
  await session(page).focus();
  await page.keyboard.press("ArrowRight");
  await eventually("a line more", async () => (await lines(page)).length).toBeGreaterThan(before.length);
  await terminal(page).getByRole("button", { name: "Line before (left arrow)" }).click();
  expect(await lines(page), "lines after one on and one back").toEqual(before);
  await terminal(page).getByLabel("Moment").fill("0");
  expect(await lines(page), "lines at the beginning").toEqual(["$ set lambda.freeze=auto"]);
  expect(await machine(page).locator(".card.empty").count(), "empty places for environments at the beginning").toBe(2);
}

/** The f key fills the screen with the terminal, and ends that. */
async function fillTheScreen(page) {
  const filled = () => page.evaluate(() => document.fullscreenElement?.getAttribute("view") ?? null);
  await session(page).focus();
  await page.keyboard.press("f");
  await eventually("the view that fills the screen", filled).toBe("walk-through");
  await picture(page, "walk-full");
  await page.keyboard.press("f");
  await eventually("the view that fills the screen", filled).toBeNull();
}

/** Saves the recording. Returns its text and its header. */
async function download(page) {
  const saving = page.waitForEvent("download");
  await terminal(page).getByRole("button", { name: "Download .cast" }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe("lambda-lifecycles.cast");
  const text = readFileSync(await saved.path(), "utf8");
  const [header, ...events] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(header.version, "the version of the asciicast").toBe(2);
  expect(events.filter(([, kind]) => kind === "m").length, "markers").toBe(6);
  return { text, header };
}

/** Plays a recording in asciinema-player, which has to show the terminal's lines at each chapter and at the end. */
async function playRecording(page, { text, header }, expected) {
  await page.setContent("<!doctype html><div id=player></div>");
  await page.addStyleTag({ path: player("asciinema-player.css") });
  await page.addScriptTag({ path: player("asciinema-player.min.js") });
  await page.evaluate((data) => {
    const options = { theme: "solarized-dark", fit: false, speed: 20, idleTimeLimit: 1 };
    window.player = AsciinemaPlayer.create({ data }, document.querySelector("#player"), options);
    window.ended = false;
    window.player.addEventListener("ended", () => (window.ended = true));
  }, text);
  const shown = () =>
    page
      .locator(".ap-line")
      .evaluateAll((all) => all.map((line) => line.textContent.replaceAll("\u00a0", " ").trimEnd()));
  const screenOf = (lines) => {
    // The cursor stands in a row of its own after the last line.
    const screen = rows(lines, header.width).slice(-(header.height - 1));
    return [...screen, ...Array(header.height - screen.length).fill("")];
  };
  await page.evaluate(() => window.player.play());
  await eventually("the player ends", () => page.evaluate(() => window.ended), 60_000).toBe(true);
  await eventually("the player shows the last lines", shown).toEqual(screenOf(expected));
  await picture(page, "walk-recording");
  const captions = expected.flatMap((line, at) => (line.startsWith("## ") ? [at] : []));
  for (const [marker, at] of captions.entries()) {
    await page.evaluate((marker) => window.player.seek({ marker }), marker);
    const message = `the player shows everything up to the caption of chapter ${marker + 1}`;
    await eventually(message, shown).toEqual(screenOf(expected.slice(0, at + 1)));
  }
}

onScreens([WIDE, NARROW, NARROWEST], (screen) => {
  test("the walk-through plays, and so does its recording", async ({ page, newReader }) => {
    await bringAxe(page);
    await page.goto("");
    const all = await play(page);
    await navigate(page);
    await expectAccessible(page);
    if (screen === NARROWEST) return;
    await fillTheScreen(page);
    await playRecording(await newReader(), await download(page), all);
  });
});

test("the terminal shows what the reader does", async ({ page }) => {
  await page.goto("");
  await reach(page);
  await reach(page, TERMINAL);
  await setSpeed(page, 100);
  await press(page, page.getByRole("button", { name: "Invoke it", exact: true }));
  const all = await lines(page);
  expect(all[0], "the first line").toBe("$ invoke checkDatabaseConnection");
  expect(all.at(-1), "the last line").toBe(SUCCESS);
});
