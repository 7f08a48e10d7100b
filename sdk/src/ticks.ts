// Where the riders of one moto are: keyframes and what is built on them. Pure.

import type { LaneStatus } from "./binary.js";
import { kStatuses } from "./binary.js";
import { finiteNumber, isRecord, type Payload } from "./envelope.js";

export interface Lane {
  readonly lane: number;
  /** 0 where the rider has no place. */
  readonly rank: number;
  readonly status: LaneStatus;
  /** From the gate along the track. */
  readonly distanceMm: number;
}

/** All lanes of a moto at one moment. */
export interface TickState {
  readonly seq: number;
  readonly tickIndex: number;
  /** Server time, milliseconds since the epoch. */
  readonly tickTsMs: number;
  /** By lane, ascending. */
  readonly lanes: readonly Lane[];
}

export interface MotoTicks {
  /** What deltas build on. */
  readonly keyframe: TickState | null;
  readonly latest: TickState | null;
}

export const kNoTicks: MotoTicks = { keyframe: null, latest: null };

export type TickResult = { readonly ticks: MotoTicks } | { readonly refused: "broken_tick" | "no_base" };

/** `payload` of a race_tick, as JSON has it. Refuses a delta whose keyframe is not held: guessing would show a wrong place. */
export function takeTick(held: MotoTicks, seq: number, payload: Payload): TickResult {
  const lanes = lanesOf(payload.lanes);
  const tickTsMs = finiteNumber(payload.tick_ts);
  const tickIndex = finiteNumber(payload.tick_index);
  if (lanes === null || tickTsMs === null || tickIndex === null) return { refused: "broken_tick" };
  // Binary has 16 bits for it; both encodings give the same picture.
  const head = { seq, tickIndex: tickIndex % 65_536, tickTsMs };
  if (payload.keyframe === true) return { ticks: withKeyframe(held, { ...head, lanes }) };
  const base = held.keyframe;
  if (base === null || payload.base_seq !== base.seq) return { refused: "no_base" };
  if (held.latest !== null && seq <= held.latest.seq) return { ticks: held };
  return { ticks: { keyframe: base, latest: { ...head, lanes: onto(base.lanes, lanes) } } };
}

function withKeyframe(held: MotoTicks, keyframe: TickState): MotoTicks {
  const newer = held.latest === null || keyframe.seq > held.latest.seq;
  if (held.keyframe !== null && keyframe.seq < held.keyframe.seq) return held;
  return { keyframe, latest: newer ? keyframe : held.latest };
}

function onto(base: readonly Lane[], changes: readonly Lane[]): Lane[] {
  const byLane = new Map(base.map((lane) => [lane.lane, lane]));
  for (const change of changes) {
    const from = byLane.get(change.lane);
    byLane.set(change.lane, { ...change, distanceMm: change.distanceMm + (from?.distanceMm ?? 0) });
  }
  return sorted([...byLane.values()]);
}

function sorted(lanes: Lane[]): Lane[] {
  return lanes.sort((a, b) => a.lane - b.lane);
}

function lanesOf(value: unknown): Lane[] | null {
  if (!Array.isArray(value)) return null;
  const lanes: Lane[] = [];
  for (const one of value) {
    const lane = laneOf(one);
    if (lane === null || lanes.some((other) => other.lane === lane.lane)) return null;
    lanes.push(lane);
  }
  return sorted(lanes);
}

function laneOf(value: unknown): Lane | null {
  if (!isRecord(value)) return null;
  const lane = finiteNumber(value.lane);
  const distanceMm = finiteNumber(value.distance_mm);
  const status = kStatuses.find((known) => known === value.status);
  if (lane === null || distanceMm === null || status === undefined) return null;
  return { lane, rank: finiteNumber(value.rank) ?? 0, status, distanceMm };
}
