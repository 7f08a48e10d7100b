// A stranger's page in a real browser against the real central: the SDK as it is built, a race by simulator and gateway, ticks in
// both encodings. Every tick is verified by the browser's own Ed25519; one changed digit, or one changed byte, is refused.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gateOrder, RaceOffice } from "../../tools/demo/race_office.mjs";
import { Bench, eventually, ROOT } from "../e2e/system.mjs";
import { launch } from "./browser.mjs";
import { relayTo } from "./relay.mjs";

// A script of its own: central lets pages run no other.
const kPage = `<!doctype html><meta charset="utf-8"><title>ticks</title><script type="module" src="page.js"></script>`;
const kScript = `
import { subscribe } from "./sdk/index.js";
const track = new URLSearchParams(location.search).get("track");
window.seen = {};
for (const encoding of ["json", "binary"]) {
  const seen = (window.seen[encoding] = { ticks: [], refused: [], gaps: 0, recovered: [] });
  const live = subscribe({ url: location.origin, track, encoding, rate: "full", verify: "require" });
  live.on("tick", ({ tick, trust }) => seen.ticks.push({ seq: tick.seq, trust, lanes: tick.lanes }));
  live.on("refused", ({ reason, tampered }) => seen.refused.push({ reason, tampered }));
  live.on("gap", () => (seen.gaps += 1));
}
`;

/** Encoding -> what the page has seen of it. */
const seenOn = (page) => page.evaluate(() => structuredClone(window.seen));

/** One digit of the time of a tick in text, one bit of the first position of a binary one. */
function turned(frame) {
  if (typeof frame === "string") return frame.replace(/"elapsed_us":(\d)/, (_, digit) => `"elapsed_us":${9 - Number(digit)}`);
  const copy = Buffer.from(frame);
  copy[32 + 4 * copy[30] + 1] ^= 1;
  return copy;
}

test("the browser verifies ticks in both encodings, and refuses one that was changed", async () => {
  const bench = new Bench();
  let browser, relay;
  try {
    const www = bench.file("www");
    mkdirSync(www, { recursive: true });
    cpSync(path.join(ROOT, "sdk/dist"), path.join(www, "sdk"), { recursive: true });
    writeFileSync(path.join(www, "index.html"), kPage);
    writeFileSync(path.join(www, "page.js"), kScript);
    const central = await bench.central({ args: ["--demo", "--www", www] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(["--gate-on-stdin", "--seed", 5]);
    bench.gateway({ central: central.url, decoders: [sim.url], track });
    relay = await relayTo(central.live);
    browser = await launch();
    const page = await browser.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.route("**/race/config", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), live_url: relay.url } });
    });
    await page.goto(`${central.url}/?track=${track}`);

    const [moto] = await office.motos(event);
    await office.stage(moto.id, track);
    sim.write(`gate ${gateOrder(await office.moto(moto.id))}`);
    const counts = async (least) => {
      const { json, binary } = await seenOn(page);
      return json.ticks.length >= least && binary.ticks.length >= least;
    };
    await eventually(() => counts(60), "three seconds of ticks in both encodings", 60_000);
    const calm = await seenOn(page);
    const lanesBySeq = new Map(calm.json.ticks.map(({ seq, lanes }) => [seq, lanes]));
    let compared = 0;
    for (const { ticks, refused, gaps } of Object.values(calm)) {
      assert.deepEqual(refused, []);
      assert.equal(gaps, 0);
      assert.ok(ticks.every(({ trust }) => trust === "verified"), "every tick is verified");
    }
    for (const { seq, lanes } of calm.binary.ticks) {
      if (!lanesBySeq.has(seq)) continue;
      const bare = (list) => list.map(({ lane, rank, status, distanceMm }) => ({ lane, rank, status, distanceMm }));
      assert.deepEqual(bare(lanes), bare(lanesBySeq.get(seq)), `tick ${seq}`);
      compared += 1;
    }
    assert.ok(compared > 40, `${compared} ticks are the same in both encodings`);

    const changed = { text: 0, binary: 0 };
    relay.change = (frame) => {
      const kind = typeof frame === "string" ? "text" : "binary";
      if (changed[kind] > 0 || (kind === "text" && !frame.includes('"race_tick"'))) return frame;
      changed[kind] += 1;
      return turned(frame);
    };
    await eventually(async () => Object.values(await seenOn(page)).every(({ refused }) => refused.length > 0), "both were refused", 20_000);
    const after = await seenOn(page);
    for (const [encoding, { refused }] of Object.entries(after)) {
      assert.deepEqual(refused, [{ reason: "bad_signature", tampered: true }], encoding);
    }
    await eventually(() => counts(calm.json.ticks.length + 60), "both go on", 20_000);
    assert.deepEqual(errors, []);
  } finally {
    await browser?.close();
    relay?.close();
    await bench.close();
  }
});
