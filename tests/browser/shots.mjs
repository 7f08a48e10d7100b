// Pictures of the page for those who work on its looks: each situation, each screen, light and dark.
//
//   node tests/browser/shots.mjs --out DIR [--only race] [--scheme light]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";
import { startMock } from "./mock.mjs";

const kScreens = { small: [360, 640], phone: [390, 844], desktop: [1280, 800], tv: [1920, 1080] };

/** Seconds into the day, and what the page must show before the picture is taken. */
const kSituations = {
  gate: { seek: 4, mode: "gate" },
  race: { seek: 30, mode: "race" },
  finish: { seek: 46.6, mode: "race" },
  result: { seek: 52, mode: "result" },
  second: { seek: 64 + 32, mode: "race" },
  stale: { seek: 30, mode: "race", silent: true },
};

async function shoot(browser, { seek, mode, silent }, [width, height], colorScheme, path) {
  const mock = await startMock({ seek });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  await page.goto(mock.url);
  await page.waitForSelector(`.board[data-mode="${mode}"] .row`, { timeout: 20_000 });
  if (silent) {
    mock.viewers.silent = true;
    await page.waitForSelector('.board[data-link="stale"]', { timeout: 20_000 });
  }
  // Let the first flight of rows land.
  await page.waitForTimeout(500);
  await page.screenshot({ path, fullPage: width < 500 });
  await context.close();
  await mock.close();
}

const text = { type: "string" };
const { values } = parseArgs({ options: { out: text, only: text, scheme: text } });
if (!values.out) {
  console.error("usage: node tests/browser/shots.mjs --out DIR [--only SITUATION] [--scheme light|dark]");
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
const schemes = values.scheme ? [values.scheme] : ["light", "dark"];
const browser = await launch();
for (const [name, situation] of Object.entries(kSituations)) {
  if (values.only && !values.only.split(",").includes(name)) continue;
  for (const [screen, size] of Object.entries(kScreens)) {
    for (const scheme of schemes) {
      await shoot(browser, situation, size, scheme, join(values.out, `${name}-${screen}-${scheme}.png`));
    }
  }
}
await browser.close();
