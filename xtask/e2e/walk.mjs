// The walk-through in its terminal: played on the page, saved as a recording, and that recording played by the real
// asciinema-player.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { NARROW, NARROWEST, WIDE, accessible, bringAxe, equal, picture, until, visit } from "./browser.mjs";
import { listen, machine, outcomes, press, reach, setSpeed, settled, state } from "./machine.mjs";
import { fitsTheScreen } from "./manners.mjs";

/** The pane is the second element of the page, and shows the machine of the first. */
const PANE = 1;
const pane = (page) => machine(page, PANE);
const session = (page) => pane(page).getByRole("log", { name: "Session" });
const lines = (page) => session(page).locator("p").allTextContents();
const chapter = (page) => pane(page).locator(".chapters [aria-current]").textContent();

/** The rows of a terminal so wide in which these lines stand. */
const rows = (lines, columns) =>
  lines.flatMap((line) => {
    const letters = [...line];
    const parts = [];
    do parts.push(letters.splice(0, columns).join("").trimEnd());
    while (letters.length);
    return parts;
  });

/** From the button to the last line; the machine and the bar play it too. */
async function playsTheWalk(page) {
  await reach(page);
  await reach(page, PANE);
  await setSpeed(page, 10);
  equal(await lines(page), [], "lines before anything has happened");
  await listen(page);
  await pane(page).getByRole("button", { name: "Play the walk-through" }).click();
  await until("the first chapter is played", async () => (await lines(page)).some((line) => line.startsWith("→")));
  await page.keyboard.press("Space");
  equal((await state(page)).playing, false, "playing after the space key");
  await picture(page, "walk-paused");
  // From within a chapter to its beginning, then from one to the one before.
  const visited = [];
  do {
    await page.keyboard.press("[");
    visited.push(await chapter(page));
  } while (visited.at(-1) !== "The first invocation succeeds" && visited.length < 6);
  equal(new Set(visited).size, visited.length, "chapters that were gone through twice on the way back");
  equal(visited.at(-1), "The first invocation succeeds", "the chapter at the end of the way back");
  await page.keyboard.press("Space");
  await settled(page);
  const all = await lines(page);
  equal(all.filter((line) => line.startsWith("## ")).length, 6, "captions");
  equal(all.filter((line) => line.startsWith("$ invoke")).length, 9, "prompts");
  equal(all.filter((line) => line.includes("Unable to acquire a connection")).length, 4, "errors in the log");
  const [success, fail] = ["success", "fail"].map((end) => `→ "Postgres: connection test ${end}"`);
  const results = all.filter((line) => line.startsWith("→"));
  equal(results, [success, fail, fail, success, success, fail, success, success, fail], "results");
  equal((await outcomes(page)).map(({ ok }) => ok), results.map((line) => line === success), "the machine's outcomes");
  const [last] = await machine(page).getByRole("log").locator("section:last-of-type li").last().allTextContents();
  if (!last?.startsWith("REPORT")) throw new Error(`the machine's log ends with ${last}`);
  await fitsTheScreen(page);
  await picture(page, "walk-played");
  return all;
}

/** The keys and buttons lead to the same places, and the machine goes with them. */
async function goesThroughIt(page) {
  await session(page).focus();
  for (const name of ["The first invocation succeeds", "The second one fails: nobody made the pool again"]) {
    await pane(page).getByRole("button", { name }).click();
    equal(await chapter(page), name, "the chapter that was chosen");
  }
  const before = await lines(page);
  await session(page).focus();
  await page.keyboard.press("ArrowRight");
  await until("a line more", async () => (await lines(page)).length > before.length);
  await pane(page).getByRole("button", { name: "Line before (left arrow)" }).click();
  equal(await lines(page), before, "lines after one on and one back");
  await pane(page).getByLabel("Moment").fill("0");
  equal(await lines(page), ["$ set lambda.freeze=auto"], "lines at the beginning");
  equal(await machine(page).locator(".card.empty").count(), 2, "environments of the machine at the beginning");
}

/** The f key fills the screen with the pane, and gives it back. */
async function fillsTheScreen(page) {
  const filled = () => page.evaluate(() => document.fullscreenElement?.getAttribute("view") ?? null);
  await session(page).focus();
  await page.keyboard.press("f");
  await until("the pane fills the screen", async () => (await filled()) === "walk-through");
  await picture(page, "walk-full");
  await page.keyboard.press("f");
  await until("the screen is given back", async () => (await filled()) === null);
}

/** *Download .cast*, and what the file has. */
async function saves(page) {
  const saving = page.waitForEvent("download");
  await pane(page).getByRole("button", { name: "Download .cast" }).click();
  const saved = await saving;
  equal(saved.suggestedFilename(), "lambda-lifecycles.cast", "the file's name");
  const text = readFileSync(await saved.path(), "utf8");
  const [header, ...events] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  equal(header.version, 2, "the asciicast's version");
  equal(events.filter(([, kind]) => kind === "m").length, 6, "markers");
  return { text, ...header };
}

/** The recording in the real player shows the pane's lines: at each chapter and at its end, as far as its screen goes. */
async function playsTheRecording(browser, recording, expected) {
  const bundle = join(process.env.E2E_TOOLS, "node_modules/asciinema-player/dist/bundle");
  const page = await browser.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.setContent("<!doctype html><div id=player></div>");
  await page.addStyleTag({ path: join(bundle, "asciinema-player.css") });
  await page.addScriptTag({ path: join(bundle, "asciinema-player.min.js") });
  await page.evaluate((data) => {
    const options = { theme: "solarized-dark", fit: false, speed: 20, idleTimeLimit: 1 };
    window.player = AsciinemaPlayer.create({ data }, document.querySelector("#player"), options);
    window.ended = false;
    window.player.addEventListener("ended", () => (window.ended = true));
  }, recording.text);
  const seen = () =>
    page.locator(".ap-line").evaluateAll((all) => all.map((line) => line.textContent.replaceAll("\u00a0", " ").trimEnd()));
  const screenOf = (lines) => {
    const all = rows(lines, recording.width);
    // The cursor stands on a row of its own after the last line.
    const screen = all.slice(-(recording.height - 1));
    return [...screen, ...Array(recording.height - screen.length).fill("")];
  };
  const shows = async (lines, what) => {
    const wanted = screenOf(lines);
    await until(what, async () => JSON.stringify(await seen()) === JSON.stringify(wanted)).catch(async (error) => {
      throw new Error(`${error.message}; it shows:\n${(await seen()).join("\n")}\nnot:\n${wanted.join("\n")}`);
    });
  };
  await page.evaluate(() => window.player.play());
  await until("the player has ended", () => page.evaluate(() => window.ended), 60_000);
  await shows(expected, "the player shows the last lines");
  await page.screenshot({ path: join(process.env.E2E_SCREENSHOTS, "walk-recording.png") });
  const beginnings = expected.flatMap((line, at) => (line.startsWith("## ") ? [at] : []));
  for (const [marker, at] of beginnings.entries()) {
    await page.evaluate((marker) => window.player.seek({ marker }), marker);
    await shows(expected.slice(0, at + 1), `the player shows all up to the caption of chapter ${marker + 1}`);
  }
  if (complaints.length) throw new Error(`the player complains: ${complaints.join("; ")}`);
  await page.close();
}

/** The terminal also shows what the reader does, without a walk-through. */
async function showsWhatTheReaderDoes(page) {
  await reach(page);
  await reach(page, PANE);
  await setSpeed(page, 100);
  await press(page, page.getByRole("button", { name: "Invoke it", exact: true }));
  const all = await lines(page);
  equal([all[0], all.at(-1)], ["$ invoke checkDatabaseConnection", '→ "Postgres: connection test success"'], "the session");
}

export async function walk(browser, step) {
  for (const screen of [WIDE, NARROW, NARROWEST]) {
    await step(`the walk-through plays, ${screen.width} px`, () =>
      visit(browser, { screen, prepare: bringAxe }, async (page) => {
        const all = await playsTheWalk(page);
        await goesThroughIt(page);
        await accessible(page);
        if (screen === NARROWEST) return;
        await fillsTheScreen(page);
        await playsTheRecording(browser, await saves(page), all);
      }),
    );
  }
  await step("the terminal shows what the reader does", () => visit(browser, {}, showsWhatTheReaderDoes));
}
