import { describe, expect, it } from "vitest";
import { kHeaderBytes, readBinaryTick } from "./binary.js";
import { hexBytes } from "./bytes.js";
import { parseEnvelope } from "./envelope.js";
import { vectors } from "./testing/vectors.js";
import { kNoTicks, takeTick, type MotoTicks } from "./ticks.js";
import { binaryEnvelope } from "./decode.js";

interface Lane {
  readonly lane: number;
  readonly rank: number;
  readonly distance_mm: number;
  readonly status: string;
}
interface Vector {
  readonly name: string;
  readonly picture: { seq: number; tick_index: number; tick_ts: number; keyframe: boolean; base_seq: number; slot: number; moto_id: string; lanes: Lane[] };
  readonly base: Lane[] | null;
  readonly json: string;
  readonly binary_hex: string;
}
const { frames } = vectors<{ frames: Vector[] }>("tick_frames.json");

function bytesOf(vector: Vector): Uint8Array<ArrayBuffer> {
  return hexBytes(vector.binary_hex);
}

function read(bytes: Uint8Array): string {
  const result = readBinaryTick(bytes);
  return "broken" in result ? result.broken : "fine";
}

/** Every frame of the vectors in turn, as one encoding has them; the keyframe of each moto is in the file before its deltas. */
function pictures(payloadOf: (vector: Vector) => { seq: number; payload: Record<string, unknown> }): MotoTicks[] {
  const held = new Map<string, MotoTicks>();
  return frames.map((vector) => {
    const { seq, payload } = payloadOf(vector);
    const taken = takeTick(held.get(vector.picture.moto_id) ?? kNoTicks, seq, payload);
    if ("refused" in taken) throw new Error(`${vector.name}: ${taken.refused}`);
    held.set(vector.picture.moto_id, taken.ticks);
    return taken.ticks;
  });
}

const fromJson = (vector: Vector) => parseEnvelope(vector.json)!;
const fromBinary = (vector: Vector) => {
  const result = readBinaryTick(bytesOf(vector));
  if ("broken" in result) throw new Error(result.broken);
  return binaryEnvelope(result.tick, { trackId: "zolder", epoch: 7, motoId: vector.picture.moto_id, kid: null });
};

describe("the two encodings", () => {
  it.each([["JSON", fromJson], ["binary", fromBinary]] as const)("%s gives the pictures of the vectors", (_name, from) => {
    const expected = frames.map(({ picture }) => ({
      seq: picture.seq,
      tickIndex: picture.tick_index,
      tickTsMs: picture.tick_ts,
      lanes: picture.lanes.map(({ lane, rank, status, distance_mm }) => ({ lane, rank, status, distanceMm: distance_mm })),
    }));
    expect(pictures(from).map((ticks) => ticks.latest)).toEqual(expected);
  });

  it("read bytes at any alignment alike", () => {
    for (const vector of frames) {
      const bytes = bytesOf(vector);
      for (const shift of [0, 1, 2, 3, 4]) {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        const { tick } = readBinaryTick(moved.subarray(shift)) as { tick: { lanes: unknown } };
        expect(tick.lanes).toEqual((readBinaryTick(bytes) as { tick: { lanes: unknown } }).tick.lanes);
      }
    }
  });

  it("keep whole millimetres over kilometres of track", () => {
    const bytes = bytesOf(frames[0]!);
    const view = new DataView(bytes.buffer);
    const lanes = view.getUint8(30);
    for (let mm = 0; mm < 8_000_000; mm += 777) {
      view.setFloat32(kHeaderBytes + lanes * 4, mm / 1000, true);
      const result = readBinaryTick(bytes);
      if ("broken" in result || result.tick.lanes[0]?.distanceMm !== mm) throw new Error(`${mm} mm is read as something else`);
    }
  });
});

describe("a broken binary frame", () => {
  const change = (at: number, value: number): Uint8Array => {
    const bytes = bytesOf(frames[0]!);
    bytes[at] = value;
    return bytes;
  };

  it("is refused with its reason", () => {
    expect(read(bytesOf(frames[0]!))).toBe("fine");
    expect(read(new Uint8Array(0))).toBe("too_short");
    expect(read(change(0, 0))).toBe("bad_magic");
    expect(read(change(2, 9))).toBe("unknown_version");
    expect(read(change(3, 0x83))).toBe("unknown_flags");
    expect(read(change(3, 1))).toBe("bad_length");
    expect(read(change(11, 0xff))).toBe("number_too_large");
    expect(read(change(12, 1))).toBe("bad_base_seq");
    expect(read(change(30, 200))).toBe("too_many_lanes");
    expect(read(change(34, 77))).toBe("unknown_status");
    expect(read(change(36, 1))).toBe("lane_twice");
    const nan = bytesOf(frames[0]!);
    new DataView(nan.buffer).setFloat32(kHeaderBytes + 5 * 4, NaN, true);
    expect(read(nan)).toBe("bad_distance");
  });

  it("never makes it throw, wherever it is cut", () => {
    for (const vector of frames) {
      const bytes = bytesOf(vector);
      for (let length = 0; length < bytes.length; length += 1) expect(read(bytes.subarray(0, length))).not.toBe("fine");
    }
  });
});

describe("a delta", () => {
  it("without its keyframe is refused", () => {
    const delta = fromJson(frames[1]!);
    expect(takeTick(kNoTicks, delta.seq, delta.payload)).toEqual({ refused: "no_base" });
    const other = takeTick(kNoTicks, 101, { ...fromJson(frames[0]!).payload });
    if ("refused" in other) throw new Error("refused");
    const wrong = { ...delta.payload, base_seq: 7 };
    expect(takeTick(other.ticks, delta.seq, wrong)).toEqual({ refused: "no_base" });
  });

  it("after one that was skipped is whole all the same", () => {
    const key = takeTick(kNoTicks, 101, fromJson(frames[0]!).payload) as { ticks: MotoTicks };
    const third = fromJson(frames[2]!);
    const taken = takeTick(key.ticks, third.seq, third.payload) as { ticks: MotoTicks };
    expect(taken.ticks.latest?.lanes.map((lane) => lane.distanceMm)).toEqual([9_940, 9_840, 7_885, 0, 6_999]);
  });
});
