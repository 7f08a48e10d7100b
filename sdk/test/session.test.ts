// The SDK on frames that a real central sent (tests/vectors/recorded_session.jsonl, made by scripts/record.mjs): one race, as a
// viewer in JSON and one in binary got it, signed by central.

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

type Encoding = "json" | "binary";
type Recorded = { readonly text?: string; readonly hex?: string };
interface Expected {
  readonly track: string;
  readonly keys: KeyRecord[];
  readonly moto_id: string;
  readonly results: { rider_id: string; position: number; elapsed_us: number; dnf: boolean; dns: boolean }[];
}
type Line = { json?: Recorded; binary?: Recorded; expected?: Expected };

const lines = readFileSync(vectorPath("recorded_session.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Line);
const { expected } = lines[lines.length - 1] as { expected: Expected };
const framesOf = (encoding: Encoding): (string | Uint8Array)[] =>
  lines.flatMap((line): (string | Uint8Array)[] => {
    const frame = line[encoding];
    return frame?.text !== undefined ? [frame.text] : frame?.hex !== undefined ? [hexBytes(frame.hex)] : [];
  });

interface Played {
  readonly verdicts: string[];
  readonly pictures: Picture[];
  readonly trusted: number;
}

async function play(encoding: Encoding, which: (index: number) => boolean = () => true, change = (frame: string | Uint8Array) => frame): Promise<Played> {
  const feed = new Feed();
  const keys = new KeyRing(expected.keys, null, () => 0);
  const decoder = new Decoder(expected.track, new Authenticator("require", builtInVerifier(), keys), feed);
  const verdicts: string[] = [];
  const pictures: Picture[] = [];
  let trusted = 0;
  for (const [index, frame] of framesOf(encoding).entries()) {
    if (!which(index)) continue;
    const decoded = await decoder.decode(change(frame));
    if (decoded === null) verdicts.push("old");
    else if ("refused" in decoded) verdicts.push(decoded.refused.reason);
    else {
      if (decoded.trust === "verified") trusted += 1;
      verdicts.push(feed.take(decoded.envelope).verdict.kind);
    }
    pictures.push(feed.picture);
  }
  return { verdicts, pictures, trusted };
}

const last = <T>(list: readonly T[]): T => list[list.length - 1] as T;
const isTick = (frame: string | Uint8Array): boolean => typeof frame !== "string" || /"race_tick"/.test(frame);

describe.each(["json", "binary"] as const)("a recorded session in %s", (encoding) => {
  it("plays without a gap or a refusal, verified, and every picture is complete", async () => {
    const { verdicts, pictures, trusted } = await play(encoding);
    expect(new Set(verdicts)).toEqual(new Set(["apply"]));
    expect(pictures.every((picture) => picture.complete)).toBe(true);
    const signed = framesOf(encoding).filter((frame) => isTick(frame) || /"event_type":"(race_finished|alert)"/.test(String(frame)));
    expect(signed.filter(isTick).length).toBeGreaterThan(50);
    expect(trusted).toBe(signed.length);
  });

  it("ends with the results that REST has, everybody's tick at the finish", async () => {
    const { pictures } = await play(encoding);
    const moto = last(pictures).motos.find((one) => one.motoId === expected.moto_id);
    const bare = (moto?.results ?? []).map(({ rider_id, position, elapsed_us, dnf, dns }) => ({ rider_id, position, elapsed_us, dnf, dns }));
    const byRider = <Row extends { rider_id: unknown }>(rows: readonly Row[]): Row[] => [...rows].sort((a, b) => String(a.rider_id).localeCompare(String(b.rider_id)));
    expect(byRider(bare)).toEqual(byRider(expected.results));
    const ridden = pictures.flatMap((picture) => picture.motos.filter((one) => one.motoId === expected.moto_id && one.ticks.latest !== null));
    const lanes = last(ridden).ticks.latest?.lanes ?? [];
    const places = expected.results.filter((row) => !row.dnf && !row.dns).map((row) => row.position);
    expect(lanes.filter((lane) => lane.status === "FIN").map((lane) => lane.rank).sort()).toEqual([...places].sort());
    expect(last(pictures).alerts.map((alert) => alert.text)).toEqual(["Drinks at the finish"]);
  });

  it("says a gap wherever one event is left out, at once, and does not forget it", async () => {
    const events = framesOf(encoding).flatMap((frame, index) => (!isTick(frame) && /"kind":"event"/.test(String(frame)) ? [index] : []));
    expect(events.length).toBeGreaterThan(20);
    // All but the last, whose loss only a heartbeat could show.
    for (const lost of events.slice(0, -1).filter((_, i) => i % 5 === 0)) {
      const { verdicts, pictures } = await play(encoding, (index) => index !== lost);
      // The very next frame tells it.
      expect(verdicts.indexOf("gap"), `without frame ${lost}`).toBe(lost);
      expect(last(pictures).complete, `without frame ${lost}`).toBe(false);
    }
  });

  it("refuses a tick of which one digit, or one bit, was turned", async () => {
    const at = framesOf(encoding).findIndex(isTick);
    const turned = (frame: string | Uint8Array): string | Uint8Array =>
      typeof frame === "string" ? frame.replace(/"elapsed_us":(\d)/, (_, digit: string) => `"elapsed_us":${9 - Number(digit)}`) : frame.map((byte, i) => (i === 32 + 4 * (frame[30] ?? 0) + 1 ? byte ^ 1 : byte)); // of the first position
    const { verdicts } = await play(encoding, (index) => index <= at, (frame) => (isTick(frame) ? turned(frame) : frame));
    expect(verdicts[at]).toBe("bad_signature");
  });
});

describe("the two encodings", () => {
  it("give the same picture after each frame", async () => {
    const [json, binary] = [await play("json"), await play("binary")];
    const bare = (picture: Picture): unknown => ({
      seq: picture.seq,
      motos: picture.motos.map(({ ticks, ...moto }) => ({
        ...moto,
        lanes: ticks.latest?.lanes.map(({ lane, rank, status, distanceMm }) => ({ lane, rank, status, distanceMm })) ?? null,
        tick: ticks.latest?.seq ?? null,
      })),
    });
    // Heartbeats come to each on its own; of each number the last picture counts.
    const bySeq = (pictures: readonly Picture[]): Map<number, unknown> => new Map(pictures.map((picture) => [picture.seq, bare(picture)]));
    const [a, b] = [bySeq(json.pictures), bySeq(binary.pictures)];
    const both = [...a.keys()].filter((seq) => b.has(seq));
    expect(both.length).toBeGreaterThan(100);
    for (const seq of both) expect(b.get(seq), `number ${seq}`).toEqual(a.get(seq));
  });
});
