// The browser tests of `cargo xtask test`, `bench` and `usable`. xtask serves the site and sets the variables; options after
// `--` reach Playwright: `cargo xtask test --only story -- --grep "by keyboard"`. A test that fails leaves a trace, and
// the report says how to open it.

import { defineConfig } from "@playwright/test";

import { WIDE } from "./screens.mjs";

const { E2E_SITE, E2E_BROWSER, E2E_RESULTS } = process.env;

/** Specs that are not about the published article. */
const OTHERS = ["jekyll", "bench", "usable"];
const spec = (name) => `${name}.spec.mjs`;

export default defineConfig({
  outputDir: E2E_RESULTS,
  reporter: "list",
  fullyParallel: true,
  workers: 2,
  // The longest test plays the reader's story at the reader's pace.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: E2E_SITE,
    viewport: WIDE,
    actionTimeout: 30_000,
    // Pictures of each step would slow the page, which several tests measure. `-- --trace on` records them.
    trace: { mode: "retain-on-failure", snapshots: false, screenshots: false },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: E2E_BROWSER,
      // Containers run the tests as root, which Chromium allows only without its sandbox.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    },
  },
  projects: [
    { name: "page", testIgnore: OTHERS.map(spec) },
    // Nothing runs beside a measurement.
    ...OTHERS.map((name) => ({ name, testMatch: spec(name), workers: 1 })),
  ],
});
