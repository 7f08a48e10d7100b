// A track for tests: a small race engine of its own that says what central would say, signed, in either encoding, and
// knows the truth after each frame. It shares no code with what is tested but the shapes.

import { createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";

export type Random = () => number;

/** Seeded numbers in [0, 1): mulberry32. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class TestKey {
  readonly x: string;
  private readonly secret: KeyObject;

  constructor(
    readonly kid: string,
    seedByte: number,
  ) {
    const head = Buffer.from("302e020100300506032b657004220420", "hex");
    this.secret = createPrivateKey({ key: Buffer.concat([head, Buffer.alloc(32, seedByte)]), format: "der", type: "pkcs8" });
    this.x = createPublicKey(this.secret).export({ format: "jwk" }).x ?? "";
  }

  sign(message: Buffer): Buffer {
    return sign(null, message, this.secret);
  }
}

type Json = Record<string, unknown>;
type Wire = string | Uint8Array;

export interface Sent {
  readonly wire: Wire;
  readonly seq: number;
  readonly epoch: number;
  readonly what: "snapshot" | "event" | "tick" | "keyframe" | "heartbeat";
}

interface Lane {
  lane: number;
  rank: number;
  distance_mm: number;
  speed_mm_s: number;
  status: string;
}

interface Moto {
  moto_id: string;
  slot: number;
  phase: string;
  class_name: string;
  round_type: string;
  riders: Json[];
  positions: Json[];
  results: Json[] | null;
  gate_drop_time_us: number | null;
  lanes: Lane[];
  tickIndex: number;
  key: { seq: number; lanes: Lane[] } | null;
}

export interface Truth {
  readonly snapshot: Json;
  /** By moto: the lanes of each tick, by its number. */
  readonly ticks: ReadonlyMap<string, ReadonlyMap<number, readonly Lane[]>>;
}

const kStatus = ["RACING", "FIN", "DNF", "DNS", "DSQ", "REL"];

export class Track {
  epoch = 1;
  seq = 0;
  nowMs = 1_761_297_300_000;
  motos: Moto[] = [];
  alerts: Json[] = [];
  private named = 0;
  /** What the public may know at (epoch, seq). */
  readonly truth = new Map<string, Json>();
  readonly ticks = new Map<string, Lane[]>();

  constructor(
    readonly id: string,
    public key: TestKey | null,
    readonly encoding: "json" | "binary",
    private readonly chance: Random,
  ) {
    this.note();
  }

  /** The server starts again. */
  restart(): void {
    this.epoch += 1;
    this.seq = 0;
    for (const moto of this.motos) [moto.key, moto.tickIndex] = [null, 0];
    this.note();
  }

  snapshot(): Sent {
    return { ...this.frame("snapshot", this.state(), this.seq), what: "snapshot" };
  }

  heartbeat(): Sent {
    const payload = { server_time_us: this.nowMs * 1000, seq: this.seq, viewers: 3, dropped: 0 };
    return { ...this.frame("heartbeat", payload, this.seq), what: "heartbeat" };
  }

  /** The newest keyframe of each moto, as a new viewer is sent them after the snapshot. */
  keyframes(): Sent[] {
    return this.lastKeys.filter((sent) => sent.epoch === this.epoch && this.motos.some((moto) => moto.key?.seq === sent.seq));
  }
  private lastKeys: Sent[] = [];

  /** Something happens on the track. */
  step(): Sent[] {
    this.nowMs += 50;
    const racing = this.motos.filter((moto) => moto.phase === "racing");
    const staged = this.motos.find((moto) => moto.phase === "staged");
    const dice = this.chance();
    if (racing.length > 0 && dice < 0.7) return racing.map((moto) => this.tick(moto));
    if (racing[0] && dice < 0.85) return this.split(racing[Math.floor(this.chance() * racing.length)]!);
    if (dice < 0.88) return [this.alert()];
    if (staged) return [this.drop(staged)];
    if (racing[0] && dice < 0.93) return [this.finish(racing[racing.length - 1]!)];
    if (racing.length < 2) return [this.stage()];
    return [this.reset(racing[1]!)];
  }

  state(): Json {
    const motos = this.motos.map(({ lanes: _lanes, tickIndex: _index, key: _key, ...told }) => ({ ...told, kid: this.key?.kid ?? null }));
    return { event_type: "state_snapshot", ...(motos[0] ?? { phase: "idle", moto_id: null }), motos, alerts: this.alerts, viewers: 3 };
  }

  private stage(): Sent {
    const slot = this.motos.some((moto) => moto.phase === "racing" && moto.slot === 0) ? 1 : 0;
    this.named += 1;
    const moto_id = `m${this.named}`;
    const riders = [1, 2, 3, 4].map((lane) => ({ rider_id: `r${this.named}_${lane}`, plate_number: `${lane}`, first_name: "A", last_name: "B", transponder_id: lane, lane }));
    const lanes = riders.map(({ lane }) => ({ lane, rank: lane, distance_mm: 0, speed_mm_s: 0, status: "RACING" }));
    const moto: Moto = { moto_id, slot, phase: "staged", class_name: "Boys 11", round_type: "moto1", riders, positions: [], results: null, gate_drop_time_us: null, lanes, tickIndex: 0, key: null };
    this.motos = [moto, ...this.motos.filter((one) => one.phase === "racing")];
    return this.event({ event_type: "race_staged", moto_id, class_name: "Boys 11", round_type: "moto1", riders, slot, kid: this.key?.kid ?? null });
  }

  private drop(moto: Moto): Sent {
    moto.phase = "racing";
    moto.gate_drop_time_us = this.nowMs * 1000;
    this.motos = [moto, ...this.motos.filter((one) => one !== moto)];
    return this.event({ event_type: "gate_drop", moto_id: moto.moto_id, timestamp_us: moto.gate_drop_time_us });
  }

  private split(moto: Moto): Sent[] {
    const rider = moto.riders[Math.floor(this.chance() * moto.riders.length)]!;
    const told = { rider_id: rider.rider_id as string, elapsed_us: Math.floor(this.chance() * 3e7), position: 1, gap_to_leader_us: 0 };
    const held = moto.positions.find((row) => row.rider_id === told.rider_id);
    const row = { ...held, ...told, last_loop: "Hill" };
    moto.positions = held ? moto.positions.map((one) => (one === held ? row : one)) : [...moto.positions, row];
    const split = this.event({ event_type: "split_time", moto_id: moto.moto_id, loop_name: "Hill", is_finish: false, ...told });
    moto.positions = moto.positions.map((one, i) => ({ ...one, position: i + 1, plate_number: "1", finished: false, dnf: false }));
    return [split, this.event({ event_type: "positions_update", moto_id: moto.moto_id, positions: moto.positions })];
  }

  private finish(moto: Moto): Sent {
    moto.phase = "finished";
    moto.results = moto.riders.map((rider, i) => ({ rider_id: rider.rider_id, position: i + 1, elapsed_us: 30_000_000 + i, gap_to_leader_us: i, dnf: false, dns: false }));
    return this.event({ event_type: "race_finished", moto_id: moto.moto_id, results: moto.results }, true);
  }

  private reset(moto: Moto): Sent {
    this.motos = this.motos.filter((one) => one !== moto);
    return this.event({ event_type: "race_reset", moto_id: moto.moto_id });
  }

  private alert(): Sent {
    const old = this.alerts[0];
    if (old && this.chance() < 0.5) {
      this.alerts = this.alerts.slice(1);
      return this.event({ event_type: "alert_cleared", id: old.id });
    }
    this.named += 1;
    const alert = { id: `a${this.named}`, level: "info", text: "Zoë: überholen 🏁" };
    this.alerts = [alert, ...this.alerts];
    return this.event({ event_type: "alert", ...alert }, true);
  }

  private tick(moto: Moto): Sent {
    for (const lane of moto.lanes) {
      lane.speed_mm_s = Math.floor(this.chance() * 14_000);
      lane.distance_mm += Math.floor(lane.speed_mm_s / 20);
      if (this.chance() < 0.02) lane.status = kStatus[Math.floor(this.chance() * kStatus.length)]!;
    }
    [...moto.lanes].sort((a, b) => b.distance_mm - a.distance_mm).forEach((lane, i) => (lane.rank = i + 1));
    const keyframe = moto.key === null || moto.tickIndex % 20 === 0;
    const seq = this.seq + 1;
    const lanes = moto.lanes.map((lane) => ({ ...lane }));
    const base = keyframe ? { seq, lanes } : moto.key!;
    moto.key = base;
    const carried = keyframe ? lanes : differences(lanes, base.lanes);
    const payload = { event_type: "race_tick", moto_id: moto.moto_id, tick_index: moto.tickIndex, tick_ts: this.nowMs, elapsed_us: 50_000 * moto.tickIndex, keyframe, base_seq: base.seq, lanes: carried };
    moto.tickIndex += 1;
    this.ticks.set(`${this.epoch}:${seq}:${moto.moto_id}`, lanes);
    const sent = this.event(payload, true);
    const wire = this.encoding === "json" ? sent.wire : this.binary(payload, seq, moto);
    const told: Sent = { ...sent, wire, what: keyframe ? "keyframe" : "tick" };
    if (keyframe) this.lastKeys = [...this.lastKeys.slice(-3), told];
    return told;
  }

  private binary(tick: { keyframe: boolean; base_seq: number; tick_ts: number; tick_index: number; lanes: Lane[]; moto_id: string }, seq: number, moto: Moto): Uint8Array {
    const out = Buffer.alloc(32 + tick.lanes.length * 8);
    out.write("HS");
    out.set([1, (tick.keyframe ? 1 : 0) | (this.key ? 2 : 0)], 2);
    [seq, tick.base_seq, tick.tick_ts].forEach((value, i) => out.writeBigUInt64LE(BigInt(value), 4 + i * 8));
    out.writeUInt16LE(tick.tick_index, 28);
    out.set([tick.lanes.length, moto.slot], 30);
    tick.lanes.forEach((lane, i) => {
      out.set([lane.lane, lane.rank, kStatus.indexOf(lane.status), 0], 32 + i * 4);
      out.writeFloatLE(lane.distance_mm / 1000, 32 + tick.lanes.length * 4 + i * 4);
    });
    const context = Buffer.from(`holeshot.tick.v1|${this.id}|${this.epoch}|${tick.moto_id}|`);
    const all = this.key ? Buffer.concat([out, this.key.sign(Buffer.concat([context, out]))]) : out;
    return new Uint8Array(all);
  }

  /** Anything else that a server might say. */
  say(payload: Json, signed = false): Sent {
    if (payload.event_type === "alert") this.alerts = [{ id: payload.id, level: payload.level, text: payload.text }, ...this.alerts];
    return this.event(payload, signed);
  }

  private event(payload: Json, signed = false): Sent {
    this.seq += 1;
    const sent = this.frame("event", payload, this.seq, signed);
    this.note();
    return { ...sent, what: "event" };
  }

  private frame(kind: string, payload: Json, seq: number, signed = false): Omit<Sent, "what"> {
    const envelope: Json = { kind, channel: "race", track_id: this.id, event_id: null, epoch: this.epoch, seq, ts_us: this.nowMs * 1000, payload };
    if (signed && this.key) {
      envelope.kid = this.key.kid;
      envelope.sig = this.key.sign(Buffer.from(sortedJson(envelope))).toString("base64url");
    }
    return { wire: JSON.stringify(envelope), seq, epoch: this.epoch };
  }

  private note(): void {
    this.truth.set(`${this.epoch}:${this.seq}`, structuredClone(this.state()));
  }
}

function differences(lanes: Lane[], base: Lane[]): Lane[] {
  return lanes.flatMap((lane, i) => {
    const from = base[i]!;
    if (JSON.stringify(lane) === JSON.stringify(from)) return [];
    return [{ ...lane, distance_mm: lane.distance_mm - from.distance_mm, speed_mm_s: lane.speed_mm_s - from.speed_mm_s }];
  });
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, one]) => `${JSON.stringify(key)}:${sortedJson(one)}`).join(",")}}`;
}
