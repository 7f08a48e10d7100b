// Pictures of the gateway's page: each situation, each screen.
//
//   node tests/browser/status_shots.mjs --out DIR [--only red]

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";
import { offline, silent, startStage, unplugged } from "./status_stage.mjs";

const kScreens = { phone: [390, 844], laptop: [1280, 800] };
const kNoisy = (picture) => {
  silent(picture);
  picture.lines[0].driver.damaged_frames = 40;
  picture.lines[0].driver.decoders[0].missing = 3;
  picture.power = { on_battery: true, percent: 17 };
};
const kSituations = { green: () => {}, amber: offline, amber2: kNoisy, red: unplugged, lost: () => {}, empty: () => {} };

async function shoot(browser, name, change, [width, height], path) {
  const stage = await startStage();
  await stage.picture(change);
  if (name !== "empty") {
    for (let i = 1; i <= 9; i += 1) await stage.cross({ event_id: `e${i}`, spool_id: i, transponder_text: `FL-948${i}0`, strength: 90 + i, hits: 20 + i });
    await stage.cross({ event_id: "e10", spool_id: 10, transponder_text: "GX-10342", strength: 80, hits: 9, resent: true });
    await stage.cross({ event_id: "e11", spool_id: 11, transponder_text: "FL-94890", strength: 112, hits: 31, battery_low: true });
    await stage.centralHas(name === "amber" ? 4 : 10);
  }
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(stage.url);
  await page.waitForSelector("body[data-link='live']:not([data-overall='unknown'])");
  if (name === "lost") {
    await stage.end();
    await page.waitForSelector("body[data-link='lost']");
  }
  await page.waitForTimeout(1500); // lets the flash of the newest line end
  await page.screenshot({ path, fullPage: width < 500 });
  await page.close();
  await stage.end();
}

const text = { type: "string" };
const { values } = parseArgs({ options: { out: text, only: text } });
if (!values.out) {
  console.error("usage: node tests/browser/status_shots.mjs --out DIR [--only SITUATION]");
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
const browser = await launch();
for (const [name, change] of Object.entries(kSituations)) {
  if (values.only && !values.only.split(",").includes(name)) continue;
  for (const [screen, size] of Object.entries(kScreens)) {
    await shoot(browser, name, change, size, join(values.out, `gateway-${name}-${screen}.png`));
  }
}
await browser.close();
