// How the page behaves, whatever is done with it: nothing is cut off, everybody can use it, and it rests when nothing
// happens.

import { NARROW, NARROWEST, WIDE, accessible, bringAxe, equal, picture, until, visit } from "./browser.mjs";
import { after, button, listen, machine, reach, run, setSpeed, settled } from "./machine.mjs";

const SCREENS = [WIDE, { width: 1280, height: 720 }, { width: 1024, height: 768 }, { width: 768, height: 1024 }, NARROW, { width: 360, height: 740 }, NARROWEST];

/** Nothing scrolls sideways. */
export async function fitsTheScreen(page) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (content > screen) throw new Error(`the page is ${content} px wide on a screen of ${screen}`);
}

/** Words that do not fit their place in the machine. What scrolls or ends in an ellipsis is meant to. */
const cutOff = (page) =>
  machine(page).evaluate((element) => {
    const told = [];
    for (const it of element.shadowRoot.querySelectorAll("button, select, .head, .card > header, .card dd > *, .note, .said, .clock, .slots li, .tabs code, h3")) {
      if (!it.checkVisibility() || it.scrollWidth <= it.clientWidth + 1 || it.clientWidth === 0) continue;
      told.push(`${it.className || it.localName} “${it.textContent.slice(0, 40)}”: ${it.scrollWidth} > ${it.clientWidth}`);
    }
    return told;
  });

/** Outcomes that are not whole in their strip. */
const scrolled = (page) =>
  machine(page).evaluate((element) =>
    [...element.shadowRoot.querySelectorAll(".strip")]
      .filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth + 1)
      .map((it) => it.textContent),
  );

/** Buttons that are laid over one another. */
const overlapping = (page) =>
  machine(page).evaluate((element) => {
    const all = [...element.shadowRoot.querySelectorAll("button, select")].filter((it) => it.checkVisibility() && !it.closest(".strip"));
    // What is scrolled out of the lanes is not there.
    const seen = (it) => {
      const { left, right, top, bottom } = it.getBoundingClientRect();
      const lanes = it.closest(".scroll")?.getBoundingClientRect();
      return { left, right, top: Math.max(top, lanes?.top ?? top), bottom: Math.min(bottom, lanes?.bottom ?? bottom) };
    };
    const boxes = all.map((it) => [it, seen(it)]);
    const told = [];
    for (const [at, [one, a]] of boxes.entries()) {
      for (const [other, b] of boxes.slice(at + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 2 && down > 2) told.push(`“${one.textContent || one.ariaLabel}” and “${other.textContent || other.ariaLabel}”`);
      }
    }
    return told;
  });

/** How far the machine's last part ends below the machine's place in the page. */
const beyond = (page) =>
  machine(page).evaluate((element) => {
    const last = element.shadowRoot.querySelector(".time").getBoundingClientRect();
    return Math.max(0, Math.round(last.bottom - element.getBoundingClientRect().bottom));
  });

/** While nothing happens nothing runs: no frames are asked for, no timers, and the page takes no processor time. */
export async function idles(page) {
  await settled(page);
  // The bar's line goes after six seconds; that is its timer, not the machine's.
  await until("the bar's line has gone", () => page.locator(".flash").isHidden());
  equal(await restsFor(page, 2000), [], "what an idle page asks for");
}

/** Lets so much time pass; the frames and timers that the page asks for meanwhile. It must take hardly any processor time. */
export async function restsFor(page, milliseconds) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
  await page.evaluate(() => {
    if (window.asked) return void (window.asked.length = 0);
    window.asked = [];
    for (const name of ["requestAnimationFrame", "setTimeout", "setInterval"]) {
      const own = window[name];
      window[name] = (...these) => {
        window.asked.push(name);
        return own.apply(window, these);
      };
    }
  });
  const before = await busy();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const spent = (await busy()) - before;
  if (spent > 50) throw new Error(`a page at rest took ${spent.toFixed(0)} ms of ${milliseconds}`);
  await session.detach();
  return page.evaluate(() => window.asked);
}

/** Before anything has happened, after a failure, and with all that can be opened open. */
async function everybodyCanUseIt(page) {
  await reach(page);
  await accessible(page);
  await setSpeed(page, 100);
  await listen(page);
  await run(page, "invoke check; freeze for 5m; invoke check; invoke proper; freeze");
  await after(page, 3, "three invocations");
  await settled(page);
  await accessible(page);
  await button(page, "Break something").click();
  await run(page, "invok check");
  await machine(page).getByRole("alert").waitFor();
  await accessible(page);
}

/** At each width everything has its place: in the first state, after a failure, and with the menu open. */
async function fits(page) {
  await reach(page);
  const looks = async (name) => {
    await fitsTheScreen(page);
    equal([await cutOff(page), await overlapping(page), await beyond(page)], [[], [], 0], `cut off, overlapping, beyond its place (${name})`);
    await picture(page, `fits-${name}`);
  };
  await looks("first");
  await setSpeed(page, 100);
  await listen(page);
  await run(page, "invoke check; freeze for 5m; invoke check");
  await after(page, 2, "two invocations");
  await settled(page);
  equal(await scrolled(page), [], "strips that do not show all of two outcomes");
  await run(page, "start check; invoke check; invoke proper; freeze");
  await after(page, 5, "five invocations");
  await settled(page);
  await looks("after");
  await button(page, "Break something").click();
  await looks("menu");
  await run(page, "invok check");
  await machine(page).getByRole("alert").waitFor();
  await looks("message");
}

/** Who wants no motion gets none: what changes is changed at once. */
async function keepsStill(page) {
  await reach(page);
  await listen(page);
  await run(page, "invoke check; freeze; invoke check");
  let most = 0;
  await until(
    "two invocations",
    async () => {
      most = Math.max(most, await page.evaluate(() => document.getAnimations().length));
      return (await page.evaluate(() => window.news.filter(([name]) => name === "lambda-outcome").length)) === 2;
    },
    60_000,
  );
  equal(most, 0, "animations at one time");
}

export async function manners(browser, step) {
  for (const screen of SCREENS) {
    await step(`everything has its place, ${screen.width} px`, () => visit(browser, { screen }, fits));
  }
  for (const colorScheme of ["light", "dark"]) {
    for (const screen of [WIDE, NARROW]) {
      await step(`axe finds nothing, ${colorScheme}, ${screen.width} px`, () =>
        visit(browser, { screen, prepare: bringAxe, media: { colorScheme } }, async (page) => {
          await everybodyCanUseIt(page);
          await picture(page, colorScheme);
        }),
      );
    }
  }
  await step("no motion where none is wanted", () => visit(browser, { media: { reducedMotion: "reduce" } }, keepsStill));
}
