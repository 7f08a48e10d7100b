// The page in a real browser against the real central, with a relay between them that changes one digit of what central has
// signed: the true one is shown and verified by the browser's own Ed25519, the changed one is refused, said, and never shown.

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { RaceOffice } from "../../tools/demo/race_office.mjs";
import { Bench, ROOT } from "../e2e/system.mjs";
import { launch } from "./browser.mjs";
import { relayTo } from "./relay.mjs";

const kBoundMs = 30_000;

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${url}: ${answer.status} ${await answer.text()}`);
}

/** The page, which is told that the live stream is at the relay. */
async function openPage(browser, central, relay, track) {
  const page = await browser.newPage({ viewport: { width: 360, height: 640 } });
  page.setDefaultTimeout(kBoundMs);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.route("**/race/config", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), live_url: relay.url } });
  });
  await page.goto(`${central.url}/?track=${track}`);
  await page.waitForSelector('.board[data-link="live"]');
  return { page, errors };
}

test("the browser verifies what central signs, and refuses one changed digit", async () => {
  const bench = new Bench();
  let browser, relay;
  try {
    const central = await bench.central({ args: ["--demo", "--www", path.join(ROOT, "web/dist")] });
    const { track_id: track } = await new RaceOffice(central.url).seed();
    relay = await relayTo(central.live);
    browser = await launch();
    const { page, errors } = await openPage(browser, central, relay, track);
    const alerts = () => page.$$eval(".alert", (all) => all.map((one) => one.textContent));
    const raise = (id, text) => post(`${central.url}/api/race/alert`, { track_id: track, id, level: "info", text });

    await raise("first", "Moto 7 starts again");
    await page.waitForSelector(".alert");
    assert.deepEqual(await alerts(), ["Moto 7 starts again"]);
    assert.equal(await page.getAttribute(".board", "data-trust"), "verified");
    assert.equal(await page.$(".note"), null);

    relay.change = (text) =>
      typeof text === "string" && text.includes('"kind":"event"') && text.includes('"event_type":"alert"') ? text.replace("Moto 8 ", "Moto 9 ") : text;
    const seen = page.evaluate(
      () =>
        new Promise((done) => {
          window.shown = [];
          const look = () => {
            for (const one of document.querySelectorAll(".alert")) window.shown.push(one.textContent);
            if (window.shown.includes("Moto 8 waits")) done(window.shown);
          };
          new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
        }),
    );
    await raise("second", "Moto 8 waits");
    await page.waitForSelector('.note[data-note="refused"]');
    assert.match(await page.textContent(".note"), /changed on its way/);
    assert.equal(relay.changed, 1);

    // The hole that the refused frame left is healed by central's snapshot, which has the true words.
    relay.change = (text) => text;
    await raise("third", "Rain");
    assert.ok(!(await seen).includes("Moto 9 waits"), "what was changed was on the page");
    await page.waitForFunction(() => document.querySelectorAll(".alert").length === 3);
    assert.deepEqual((await alerts()).sort(), ["Moto 7 starts again", "Moto 8 waits", "Rain"]);
    const { scroll, width } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: window.innerWidth }));
    assert.equal(scroll, width, "the warning fits a phone");
    assert.deepEqual(errors, []);
  } finally {
    await browser?.close();
    relay?.close();
    await bench.close?.();
  }
});
