import { describe, expect, it } from "vitest";
import { announcement } from "../ui/announce";
import { envelope, kGateUs, position, Track } from "./fixture";

const finish = (id: string, ms: number, gapMs: number) => ({ ...position(id, 1, "Finish", ms, gapMs), dnf: false, dns: false });

function racing(): Track {
  return new Track().stages("m1", ["a", "b", "c"]).drops("m1");
}

describe("the gate", () => {
  it("shows lanes and no places, times or clock", () => {
    const { rows, clock, mode, round } = new Track().stages("m1", ["a", "b"]).scene;
    expect({ mode, round, clock }).toEqual({ mode: "gate", round: "Moto 1", clock: { kind: "none" } });
    expect(rows.map((row) => [row.lane, row.place, row.time, row.gap])).toEqual([
      [1, "", "", ""],
      [2, "", "", ""],
    ]);
  });
});

describe("the race", () => {
  it("runs the clock from the gate", () => {
    expect(racing().scene.clock).toEqual({ kind: "running", gateDropUs: kGateUs });
  });

  it("without the gate's time runs no clock", () => {
    expect(new Track().stages("m1", ["a"]).says("gate_drop", { moto_id: "m1" }).scene.clock).toEqual({ kind: "none" });
  });

  it("gives the leader a time and the others a gap as well", () => {
    const track = racing().splits("m1", "b", "Hill", 2000, 1, 0).splits("m1", "a", "Hill", 2123, 2, 123);
    expect(track.scene.rows.map((row) => [row.riderId, row.time, row.gap, row.leader])).toEqual([
      ["b", "2.000", "", true],
      ["a", "2.123", "+0.123", false],
      ["c", "", "", false],
    ]);
  });

  it("knows whose time belongs to an earlier loop", () => {
    const track = racing().splits("m1", "a", "Hill", 2000, 1, 0).splits("m1", "b", "Hill", 2100, 2, 100);
    track.splits("m1", "a", "Corner", 8000, 1, 0);
    expect(track.scene.rows.map((row) => row.behind)).toEqual([false, true, true]);
  });

  it("stops the clock with the winner, to the thousandth", () => {
    const track = racing().splits("m1", "a", "Finish", 38_412, 1, 0);
    expect(track.scene).toMatchObject({ mode: "race", clock: { kind: "stopped", text: "38.412" }, finishedCount: 1 });
  });

  it("counts loops where the track's loops are known", () => {
    const loop = (id: string, at: number) => ({ loop_id: id, loop_name: id, loop_position: at, decoder_id: id });
    const rows = [loop("Hill", 1), loop("Corner", 2), loop("Line", 3)];
    const track = racing().receives(envelope("snapshot", { rows }, "decoder"));
    track.splits("m1", "a", "Corner", 8000, 1, 0).splits("m1", "b", "Hill", 2000, 2, 0);
    expect(track.scene.loopCount).toBe(3);
    expect(track.scene.rows.map((row) => row.passed)).toEqual([2, 1, 0]);
    expect(racing().scene.rows.map((row) => row.passed)).toEqual([null, null, null]);
  });
});

describe("what is said aloud", () => {
  it("is the gate, the drop, each finish once, and the result; no ticks", () => {
    const track = new Track().stages("m1", ["a", "b"]);
    const said: string[] = [];
    let before: typeof track.scene | null = null;
    const look = (): void => {
      const after = track.scene;
      said.push(announcement(before, after));
      before = after;
    };
    look();
    track.drops("m1");
    look();
    track.splits("m1", "b", "Hill", 2000, 1, 0);
    look();
    track.splits("m1", "b", "Finish", 38_412, 1, 0);
    look();
    look();
    const results = [finish("b", 38_412, 0), { ...finish("a", 38_500, 88), position: 2 }];
    track.says("race_finished", { moto_id: "m1", results });
    look();
    expect(said).toEqual([
      "On the gate: Boys 13–14, Moto 1.",
      "Gate drop: Boys 13–14, Moto 1.",
      "",
      "1. Fb Lb, 38.412.",
      "",
      "Result of Boys 13–14, Moto 1: 1. Fb Lb, 38.412. 2. Fa La, 38.500.",
    ]);
  });
});
