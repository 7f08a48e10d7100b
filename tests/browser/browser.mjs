// Debian's Chromium, headless, with nothing of its own on the network.

import { existsSync } from "node:fs";
import { chromium } from "./deps.mjs";

const kFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A Playwright browser; the caller closes it. Playwright gives it a new user data folder and removes it. */
export async function launch() {
  const executablePath = process.env.HOLESHOT_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`no browser at ${executablePath}: install the package chromium, or set HOLESHOT_CHROMIUM`);
  }
  return chromium.launch({ executablePath, headless: true, args: kFlags });
}
