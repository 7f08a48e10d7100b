// The SDK on frames that a real central sent (tests/vectors/recorded_session.jsonl, made by scripts/record.mjs).

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Authenticator } from "../src/authenticator.js";
import { hexBytes } from "../src/bytes.js";
import { Decoder } from "../src/decode.js";
import { Feed } from "../src/feed.js";
import { KeyRing, type KeyRecord } from "../src/keys.js";
import type { Picture } from "../src/picture.js";
import { vectorPath } from "../src/testing/vectors.js";
import { builtInVerifier } from "../src/verifier.js";

interface Expected {
  readonly track: string;
  readonly keys: KeyRecord[];
  readonly epoch: number;
  readonly seq: number;
  readonly moto_id: string;
  readonly results: { rider_id: string; position: number; elapsed_us: number; dnf: boolean; dns: boolean }[];
  readonly lanes: { lane: number; rank: number; distance_mm: number }[];
}
type Line = { text?: string; hex?: string; expected?: Expected };

const lines = readFileSync(vectorPath("recorded_session.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Line);
const { expected } = lines[lines.length - 1] as { expected: Expected };
const frames = lines.flatMap(({ text, hex }): (string | Uint8Array)[] => (text !== undefined ? [text] : hex !== undefined ? [hexBytes(hex)] : []));

async function play(which: (index: number) => boolean): Promise<{ feed: Feed; verdicts: string[]; pictures: Picture[] }> {
  const feed = new Feed();
  const keys = new KeyRing(expected.keys, null, () => 0);
  const decoder = new Decoder(expected.track, new Authenticator("require", builtInVerifier(), keys), feed);
  const verdicts: string[] = [];
  const pictures: Picture[] = [];
  for (const [index, frame] of frames.entries()) {
    if (!which(index)) continue;
    const decoded = await decoder.decode(frame);
    if (decoded === null) verdicts.push("old");
    else if ("refused" in decoded) verdicts.push(decoded.refused.reason);
    else verdicts.push(feed.take(decoded.envelope).verdict.kind);
    pictures.push(feed.picture);
  }
  return { feed, verdicts, pictures };
}

describe("a recorded session", () => {
  it("plays without a gap or a refusal, and every picture after the snapshot is complete", async () => {
    const { verdicts, pictures } = await play(() => true);
    expect(new Set(verdicts)).toEqual(new Set(["apply"]));
    expect(pictures.every((picture) => picture.complete)).toBe(true);
  });

  it("has the results that REST has, and the riders of the made race where they are", async () => {
    const { feed, pictures } = await play(() => true);
    const finished = pictures.flatMap((picture) => picture.motos.filter((moto) => moto.motoId === expected.moto_id && moto.results !== null));
    const results = finished[finished.length - 1]?.results ?? [];
    const bare = results.map(({ rider_id, position, elapsed_us, dnf, dns }) => ({ rider_id, position, elapsed_us, dnf, dns }));
    const byRider = <Row extends { rider_id: unknown }>(rows: readonly Row[]): Row[] => [...rows].sort((a, b) => String(a.rider_id).localeCompare(String(b.rider_id)));
    expect(byRider(bare)).toEqual(byRider(expected.results));
    const { picture } = feed;
    expect([picture.epoch, picture.seq]).toEqual([expected.epoch, expected.seq]);
    expect(picture.alerts).toEqual([{ id: "made-alert", level: "info", text: "Drinks at the finish" }]);
    const lanes = picture.motos[0]?.ticks.latest?.lanes ?? [];
    expect(lanes.map(({ lane, rank, distanceMm }) => ({ lane, rank, distance_mm: distanceMm }))).toEqual(expected.lanes);
  });

  it("says a gap wherever one event is left out, at once, and does not forget it", async () => {
    const events = frames.flatMap((frame, index) => (typeof frame === "string" && /"kind":"event"/.test(frame) && !/race_tick/.test(frame) ? [index] : []));
    expect(events.length).toBeGreaterThan(50);
    // All but the last, whose loss only a heartbeat could show.
    for (const lost of events.slice(0, -1).filter((_, i) => i % 5 === 0)) {
      const { feed, verdicts } = await play((index) => index !== lost);
      // The very next frame tells it.
      expect(verdicts.indexOf("gap"), `without frame ${lost}`).toBe(lost);
      expect(feed.picture.complete, `without frame ${lost}`).toBe(false);
    }
  });
});
