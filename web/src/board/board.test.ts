import { describe, expect, it } from "vitest";
import { kResultsKept } from "./board";
import { envelope, kGateUs, position, rider, Track } from "./fixture";

const result = (id: string, place: number, ms: number | null, gapMs: number | null, more = {}) => ({
  rider_id: id,
  plate_number: "1",
  first_name: "",
  last_name: "",
  position: place,
  elapsed_us: ms === null ? null : ms * 1000,
  gap_to_leader_us: gapMs === null ? null : gapMs * 1000,
  dnf: false,
  dns: false,
  ...more,
});

describe("one race from gate to result", () => {
  it("stands on the gate by lane", () => {
    const track = new Track().stages("m1", ["a", "b", "c"]);
    expect(track.moto).toMatchObject({ id: "m1", className: "Boys 13–14", roundType: "moto1", phase: "staged" });
    expect(track.moto.lines.map((line) => line.lane)).toEqual([1, 2, 3]);
  });

  it("races from the gate's stamp", () => {
    const track = new Track().stages("m1", ["a"]).drops("m1");
    expect(track.moto).toMatchObject({ phase: "racing", gateDropUs: kGateUs });
  });

  it("orders riders as they pass a loop", () => {
    const track = new Track().stages("m1", ["a", "b", "c"]).drops("m1");
    track.splits("m1", "c", "Hill", 2000, 1, 0).splits("m1", "a", "Hill", 2100, 2, 100);
    expect(track.order).toEqual(["1 c", "2 a", "b"]);
    track.splits("m1", "a", "Corner", 8000, 1, 0);
    expect(track.order).toEqual(["1 a", "2 c", "b"]);
  });

  it("takes the whole order from positions_update", () => {
    const track = new Track().stages("m1", ["a", "b"]).drops("m1");
    const positions = [position("b", 1, "Hill", 2000, 0), position("a", 2, "Hill", 2050, 50)];
    track.says("positions_update", { moto_id: "m1", positions });
    expect(track.order).toEqual(["1 b", "2 a"]);
    expect(track.moto.lines.find((line) => line.riderId === "a")).toMatchObject({
      lastLoop: "Hill",
      elapsedUs: 2_050_000,
      gapUs: 50_000,
    });
  });

  it("marks who is in", () => {
    const track = new Track().stages("m1", ["a", "b"]).drops("m1");
    const done = { moto_id: "m1", rider_id: "b", finish_position: 1, elapsed_us: 38_412_000, gap_to_leader_us: 0 };
    track.says("rider_finished", done);
    expect(track.moto.lines.find((line) => line.riderId === "b")).toMatchObject({ finished: true, position: 1 });
    expect(track.moto.phase).toBe("racing");
  });

  it("ends with places, DNF and DNS", () => {
    const track = new Track().stages("m1", ["a", "b", "c", "d"]).drops("m1");
    track.splits("m1", "c", "Hill", 2000, 3, 0);
    const results = [result("b", 1, 38_000, 0), result("a", 2, 38_100, 100), result("c", 4, null, null, { dnf: true })];
    track.says("race_finished", { moto_id: "m1", results: [...results, result("d", 4, null, null, { dns: true })] });
    expect(track.order).toEqual(["1 b", "2 a", "DNF c", "DNS d"]);
    expect(track.moto.lines.find((line) => line.riderId === "c")?.lastLoop).toBe("Hill");
  });

  it("a rider whom the results leave out is DNF with a loop, DNS without", () => {
    const track = new Track().stages("m1", ["a", "b", "c"]).drops("m1").splits("m1", "b", "Hill", 2000, 1, 0);
    track.says("race_finished", { moto_id: "m1", results: [result("a", 1, 38_000, 0)] });
    expect(track.order).toEqual(["1 a", "DNF b", "DNS c"]);
  });
});

describe("between races", () => {
  const finished = (track: Track, id: string): Track =>
    track.stages(id, ["a"]).drops(id).says("race_finished", { moto_id: id, results: [result("a", 1, 38_000, 0)] });

  it("the result stays until the next staging, then it is an earlier result", () => {
    const track = finished(new Track(), "m1");
    expect(track.scene.mode).toBe("result");
    track.stages("m2", ["b"]);
    expect(track.scene).toMatchObject({ mode: "gate", motoId: "m2" });
    expect(track.state.results.map((moto) => moto.id)).toEqual(["m1"]);
  });

  it("a reset clears the track and keeps the result on the board", () => {
    const track = finished(new Track(), "m1").says("race_reset");
    expect(track.state.motos).toEqual([]);
    expect(track.scene).toMatchObject({ mode: "result", motoId: "m1" });
  });

  it("a reset in mid race leaves no result", () => {
    const track = new Track().stages("m1", ["a"]).drops("m1").says("race_reset", { moto_id: "m1" });
    expect(track.state).toMatchObject({ motos: [], results: [] });
  });

  it("a re-run takes the place of the void result", () => {
    const track = finished(new Track(), "m1").says("race_reset").stages("m1", ["a"]);
    expect(track.scene.mode).toBe("gate");
    expect(track.state.results).toEqual([]);
  });

  it("only the last few results are kept, newest first", () => {
    const track = new Track();
    for (const id of ["m1", "m2", "m3", "m4", "m5"]) finished(track, id);
    track.stages("m6", ["a"]);
    expect(track.state.results.map((moto) => moto.id)).toEqual(["m5", "m4", "m3"]);
    expect(track.state.results).toHaveLength(kResultsKept);
  });

  it("another moto put on the gate replaces the one that stood there", () => {
    const track = new Track().stages("m1", ["a"]).stages("m2", ["b"]);
    expect(track.state.motos.map((moto) => moto.id)).toEqual(["m2"]);
  });
});

describe("what officials change", () => {
  it("takes another lane and another rider into a running race, which stays one", () => {
    const track = new Track().stages("m1", ["a", "b"]).drops("m1").splits("m1", "a", "Hill", 2000, 1, 0);
    track.says("race_staged", { moto_id: "m1", restaged: true, riders: [rider("a", 5), rider("c", 2)] });
    expect(track.moto).toMatchObject({ phase: "racing", gateDropUs: kGateUs });
    expect(track.moto.lines.map((line) => [line.riderId, line.lane, line.lastLoop])).toEqual([
      ["a", 5, "Hill"],
      ["c", 2, null],
    ]);
  });

  it("corrects a gate of a race that is over without running it again", () => {
    const track = new Track().stages("m1", ["a"]).drops("m1");
    track.says("race_finished", { moto_id: "m1", results: [result("a", 1, 31000, 0)] });
    track.says("gate_drop", { moto_id: "m1", corrected: true, phase: "finished", timestamp_us: kGateUs + 1000 });
    expect(track.moto).toMatchObject({ phase: "finished", gateDropUs: kGateUs + 1000 });
  });

  it("gives no place to who was disqualified or relegated", () => {
    const track = new Track().stages("m1", ["a", "b", "c"]).drops("m1");
    const ruled = { position: null, dnf: false };
    const results = [
      result("b", 1, 31000, 0),
      result("c", 0, 32000, 1000, { ...ruled, status: "REL" }),
      result("a", 0, 30000, null, { ...ruled, status: "DSQ" }),
    ];
    track.says("race_finished", { moto_id: "m1", results });
    expect(track.scene.rows.map((row) => [row.place, row.riderId, row.finished])).toEqual([
      ["1", "b", true],
      ["REL", "c", false],
      ["DSQ", "a", false],
    ]);
  });
});

describe("two motos on the track", () => {
  const both = (): Track => new Track().stages("m1", ["a"]).drops("m1").stages("m2", ["b"]);

  it("events go to the moto that they name", () => {
    const track = both().drops("m2", kGateUs + 30_000_000).splits("m1", "a", "Hill", 2000, 1, 0);
    expect(track.state.motos.map((moto) => [moto.id, moto.phase])).toEqual([
      ["m2", "racing"],
      ["m1", "racing"],
    ]);
    expect(track.state.motos[1]?.lines[0]?.lastLoop).toBe("Hill");
    expect(track.moto.lines[0]?.lastLoop).toBeNull();
  });

  it("the race stays on the board while the next one stands on the gate", () => {
    expect(both().scene).toMatchObject({ mode: "race", motoId: "m1" });
    expect(both().scene.beside.map((card) => card.subtitle)).toEqual(["On the gate · Moto 1"]);
  });

  it("the older one finishes into the results, the newer one goes on", () => {
    const track = both().drops("m2").says("race_finished", { moto_id: "m1", results: [result("a", 1, 38_000, 0)] });
    expect(track.scene).toMatchObject({ mode: "race", motoId: "m2" });
    expect(track.state.results.map((moto) => moto.id)).toEqual(["m1"]);
  });

  it("a result stands while the next moto waits, and leaves with its drop", () => {
    const track = both().says("race_finished", { moto_id: "m1", results: [result("a", 1, 38_000, 0)] });
    expect(track.scene).toMatchObject({ mode: "result", motoId: "m1" });
    track.drops("m2");
    expect(track.scene).toMatchObject({ mode: "race", motoId: "m2" });
    expect(track.state.results.map((moto) => moto.id)).toEqual(["m1"]);
  });
});

describe("a snapshot", () => {
  const racing = {
    phase: "racing",
    moto_id: "m1",
    class_name: "Girls",
    round_type: "semi",
    riders: [rider("a", 4), rider("b", 2)],
    positions: [position("b", 1, "Hill", 2000, 0)],
    gate_drop_time_us: kGateUs,
    finished_count: 0,
    total_riders: 2,
    motos: [],
  };

  it("is the whole truth about the track", () => {
    const track = new Track().stages("old", ["x"]).drops("old").snapshot(racing);
    expect(track.state.motos.map((moto) => moto.id)).toEqual(["m1"]);
    expect(track.moto).toMatchObject({ phase: "racing", gateDropUs: kGateUs, className: "Girls" });
    expect(track.order).toEqual(["1 b", "a"]);
  });

  it("names each moto when two are on the track, newest gate first", () => {
    const track = new Track().snapshot({ ...racing, motos: [racing, { ...racing, moto_id: "m0" }] });
    expect(track.state.motos.map((moto) => moto.id)).toEqual(["m1", "m0"]);
  });

  it("of a clear track says that nobody is on the gate", () => {
    expect(new Track().scene.mode).toBe("unknown");
    expect(new Track().snapshot({ phase: "idle", moto_id: null, motos: [] }).scene.mode).toBe("idle");
  });

  it("of a finished race carries places, DNF and DNS", () => {
    const positions = [position("b", 1, "Finish", 38_000, 0, { finished: true })];
    const track = new Track().snapshot({ ...racing, phase: "finished", positions });
    expect(track.order).toEqual(["1 b", "DNS a"]);
  });

  it("keeps results that this page has seen", () => {
    const track = new Track().stages("m0", ["a"]).drops("m0");
    track.says("race_finished", { moto_id: "m0", results: [result("a", 1, 38_000, 0)] }).snapshot(racing);
    expect(track.state.results.map((moto) => moto.id)).toEqual(["m0"]);
    expect(track.snapshot({ phase: "idle" }).scene).toMatchObject({ mode: "result", motoId: "m0" });
  });

  it("tells of the track, when it does", () => {
    const track = new Track().snapshot({ phase: "idle", track_name: "Pump", last_passing_us: 5, last_status_us: 6 });
    expect(track.state).toMatchObject({ trackName: "Pump", health: { lastPassingUs: 5, lastStatusUs: 6 } });
    track.snapshot({ phase: "idle" });
    expect(track.state.trackName).toBe("Pump");
  });
});

describe("alerts and viewers", () => {
  it("an alert stands until it is cleared", () => {
    const track = new Track().says("alert", { id: "1", level: "red", text: "Red flag" });
    track.says("alert", { id: "2", level: "info", text: "Lunch" }).says("alert_cleared", { id: "1" });
    expect(track.state.alerts).toEqual([{ id: "2", level: "info", text: "Lunch" }]);
    expect(track.says("alert_cleared").state.alerts).toEqual([]);
  });

  it("the same alert again replaces itself", () => {
    const track = new Track().says("alert", { id: "1", level: "info", text: "one" });
    expect(track.says("alert", { id: "1", level: "red", text: "two" }).state.alerts).toHaveLength(1);
  });

  it("viewers come by event and by heartbeat", () => {
    const track = new Track().says("viewer_count_update", { viewers: 12 });
    expect(track.state.viewers).toBe(12);
    expect(track.receives(envelope("heartbeat", { viewers: 13, seq: 1 })).state.viewers).toBe(13);
    const decoder = envelope("heartbeat", { viewers: 2, seq: 1 }, "decoder");
    expect(track.receives(decoder).state.viewers).toBe(13);
  });
});

describe("what it does not know", () => {
  it("leaves the state untouched, the very same object", () => {
    const track = new Track().stages("m1", ["a"]);
    const before = track.state;
    for (const type of ["race_tick", "migrate", "constructor", "__proto__", "toString", ""]) track.says(type);
    track.receives(envelope("event", {})).receives(envelope("error", { code: "x" }));
    track.receives(envelope("heartbeat", {}));
    expect(track.state).toBe(before);
  });

  it("odd payloads do no harm", () => {
    const odd: unknown[] = [null, 7, "x", [], [null], [{}], {}, { rider_id: {} }];
    const types = "race_staged gate_drop split_time positions_update rider_finished race_finished alert".split(" ");
    const track = new Track().stages("m1", ["a"]);
    for (const type of [...types, "alert_cleared", "race_reset", "viewer_count_update"]) {
      for (const value of odd) {
        const fields = { riders: value, positions: value, results: value, rider_id: value, position: value };
        track.says(type, { ...fields, moto_id: value as string, timestamp_us: value, id: value, text: value });
        expect(() => track.scene).not.toThrow();
      }
    }
    track.snapshot({ motos: odd, phase: odd, riders: odd, alerts: odd });
    expect(track.state.motos).toEqual([]);
  });

  it("an event of a race that we came late for makes the race known", () => {
    const track = new Track().says("positions_update", { moto_id: "m9", positions: [position("a", 1, "Hill", 2000, 0)] });
    expect(track.order).toEqual(["1 a"]);
  });
});
