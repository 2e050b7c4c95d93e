// `cargo xtask bench`, on the published page: from a click to the first frame that shows something else; the frames of a
// run that is shown at ten times the pace; going anywhere in a long history.

import { open, until, visit } from "./browser.mjs";
import { programMemory } from "./element.mjs";
import { button, machine, reach, run, setSpeed, settled } from "./machine.mjs";

const CLICKS = 30;
const ROUNDS = 4;
const JUMPS = 40;

/** In the page: notes for each click when the machine's tree first changed, and when the frame with the change began. */
function watch() {
  window.answers = [];
  const root = document.querySelector("lambda-lifecycles").shadowRoot;
  let clicked;
  addEventListener("click", (event) => (clicked = event.timeStamp), true);
  new MutationObserver(() => {
    if (clicked === undefined) return;
    const answer = { changed: performance.now() - clicked };
    const since = clicked;
    clicked = undefined;
    requestAnimationFrame(() => {
      answer.frame = performance.now() - since;
      window.answers.push(answer);
    });
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
}

const spread = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  return `median ${at(0.5)} ms, nine of ten within ${at(0.9)} ms, longest ${at(1)} ms`;
};

const browser = await open();
await visit(browser, {}, async (page) => {
  await reach(page);
  await page.evaluate(watch);
  for (let click = 1; click <= CLICKS; click++) {
    await machine(page).getByRole("button", { name: "Invoke" }).first().click();
    await until(`click ${click} is answered`, () => page.evaluate((n) => window.answers.length >= n, click));
  }
  const answers = await page.evaluate(() => window.answers);
  console.log(`from a click to a changed tree:   ${spread(answers.map(({ changed }) => changed))}`);
  console.log(`from a click to the frame of it:  ${spread(answers.map(({ frame }) => frame))} (a frame is 16.7 ms)`);
});

/** In the page: how long the main thread was held up by each task of 50 ms and more, and how far apart frames are. */
function watchFrames() {
  window.frames = [];
  window.held = [];
  new PerformanceObserver((list) => window.held.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: "longtask",
  });
  let last;
  const note = (now) => {
    if (last !== undefined) window.frames.push(now - last);
    last = now;
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

await visit(browser, {}, async (page) => {
  await reach(page);
  await setSpeed(page, 10);
  await page.evaluate(watchFrames);
  await run(page, "invoke both; freeze for 5m; terminate; start proper; wait 2s;".repeat(ROUNDS));
  await settled(page);
  const { frames, held } = await page.evaluate(() => ({ frames: window.frames, held: window.held }));
  console.log(`frames of a run at 10×:           ${spread(frames)}; tasks over 50 ms: ${held.length}`);
});

/** In the page: presses a key of the time line again and again, and how long each answer takes. */
function jump(count) {
  const slider = document.querySelector("lambda-lifecycles").shadowRoot.querySelector("[role=slider]");
  slider.focus();
  const took = [];
  for (let index = 0; index < count; index++) {
    const key = index % 2 ? "End" : "Home";
    const began = performance.now();
    slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }));
    took.push(performance.now() - began);
  }
  return took;
}

await visit(browser, {}, async (page) => {
  await reach(page);
  await setSpeed(page, 100);
  const many = "invoke proper;".repeat(1_000);
  for (let times = 0; times < 3; times++) {
    await run(page, many);
    await button(page, "To the end").click();
    await settled(page);
  }
  const took = await page.evaluate(jump, JUMPS);
  const megabytes = ((await programMemory(page)) / 1_048_576).toFixed(0);
  console.log(`to the ends of a long history:    ${spread(took)}; the program has ${megabytes} MB`);
});
await browser.close();
