// `cargo xtask bench`: from a click to the first frame that shows something else, on the published page.

import { open, until, visit } from "./browser.mjs";
import { machine, reach } from "./machine.mjs";

const CLICKS = 30;

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
await browser.close();
