import { describe, expect, it } from "vitest";
import type { Envelope, Kind } from "./envelope.js";
import { SequenceGuard } from "./sequence.js";

function frame(kind: Kind, seq: number, epoch: string | number = 1, channel = "race", payload = {}): Envelope {
  return { kind, channel, trackId: "t", eventId: null, seq, tsUs: 0, epoch, payload, prevSeq: null, kid: null, sig: null };
}

function tick(seq: number, tick_index: number, keyframe = false, moto_id = "m"): Envelope {
  return frame("event", seq, 1, "race", { event_type: "race_tick", moto_id, tick_index, keyframe });
}

const after = (prevSeq: number, one: Envelope): Envelope => ({ ...one, prevSeq });

function judged(...frames: Envelope[]): string[] {
  const guard = new SequenceGuard();
  return frames.map((one) => guard.judge(one).kind);
}

describe("the sequence of frames", () => {
  it("is whole when numbers follow on the snapshot", () => {
    expect(judged(frame("snapshot", 5), frame("event", 6), frame("event", 7))).toEqual(["apply", "apply", "apply"]);
  });

  it("has a gap where a number is missing, names it, and stays broken until a snapshot", () => {
    const guard = new SequenceGuard();
    guard.judge(frame("snapshot", 5));
    expect(guard.judge(frame("event", 8))).toEqual({ kind: "gap", expected: 6, got: 8, provable: false });
    expect(guard.judge(frame("event", 9)).kind).toBe("apply");
    expect(guard.missingFrom("race")).toBe(6);
    guard.judge(frame("snapshot", 9));
    expect(guard.missingFrom("race")).toBeNull();
    expect(guard.point("race")).toEqual({ epoch: 1, seq: 9 });
  });

  it("drops what was seen before", () => {
    const frames = [frame("snapshot", 5), frame("event", 6), frame("event", 6), frame("event", 3), frame("event", 5)];
    expect(judged(...frames)).toEqual(["apply", "apply", "duplicate", "duplicate", "duplicate"]);
  });

  it("does not go back to a snapshot that events have overtaken", () => {
    expect(judged(frame("snapshot", 5), frame("event", 6), frame("snapshot", 5))).toEqual(["apply", "apply", "duplicate"]);
  });

  it("notices a new epoch once, and that its snapshot is not there", () => {
    const guard = new SequenceGuard();
    guard.judge(frame("snapshot", 5, "a"));
    expect(guard.judge(frame("event", 1, "b")).kind).toBe("epoch");
    expect(guard.judge(frame("event", 2, "b")).kind).toBe("apply");
    expect(guard.missingFrom("race")).toBe(0);
    guard.judge(frame("snapshot", 2, "b"));
    expect(guard.missingFrom("race")).toBeNull();
  });

  it("drops what an older numbering still sends", () => {
    expect(judged(frame("snapshot", 5, 2), frame("event", 900, 1), frame("snapshot", 900, 1), frame("event", 6, 2))).toEqual([
      "apply",
      "duplicate",
      "duplicate",
      "apply",
    ]);
  });

  it("counts each channel for itself", () => {
    const frames = [frame("snapshot", 5), frame("snapshot", 90, 1, "decoder"), frame("event", 91, 1, "decoder")];
    expect(judged(...frames, frame("event", 6))).toEqual(["apply", "apply", "apply", "apply"]);
  });

  it("finds frames lost at the tail by the heartbeat", () => {
    const beat = (seq: number): Envelope => frame("heartbeat", 0, 1, "race", { seq });
    expect(judged(frame("snapshot", 5), beat(5), beat(4), beat(6))).toEqual(["apply", "apply", "apply", "gap"]);
  });

  it("asks nothing of a heartbeat's answer that has no number or epoch", () => {
    const bare = frame("heartbeat", 0, "", "race", { client_id: "x", seq: 77 });
    expect(judged(frame("snapshot", 5), frame("heartbeat", 0, 1, "race", {}), bare)).toEqual(["apply", "apply", "apply"]);
  });
});

describe("ticks that were left out", () => {
  it("are proven by their index, at once", () => {
    expect(judged(frame("snapshot", 5), tick(6, 0, true), tick(9, 3))).toEqual(["apply", "apply", "apply"]);
  });

  it("are not confused with an event that was lost among them", () => {
    const guard = new SequenceGuard();
    for (const one of [frame("snapshot", 5), tick(6, 0, true)]) guard.judge(one);
    expect(guard.judge(tick(10, 3))).toEqual({ kind: "gap", expected: 7, got: 10, provable: true });
    guard.judge(tick(11, 4));
    expect(guard.missingFrom("race")).toBe(7);
  });

  it("are proven later where an event comes first, and where two motos are on track", () => {
    const guard = new SequenceGuard();
    for (const one of [frame("snapshot", 5), tick(6, 0, true), tick(7, 0, true, "n")]) guard.judge(one);
    expect(guard.judge(frame("event", 11)).kind).toBe("gap");
    guard.judge(tick(12, 3));
    expect(guard.missingFrom("race")).toBe(8);
    guard.judge(tick(13, 2, false, "n"));
    expect(guard.missingFrom("race")).toBeNull();
  });

  it("of an earlier hole do not explain a later one", () => {
    const guard = new SequenceGuard();
    // Lost: tick 1 (7), and after an event (8) an event (9). Tick 2 (10) skips as many ticks as its own hole has frames.
    for (const one of [frame("snapshot", 5), tick(6, 0, true), frame("event", 8), tick(10, 2)]) guard.judge(one);
    for (let index = 3; index < 40; index += 1) guard.judge(tick(8 + index, index));
    expect(guard.missingFrom("race")).toBe(7);
  });

  it("in a second hole do not hide that the first still is one", () => {
    const guard = new SequenceGuard();
    const frames = [frame("snapshot", 5), tick(6, 0, true), tick(8, 1), tick(10, 3)];
    expect(frames.map((one) => guard.judge(one).kind)).toEqual(["apply", "apply", "gap", "apply"]);
    expect(guard.missingFrom("race")).toBe(7);
  });

  it("are counted over the edge of 16 bits", () => {
    expect(judged(frame("snapshot", 5), tick(6, 65_535, true), tick(9, 2))).toEqual(["apply", "apply", "apply"]);
  });

  it("prove nothing right after a snapshot", () => {
    expect(judged(frame("snapshot", 5), tick(8, 40, true))).toEqual(["apply", "gap"]);
  });

  it("leave a base: the keyframe from before the snapshot, once", () => {
    expect(judged(frame("snapshot", 50), tick(45, 3, true), tick(45, 3, true), tick(44, 2), tick(51, 9))).toEqual([
      "apply",
      "base",
      "duplicate",
      "duplicate",
      "apply",
    ]);
  });
});

describe("behind a filter", () => {
  it("prev_seq tells a hole from a loss", () => {
    const frames = [frame("snapshot", 5), after(5, frame("event", 9)), after(12, frame("event", 14))];
    expect(judged(...frames)).toEqual(["apply", "apply", "gap"]);
  });

  it("a hole alone says nothing, but a heartbeat's prev_seq does", () => {
    const guard = new SequenceGuard({ filtered: true });
    const beat = (payload: object): Envelope => frame("heartbeat", 0, 1, "race", payload);
    const frames = [frame("snapshot", 5), frame("event", 9), beat({ seq: 30 }), beat({ seq: 30, prev_seq: 9 }), beat({ prev_seq: 12 })];
    expect(frames.map((one) => guard.judge(one).kind)).toEqual(["apply", "apply", "apply", "apply", "gap"]);
  });

  it("prev_seq of a heartbeat counts before its seq, also where nothing was filtered", () => {
    const beat = (payload: object): Envelope => frame("heartbeat", 0, 1, "race", payload);
    expect(judged(frame("snapshot", 5), beat({ seq: 9, prev_seq: 5 }), beat({ seq: 9, prev_seq: 6 }))).toEqual(["apply", "apply", "gap"]);
  });

  it("holes are no losses while the server thins, and are again when it does not", () => {
    const beat = (high_traffic: boolean): Envelope => frame("heartbeat", 0, 1, "race", { high_traffic });
    const frames = [frame("snapshot", 5), beat(true), tick(6, 0, true), frame("event", 11), beat(false), frame("event", 13)];
    const kinds = (thinnable: boolean): string[] => {
      const guard = new SequenceGuard({ thinnable });
      return frames.map((one) => guard.judge(one).kind);
    };
    expect(kinds(true)).toEqual(["apply", "apply", "apply", "apply", "apply", "gap"]);
    // Whoever asked for all of them misses what does not come.
    expect(kinds(false)).toEqual(["apply", "apply", "apply", "gap", "apply", "gap"]);
  });

  it("two motos have a base each from before the snapshot, older first", () => {
    const frames = [frame("snapshot", 50), tick(41, 3, true, "n"), tick(45, 3, true), tick(51, 9, false, "n"), tick(52, 7)];
    expect(judged(...frames)).toEqual(["apply", "base", "base", "apply", "apply"]);
  });

  it("indices of ticks that were left out on purpose prove nothing about another hole", () => {
    const guard = new SequenceGuard();
    for (const one of [frame("snapshot", 5), tick(6, 0, true), after(6, frame("event", 8)), frame("event", 10)]) guard.judge(one);
    guard.judge(tick(11, 2));
    expect(guard.missingFrom("race")).toBe(9);
  });
});
