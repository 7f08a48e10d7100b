// Makes tests/vectors/recorded_session.jsonl: what one viewer of a real central gets during one race (a decoder by
// simulator, a real gateway), and after it a race with ticks, made here and signed, numbered on from there.
//   HOLESHOT_BIN=build/release/bin node sdk/scripts/record.mjs
//
// Lines: {"text": frame} or {"hex": frame}, in order; {"about"} first and {"expected"} last: what REST says of the real
// race, and where the riders of the made one are at the end.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LiveClient } from "../../tests/e2e/live_client.mjs";
import { Bench, eventually } from "../../tests/e2e/system.mjs";
import { gateOrder, RaceOffice } from "../../tools/demo/race_office.mjs";
import { encodeTick, kKeys, signedEnvelope } from "./vectors.mjs";

const kSpeed = 20;
const kSeed = 7;

async function recordRace() {
  const bench = new Bench();
  try {
    const central = await bench.central({ args: ["--demo"] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(["--gate-on-stdin", "--speed", kSpeed, "--seed", kSeed]);
    bench.gateway({ central: central.url, decoders: [sim.url], track });
    const texts = [];
    const viewer = await LiveClient.connect(central.live, `track_id=${track}&channels=race`, (envelope) => texts.push(envelope));
    const moto = (await office.motos(event))[0];
    await office.stage(moto.id, track);
    sim.write(`gate ${gateOrder(await office.moto(moto.id))}`);
    const finished = await office.until(moto.id, "finished", 60_000);
    await eventually(() => texts.some((one) => one.payload.event_type === "race_finished"), "race_finished");
    viewer.text({ type: "heartbeat", payload: {} });
    await eventually(() => texts.at(-1).kind === "heartbeat", "the heartbeat");
    await viewer.close();
    const { keys = [] } = await (await fetch(`${central.url}/race/config`)).json();
    return { track, texts, finished, keys };
  } finally {
    await bench.close();
  }
}

/** Three seconds of a made race: JSON and binary by turns, some deltas left out as for a slow viewer. */
function madeRace(track, epoch, lastSeq, tsUs) {
  const key = kKeys[0];
  const lines = [];
  let seq = lastSeq;
  const event = (payload, signed) => {
    seq += 1;
    const envelope = { kind: "event", channel: "race", track_id: track, event_id: null, epoch, seq, ts_us: tsUs, payload };
    lines.push({ text: signed ? signedEnvelope(key, envelope).json : JSON.stringify(envelope) });
  };
  const riders = [1, 2, 3].map((lane) => ({ rider_id: `made-${lane}`, first_name: "Rider", last_name: String(lane), plate_number: String(lane), transponder_id: lane, lane }));
  event({ event_type: "race_staged", moto_id: "made", class_name: "Made here", round_type: "main", riders, slot: 0, kid: key.kid });
  event({ event_type: "gate_drop", moto_id: "made", timestamp_us: tsUs });
  const lanes = riders.map(({ lane }) => ({ lane, rank: lane, distance_mm: 0, speed_mm_s: 0, status: "RACING" }));
  let base = null;
  for (let index = 0; index < 60; index += 1) {
    seq += 1;
    for (const lane of lanes) {
      lane.speed_mm_s = Math.min(13_000, 400 * index + 37 * lane.lane);
      lane.distance_mm += Math.floor(lane.speed_mm_s / 20);
    }
    [...lanes].sort((a, b) => b.distance_mm - a.distance_mm).forEach((lane, i) => (lane.rank = i + 1));
    const keyframe = index % 20 === 0;
    const now = lanes.map((lane) => ({ ...lane }));
    if (keyframe) base = { seq, lanes: now };
    const tick = { seq, base_seq: base.seq, keyframe, moto_id: "made", slot: 0, tick_index: index, tick_ts: Math.floor(tsUs / 1000) + 50 * index, elapsed_us: 50_000 * index, lanes: now };
    const { json, binary } = encodeTick(key, { track_id: track, epoch }, tick, base.lanes);
    // But not the last: that only ticks were lost before an event shows by the tick after it.
    if (index % 7 === 3 && index < 50) continue;
    lines.push(index % 2 === 0 ? { text: json } : { hex: binary.toString("hex") });
  }
  event({ event_type: "alert", id: "made-alert", level: "info", text: "Drinks at the finish" }, true);
  return { lines, seq, lanes };
}

/** A result of a central that does not sign (yet) is signed here, so that all can be verified. */
function signedResult(envelope) {
  const due = envelope.payload.event_type === "race_finished" && envelope.sig === undefined;
  return due ? signedEnvelope(kKeys[0], envelope).json : JSON.stringify(envelope);
}

const { track, texts, finished, keys } = await recordRace();
const { epoch, seq, ts_us } = texts.at(-1);
const made = madeRace(track, epoch, seq, ts_us);
const results = finished.entries.map(({ rider, finish_position, elapsed_us, dnf, dns }) => ({ rider_id: rider.id, position: finish_position, elapsed_us, dnf, dns }));
const lines = [
  { about: "A viewer's frames: one race by a real central, then a made one with signed ticks. See scripts/record.mjs." },
  ...texts.map((envelope) => ({ text: signedResult(envelope) })),
  ...made.lines,
  { expected: { track, keys: [...keys, { kid: kKeys[0].kid, alg: "Ed25519", x: kKeys[0].x }], epoch, seq: made.seq, moto_id: finished.id, results, lanes: made.lanes.map(({ lane, rank, distance_mm }) => ({ lane, rank, distance_mm })) } },
];
const path = fileURLToPath(new URL("../../tests/vectors/recorded_session.jsonl", import.meta.url));
writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
console.log(`${path}: ${texts.length} frames of central, ${made.lines.length} made`);
