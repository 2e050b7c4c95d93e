// The page on every screen and for every reader: nothing is cut off, axe finds nothing, and there is no motion for readers
// who want none.

import { bringAxe, eventually, expect, expectAccessible, expectFitsScreen, onScreens, picture, test } from "./fixtures.mjs";
import { button, machine, outcomes, reach, recordEvents, run, setSpeed, settled, waitForOutcomes } from "./machine.mjs";
import { NARROW, NARROWEST, WIDE } from "./screens.mjs";

const SCREENS = [
  WIDE,
  { width: 1280, height: 720 },
  { width: 1024, height: 768 },
  { width: 768, height: 1024 },
  NARROW,
  { width: 360, height: 740 },
  NARROWEST,
];

/** The parts of the machine whose words do not fit. Parts that scroll or end in an ellipsis are meant to. */
const cutOff = (page) =>
  machine(page).evaluate((element) => {
    const parts =
      "button, select, .head, .card > header, .card dd > *, .note, .said, .clock, .slots li, .tabs code, h3";
    return [...element.shadowRoot.querySelectorAll(parts)]
      .filter((it) => it.checkVisibility() && it.clientWidth > 0 && it.scrollWidth > it.clientWidth + 1)
      .map((it) => `${it.className || it.localName} “${it.textContent.slice(0, 40)}”: ${it.scrollWidth} > ${it.clientWidth}`);
  });

/** The strips that do not show all of their outcomes. */
const scrollingStrips = (page) =>
  machine(page).evaluate((element) =>
    [...element.shadowRoot.querySelectorAll(".strip")]
      .filter((it) => it.checkVisibility() && it.scrollWidth > it.clientWidth + 1)
      .map((it) => it.textContent),
  );

/** The pairs of controls that lie over one another. */
const overlapping = (page) =>
  machine(page).evaluate((element) => {
    const controls = [...element.shadowRoot.querySelectorAll("button, select")].filter(
      (it) => it.checkVisibility() && !it.closest(".strip"),
    );
    // A control that is scrolled out of the lanes is not on the screen.
    const visibleBox = (it) => {
      const { left, right, top, bottom } = it.getBoundingClientRect();
      const lanes = it.closest(".scroll")?.getBoundingClientRect();
      return { left, right, top: Math.max(top, lanes?.top ?? top), bottom: Math.min(bottom, lanes?.bottom ?? bottom) };
    };
    const boxes = controls.map((it) => [it, visibleBox(it)]);
    const pairs = [];
    for (const [at, [one, a]] of boxes.entries()) {
      for (const [other, b] of boxes.slice(at + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 2 && down > 2) pairs.push(`“${one.textContent || one.ariaLabel}” and “${other.textContent || other.ariaLabel}”`);
      }
    }
    return pairs;
  });

/** Pixels by which the machine's last part ends below the element. */
const overhang = (page) =>
  machine(page).evaluate((element) => {
    const last = element.shadowRoot.querySelector(".time").getBoundingClientRect();
    return Math.max(0, Math.round(last.bottom - element.getBoundingClientRect().bottom));
  });

async function expectEverythingInPlace(page, when) {
  await expectFitsScreen(page);
  expect(await cutOff(page), `words that are cut off ${when}`).toEqual([]);
  expect(await overlapping(page), `overlapping controls ${when}`).toEqual([]);
  expect(await overhang(page), `pixels below the element ${when}`).toBe(0);
  await picture(page, `fits-${when.replaceAll(" ", "-")}`);
}

onScreens(SCREENS, () => {
  test("everything has its place", async ({ page }) => {
    await page.goto("");
    await reach(page);
    await expectEverythingInPlace(page, "at first");
    await setSpeed(page, 100);
    await recordEvents(page);
    await run(page, "invoke check; freeze for 5m; invoke check");
    await waitForOutcomes(page, 2, "two invocations end");
    await settled(page);
    expect(await scrollingStrips(page), "strips that do not show two outcomes").toEqual([]);
    await run(page, "start check; invoke check; invoke proper; freeze");
    await waitForOutcomes(page, 5, "five invocations end");
    await settled(page);
    await expectEverythingInPlace(page, "after invocations");
    await button(page, "Break something").click();
    await expectEverythingInPlace(page, "with the menu open");
    await run(page, "invok check");
    await machine(page).getByRole("alert").waitFor();
    await expectEverythingInPlace(page, "with a message");
  });
});

for (const colorScheme of ["light", "dark"]) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    onScreens([WIDE, NARROW], () => {
      test("axe finds no violation", async ({ page }) => {
        await bringAxe(page);
        await page.goto("");
        await reach(page);
        await expectAccessible(page);
        await setSpeed(page, 100);
        await recordEvents(page);
        await run(page, "invoke check; freeze for 5m; invoke check; invoke proper; freeze");
        await waitForOutcomes(page, 3, "three invocations end");
        await settled(page);
        await expectAccessible(page);
        await button(page, "Break something").click();
        await run(page, "invok check");
        await machine(page).getByRole("alert").waitFor();
        await expectAccessible(page);
        await picture(page, colorScheme);
      });
    });
  });
}

test.describe("with reduced motion", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });
  test("nothing is animated", async ({ page }) => {
    await page.goto("");
    await reach(page);
    await recordEvents(page);
    await run(page, "invoke check; freeze; invoke check");
    let most = 0;
    const invocations = async () => {
      most = Math.max(most, await page.evaluate(() => document.getAnimations().length));
      return (await outcomes(page)).length;
    };
    await eventually("two invocations end", invocations, 60_000).toBe(2);
    expect(most, "animations at one time").toBe(0);
  });
});
