// Opens the board of a running central (or mock) in a headless browser, waits for a race, takes pictures, waits for
// the finish and prints the finish list as the page shows it, as one JSON object. Status 0 if all of it was there.
//
//   node tests/browser/board.mjs --url http://127.0.0.1:8080/ --out DIR [--expect-race] [--timeout SECONDS]
//
// Without --expect-race it is enough that the page is live and shows a moto or a clear track.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";

const kScreens = { "board-phone": [390, 844], "board-desktop": [1280, 800], "board-tv": [1920, 1080] };
/** A race of novices, the gate before it, and a slow machine. */
const kTimeoutS = 180;

/** Runs in the page: the board if it is live and in one of `modes`, else null. */
function readBoard(modes) {
  const board = document.querySelector('.board[data-link="live"]');
  if (!board || !modes.includes(board.dataset.mode)) return null;
  const number = (row, name) => (row.hasAttribute(name) ? Number(row.getAttribute(name)) : null);
  const rows = [...board.querySelectorAll(".row")].map((row) => ({
    rider_id: row.dataset.riderId,
    position: number(row, "data-position"),
    elapsed_us: number(row, "data-elapsed-us"),
    finished: row.hasAttribute("data-finished"),
    dnf: row.dataset.out === "dnf",
    dns: row.dataset.out === "dns",
    plate: row.querySelector(".plate text").textContent,
    time: row.querySelector(".time").textContent,
    gap: row.querySelector(".gap").textContent,
  }));
  return { mode: board.dataset.mode, moto_id: board.dataset.motoId ?? null, rows };
}

/** Waits until the board is in one of `modes`, and reads it in that same moment; a later race cannot slip in between. */
export async function boardIn(page, modes, timeout) {
  const handle = await page.waitForFunction(readBoard, modes, { timeout, polling: "raf" });
  return handle.jsonValue();
}

export async function takePictures(page, out) {
  for (const [name, [width, height]] of Object.entries(kScreens)) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: join(out, `${name}.png`), animations: "disabled" });
  }
}

/** Follows one race from where it stands to its result. */
async function followRace(page, out, timeout) {
  const racing = await boardIn(page, ["race"], timeout);
  await page.waitForSelector('.board[data-mode="race"] .row[data-position]', { timeout });
  await takePictures(page, out);
  const result = await boardIn(page, ["result"], timeout);
  return { racing, result };
}

export async function watchBoard({ url, out, expectRace = false, timeoutS = kTimeoutS }) {
  const timeout = timeoutS * 1000;
  mkdirSync(out, { recursive: true });
  const browser = await launch();
  const errors = [];
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(url, { timeout });
    if (!expectRace) {
      const shown = await boardIn(page, ["idle", "gate", "race", "result"], timeout);
      await takePictures(page, out);
      return { ok: errors.length === 0, url, errors, moto_id: shown.moto_id, mode: shown.mode, finish: shown.rows };
    }
    const { racing, result } = await followRace(page, out, timeout);
    const timed = result.rows.filter((row) => row.elapsed_us !== null && row.position !== null);
    const ok = errors.length === 0 && timed.length > 0 && racing.moto_id === result.moto_id;
    return { ok, url, errors, moto_id: result.moto_id, mode: result.mode, finish: result.rows };
  } finally {
    await browser.close();
  }
}

async function main() {
  const text = { type: "string" };
  const { values } = parseArgs({
    options: { url: text, out: text, timeout: text, "expect-race": { type: "boolean" } },
  });
  if (!values.url || !values.out) {
    console.error("usage: node tests/browser/board.mjs --url URL --out DIR [--expect-race] [--timeout SECONDS]");
    return 2;
  }
  const expectRace = values["expect-race"] ?? false;
  const timeoutS = values.timeout ? Number(values.timeout) : kTimeoutS;
  try {
    const report = await watchBoard({ url: values.url, out: values.out, expectRace, timeoutS });
    console.log(JSON.stringify(report, null, 2));
    return report.ok ? 0 : 1;
  } catch (error) {
    console.error(`board at ${values.url}: ${error.message}`);
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
