// Machines that come and go leave nothing behind: neither memory of the program, nor nodes, nor event listeners.

import { expect, test } from "./fixtures.mjs";
import { programMemory, reach } from "./machine.mjs";

const CYCLES = 1000;

// A trace would keep the nodes of the page.
test.use({ trace: "off" });

test(`${CYCLES} machines come and go without anything growing`, async ({ page }) => {
  await page.goto("");
  await reach(page);
  const session = await page.context().newCDPSession(page);
  const measure = async () => {
    // The last machine may still have work for a frame, which holds it until the second round.
    for (let round = 0; round < 2; round++) {
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
      await session.send("HeapProfiler.collectGarbage");
    }
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    return { nodes, listeners: jsEventListeners, memory: await programMemory(page) };
  };
  const cycle = (times) =>
    page.evaluate(async (times) => {
      const place = document.querySelector("lambda-lifecycles").parentElement;
      const frame = () => new Promise((resolve) => setTimeout(resolve));
      for (let i = 0; i < times; i++) {
        const element = document.createElement("lambda-lifecycles");
        element.setAttribute("load", "eager");
        element.run("invoke check");
        place.append(element);
        await frame();
        if (!element.shadowRoot.querySelector(".root")?.firstElementChild) throw new Error(`no machine in cycle ${i}`);
        element.remove();
        await frame();
      }
    }, times);
  await cycle(20);
  const before = await measure();
  await cycle(CYCLES);
  const after = await measure();
  console.log(`before: ${JSON.stringify(before)}, after ${CYCLES}: ${JSON.stringify(after)}`);
  expect(after.nodes, "nodes").toBeLessThanOrEqual(before.nodes + 200);
  expect(after.listeners, "event listeners").toBeLessThanOrEqual(before.listeners + 50);
  expect(after.memory, "bytes of the program's memory").toBeLessThanOrEqual(before.memory + 64 * 1024);
});
