import { describe, expect, it } from "vitest";
import type { Envelope, Kind } from "./envelope";
import { SequenceGuard } from "./sequence";

function frame(kind: Kind, seq: number, epoch: string | number = 1, channel = "race", payload = {}): Envelope {
  return { kind, channel, trackId: "t", eventId: null, seq, tsUs: 0, epoch, payload };
}

function judged(...frames: Envelope[]): string[] {
  const guard = new SequenceGuard();
  return frames.map((one) => guard.judge(one).kind);
}

describe("the sequence of frames", () => {
  it("is whole when numbers follow on the snapshot", () => {
    expect(judged(frame("snapshot", 5), frame("event", 6), frame("event", 7))).toEqual(["apply", "apply", "apply"]);
  });

  it("has a gap where a number is missing, and names it", () => {
    const guard = new SequenceGuard();
    guard.judge(frame("snapshot", 5));
    expect(guard.judge(frame("event", 8))).toEqual({ kind: "gap", expected: 6, got: 8 });
    expect(guard.judge(frame("event", 9)).kind).toBe("apply");
  });

  it("drops what was seen before", () => {
    expect(judged(frame("snapshot", 5), frame("event", 6), frame("event", 6), frame("event", 3))).toEqual([
      "apply",
      "apply",
      "duplicate",
      "duplicate",
    ]);
  });

  it("takes the snapshot's own last event once more, for a server that numbers it so", () => {
    expect(judged(frame("snapshot", 5), frame("event", 5), frame("event", 5))).toEqual(["apply", "apply", "duplicate"]);
  });

  it("starts anew with each snapshot, backwards too", () => {
    expect(judged(frame("snapshot", 50), frame("snapshot", 2), frame("event", 3))).toEqual(["apply", "apply", "apply"]);
  });

  it("notices a new epoch once", () => {
    expect(judged(frame("snapshot", 5, "a"), frame("event", 1, "b"), frame("event", 2, "b"))).toEqual([
      "apply",
      "epoch",
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
