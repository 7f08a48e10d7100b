// Makes tests/vectors/recorded_session.jsonl: what two viewers of a real central get during one race, the one in JSON and the
// other in binary (a decoder by simulator at the pace of a race, a real gateway, ticks and results signed by central).
//   HOLESHOT_BIN=build/release/bin node sdk/scripts/record.mjs
//
// Lines: {"about"} first; {"json": frame} or {"binary": frame}, by viewer and each in its order, where a frame is {"text"} or
// {"hex"}; {"expected"} last: the keys, and what REST says of the race.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LiveClient } from "../../tests/e2e/live_client.mjs";
import { Bench, eventually } from "../../tests/e2e/system.mjs";
import { gateOrder, RaceOffice } from "../../tools/demo/race_office.mjs";

const kSeed = 7;
// Fewer than the 20 of a race day, so that the file stays small; still several deltas to a keyframe.
const kTickHz = 3;
const kKeyframeIntervalMs = 3_000;

/** One viewer and the frames it got. */
async function watch(port, track, encoding) {
  const frames = [];
  const events = [];
  let ticksSince = 0;
  const client = await LiveClient.connect(
    port,
    `track_id=${track}&channels=race&encoding=${encoding}&rate=full`,
    (envelope) => {
      if (envelope.payload.event_type === "race_finished") ticksSince = 0;
      events.push(envelope);
    },
    undefined,
    (frame) => {
      if (typeof frame !== "string" || frame.includes('"race_tick"')) ticksSince += 1;
      frames.push(typeof frame === "string" ? { text: frame } : { hex: frame.toString("hex") });
    },
  );
  return { encoding, frames, client, has: (type) => events.some((one) => one.payload.event_type === type), last: () => events.at(-1), ticksSince: () => ticksSince };
}

async function recordRace() {
  const bench = new Bench();
  try {
    const central = await bench.central({ args: ["--demo", "--tick-hz", kTickHz, "--keyframe-interval-ms", kKeyframeIntervalMs] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(["--gate-on-stdin", "--seed", kSeed]);
    bench.gateway({ central: central.url, decoders: [sim.url], track });
    const viewers = [await watch(central.live, track, "json"), await watch(central.live, track, "binary")];
    const moto = (await office.motos(event))[0];
    await office.stage(moto.id, track);
    sim.write(`gate ${gateOrder(await office.moto(moto.id))}`);
    const finished = await office.until(moto.id, "finished", 120_000);
    await office.post("/api/race/alert", { track_id: track, level: "info", text: "Drinks at the finish" });
    for (const viewer of viewers) {
      await eventually(() => viewer.has("race_finished") && viewer.has("alert"), "race_finished and the alert");
      await eventually(() => viewer.ticksSince() > 0, "the last tick");
      viewer.client.text({ type: "heartbeat", payload: {} });
      await eventually(() => viewer.last().kind === "heartbeat", "the heartbeat");
      await viewer.client.close();
    }
    const { keys } = await (await fetch(`${central.url}/race/config`)).json();
    return { track, viewers, finished, keys };
  } finally {
    await bench.close();
  }
}

const { track, viewers, finished, keys } = await recordRace();
const results = finished.entries.map(({ rider, finish_position, elapsed_us, dnf, dns }) => ({ rider_id: rider.id, position: finish_position, elapsed_us, dnf, dns }));
const lines = [
  { about: "What two viewers of a real central got during one race, in JSON and in binary. See sdk/scripts/record.mjs." },
  ...viewers.flatMap(({ encoding, frames }) => frames.map((frame) => ({ [encoding]: frame }))),
  { expected: { track, keys, moto_id: finished.id, results } },
];
const path = fileURLToPath(new URL("../../tests/vectors/recorded_session.jsonl", import.meta.url));
writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
console.log(`${path}: ${viewers.map(({ encoding, frames }) => `${frames.length} frames in ${encoding}`).join(", ")}`);
