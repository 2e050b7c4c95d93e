// `cargo xtask bench` on the published page: how fast a click is answered, how smooth a fast run is, and how fast the time
// line moves through a long history. It prints figures and judges nothing.

import { eventually, test } from "./fixtures.mjs";
import { button, machine, programMemory, reach, run, setSpeed, settled } from "./machine.mjs";

const CLICKS = 30;
const ROUNDS = 4;
const JUMPS = 40;

// A trace would be part of what is measured.
test.use({ trace: "off" });

function spread(milliseconds) {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  return `median ${at(0.5)} ms, nine of ten within ${at(0.9)} ms, longest ${at(1)} ms`;
}

test("a click is answered", async ({ page }) => {
  await page.goto("");
  await reach(page);
  // For each click: when the machine's tree changed first, and when the frame that shows the change began.
  await page.evaluate(() => {
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
  });
  for (let click = 1; click <= CLICKS; click++) {
    await machine(page).getByRole("button", { name: "Invoke" }).first().click();
    const answers = () => page.evaluate(() => window.answers.length);
    await eventually("answers to clicks", answers).toBeGreaterThanOrEqual(click);
  }
  const answers = await page.evaluate(() => window.answers);
  console.log(`from a click to a changed tree:   ${spread(answers.map(({ changed }) => changed))}`);
  console.log(`from a click to its frame:        ${spread(answers.map(({ frame }) => frame))} (a frame is 16.7 ms)`);
});

test("a run at ten times the pace is smooth", async ({ page }) => {
  await page.goto("");
  await reach(page);
  await setSpeed(page, 10);
  // The distances between frames, and the tasks that took 50 ms or more.
  await page.evaluate(() => {
    window.frames = [];
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries())).observe({ type: "longtask" });
    let last;
    const record = (now) => {
      if (last !== undefined) window.frames.push(now - last);
      last = now;
      requestAnimationFrame(record);
    };
    requestAnimationFrame(record);
  });
  await run(page, "invoke both; freeze for 5m; terminate; start proper; wait 2s;".repeat(ROUNDS));
  await settled(page);
  const [frames, longTasks] = await page.evaluate(() => [window.frames, window.longTasks.length]);
  console.log(`frames of a run at 10×:           ${spread(frames)}; tasks over 50 ms: ${longTasks}`);
});

test("the time line moves through a long history", async ({ page }) => {
  await page.goto("");
  await reach(page);
  await setSpeed(page, 100);
  for (let times = 0; times < 3; times++) {
    await run(page, "invoke proper;".repeat(1_000));
    await button(page, "To the end").click();
    await settled(page);
  }
  const took = await page.evaluate((count) => {
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
  }, JUMPS);
  const megabytes = ((await programMemory(page)) / 1_048_576).toFixed(0);
  console.log(`to the ends of a long history:    ${spread(took)}; the program has ${megabytes} MB`);
});
