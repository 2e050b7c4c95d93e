// `cargo xtask test --only story`: all that is tried on the published page. E2E_ONLY=words runs the steps whose name has
// these words.

import { open } from "./browser.mjs";
import { controls } from "./controls.mjs";
import { element } from "./element.mjs";
import { links } from "./links.mjs";
import { manners } from "./manners.mjs";
import { story } from "./story.mjs";
import { walk } from "./walk.mjs";

const browser = await open();
let failed = 0;

async function step(name, test) {
  if (!name.includes(process.env.E2E_ONLY ?? "")) return;
  const begun = performance.now();
  try {
    await test();
    console.log(`  ok  ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`  NO  ${name}\n${error.stack ?? error}`);
  }
}

await story(browser, step);
await controls(browser, step);
await links(browser, step);
await manners(browser, step);
await element(browser, step);
await walk(browser, step);
await browser.close();
if (failed) {
  console.log(`${failed} of the steps failed`);
  process.exit(1);
}
