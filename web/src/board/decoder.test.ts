import { describe, expect, it } from "vitest";
import { envelope, kGateUs, Track } from "./fixture";

const row = (loop_id: string, loop_position: number, decoder_id: string) => ({
  loop_id,
  loop_name: `Loop ${loop_id}`,
  loop_position,
  decoder_id,
  noise: 30,
  temperature: 21,
  gps_status: 1,
  satellites: 9,
  last_seen: 1_000,
});

const rows = [row("b", 2, "D2"), row("a", 1, "D1")];
const snapshot = envelope("snapshot", { rows }, "decoder");
const says = (message: unknown) => envelope("event", { message, source_event_id: "e1" }, "decoder");

describe("the decoder channel", () => {
  it("lists the loops in the order of the track", () => {
    const { loops } = new Track().receives(snapshot).state.health;
    expect(loops.map((loop) => loop.loopId)).toEqual(["a", "b"]);
    expect(loops[0]).toMatchObject({ name: "Loop a", noise: 30, temperature: 21, satellites: 9, lastSeenUs: 1_000 });
  });

  it("a STATUS renews its loop and no other", () => {
    const status = { message_type: "STATUS", captured_at_us: 5_000, payload: { decoder_id: "D2", noise: 71 } };
    const { health } = new Track().receives(snapshot).receives(says(status)).state;
    expect(health.loops.map((loop) => [loop.noise, loop.lastSeenUs])).toEqual([
      [30, 1_000],
      [71, 5_000],
    ]);
    expect(health).toMatchObject({ lastStatusUs: 5_000, lastPassingUs: null });
  });

  it("keeps the last passings by name and loop, each once, newest first", () => {
    const passing = (id: string, fields: object, at: number) =>
      envelope("event", {
        message: { message_type: "PASSING", captured_at_us: at, payload: { decoder_id: "D1", ...fields } },
        source_event_id: id,
      }, "decoder");
    let track = new Track().receives(snapshot);
    track = track.receives(passing("p1", { transponder_id: 8109356 }, 1)).receives(passing("p2", { transponder_id: 9992 }, 2));
    track = track.receives(passing("p3", { transponder_string: "FL-94890" }, 3)).receives(passing("p3", { transponder_string: "FL-94890" }, 3));
    expect(track.state.crossings.map((crossing) => [crossing.who, crossing.where, crossing.atUs])).toEqual([
      ["FL-94890", "Loop a", 3],
      ["Gate", "Loop a", 2],
      ["8109356", "Loop a", 1],
    ]);
    for (let i = 0; i < 20; ++i) track = track.receives(passing(`q${i}`, {}, 10 + i));
    expect(track.state.crossings).toHaveLength(8);
  });

  it("a PASSING tells when a rider last crossed, and that the decoder lives", () => {
    const passing = { message_type: "PASSING", captured_at_us: 7_000, payload: { decoder_id: "D1" } };
    const { health } = new Track().receives(snapshot).receives(says(passing)).state;
    expect(health).toMatchObject({ lastPassingUs: 7_000, lastStatusUs: null });
    expect(health.loops[0]?.lastSeenUs).toBe(7_000);
  });

  it("a message may come as text, flat, or without a time of its own", () => {
    const flat = JSON.stringify({ message_type: "STATUS", decoder_id: "D1", noise: 44 });
    const { health } = new Track().receives(snapshot).receives(says(flat)).state;
    expect(health.loops[0]).toMatchObject({ noise: 44, lastSeenUs: kGateUs });
  });

  it("a late message does not make data younger than it is", () => {
    const at = (captured_at_us: number) => says({ message_type: "STATUS", captured_at_us, payload: {} });
    expect(new Track().receives(at(9_000)).receives(at(3_000)).state.health.lastStatusUs).toBe(9_000);
  });

  it("a decoder that no loop names is shown by its id, until the track knows it", () => {
    const status = { message_type: "STATUS", captured_at_us: 5_000, payload: { decoder_id: "D9", noise: 12 } };
    const track = new Track().receives(snapshot).receives(says(status));
    expect(track.state.health.loops.map((loop) => [loop.name, loop.order, loop.noise])).toEqual([
      ["Loop a", 1, 30],
      ["Loop b", 2, 30],
      ["D9", null, 12],
    ]);
    expect(track.receives(snapshot).state.health.loops).toHaveLength(2);
  });

  it("rows without a loop stand last and count for no progress", () => {
    const unmapped = { ...row("x", 1, "D0"), loop_id: null, loop_name: null, loop_position: null };
    const track = new Track().receives(envelope("snapshot", { rows: [unmapped, ...rows] }, "decoder"));
    expect(track.state.health.loops.map((loop) => loop.loopId)).toEqual(["a", "b", "D0"]);
    expect(track.scene.loopCount).toBe(2);
  });

  it("rows may tell of the last passing, and never make it older", () => {
    const at = (last_passing_us: number | null) => envelope("snapshot", { rows: [{ ...row("a", 1, "D1"), last_passing_us }] }, "decoder");
    const track = new Track().receives(at(null));
    expect(track.state.health.lastPassingUs).toBeNull();
    expect(track.receives(at(9)).receives(at(5)).state.health.lastPassingUs).toBe(9);
  });

  it("nonsense changes nothing", () => {
    const track = new Track().receives(snapshot);
    const before = track.state;
    for (const message of [null, 7, "{", "[]", "text", []]) track.receives(says(message));
    expect(track.state).toBe(before);
  });
});
