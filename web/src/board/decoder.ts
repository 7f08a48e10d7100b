// The decoder channel: how the loops are doing. What it says is as old as its stamps; nothing here is "alive" by itself.

import { finiteNumber, isRecord, nonEmptyText, type Envelope, type Payload } from "@holeshot/live";
import type { BoardState, Crossing, LoopHealth, TrackHealth } from "./state";
import { idOf, loopOf, records, stamp } from "./wire";

export function reduceDecoder(state: BoardState, envelope: Envelope): BoardState {
  if (envelope.kind === "snapshot") return { ...state, health: fromRows(state.health, envelope) };
  const health = fromMessage(state.health, envelope);
  return health === state.health ? state : { ...state, health, crossings: withCrossing(state.crossings, health, envelope) };
}

/** What fits under "track clear" on a phone. */
const kCrossings = 8;
/** The decoder's auxiliary inputs report as transponders; the gate is wired to the second. */
const kInputs: Readonly<Record<string, string>> = { "9991": "Photocell", "9992": "Gate", "9993": "Sync pulse" };

function withCrossing(held: readonly Crossing[], health: TrackHealth, envelope: Envelope): readonly Crossing[] {
  const message = messageOf(envelope.payload);
  const record = message !== null && isRecord(message.payload) ? message.payload : message;
  const id = idOf(envelope.payload.source_event_id);
  if (message === null || record === null || id === null || message.message_type !== "PASSING") return held;
  const number = idOf(record.transponder_id);
  const who = kInputs[number ?? ""] ?? nonEmptyText(record.transponder_string) ?? number ?? "Unknown";
  const decoderId = idOf(record.decoder_id) ?? "";
  const where = health.loops.find((loop) => loop.decoderId === decoderId)?.name ?? decoderId;
  const atUs = stamp(message.captured_at_us) ?? stamp(envelope.tsUs) ?? 0;
  return [{ id, who, where, atUs }, ...held.filter((crossing) => crossing.id !== id)].slice(0, kCrossings);
}

function fromRows(health: TrackHealth, envelope: Envelope): TrackHealth {
  const rows = records(envelope.payload.rows);
  const loops = rows.flatMap((record) => loopOf(record) ?? []);
  loops.sort((a, b) => (a.order ?? Infinity) - (b.order ?? Infinity) || (a.loopId < b.loopId ? -1 : 1));
  const passings = rows.map((record) => stamp(record.last_passing_us) ?? 0);
  const lastPassingUs = Math.max(health.lastPassingUs ?? 0, ...passings);
  return { ...health, loops, lastPassingUs: lastPassingUs > 0 ? lastPassingUs : null };
}

/** A decoder's record as it came in. It is an object of the contract's section 1, or that object as text. */
function messageOf(payload: Payload): Payload | null {
  const message = payload.message;
  if (isRecord(message)) return message;
  if (typeof message !== "string") return null;
  try {
    const value: unknown = JSON.parse(message);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function fromMessage(health: TrackHealth, envelope: Envelope): TrackHealth {
  const message = messageOf(envelope.payload);
  if (message === null) return health;
  const record: Payload = isRecord(message.payload) ? message.payload : message;
  const type = nonEmptyText(message.message_type) ?? nonEmptyText(record.message_type) ?? "";
  const atUs = stamp(message.captured_at_us) ?? stamp(envelope.tsUs);
  if (atUs === null) return health;
  const decoderId = idOf(record.decoder_id) ?? "";
  const status = type === "STATUS" ? record : null;
  const known = decoderId === "" || health.loops.some((loop) => loop.decoderId === decoderId);
  const loops = known ? health.loops : [...health.loops, unnamed(decoderId)];
  return {
    loops: loops.map((loop) => (loop.decoderId === decoderId ? heard(loop, atUs, status) : loop)),
    lastPassingUs: type === "PASSING" ? later(health.lastPassingUs, atUs) : health.lastPassingUs,
    lastStatusUs: status ? later(health.lastStatusUs, atUs) : health.lastStatusUs,
  };
}

/** A decoder that speaks before the track has been told what it is: shown by its own name. */
function unnamed(decoderId: string): LoopHealth {
  const nothing = { order: null, noise: null, temperature: null, gps: null, satellites: null, lastSeenUs: null };
  return { loopId: decoderId, name: decoderId, decoderId, ...nothing };
}

function heard(loop: LoopHealth, atUs: number, status: Payload | null): LoopHealth {
  const lastSeenUs = later(loop.lastSeenUs, atUs);
  if (status === null) return { ...loop, lastSeenUs };
  return {
    ...loop,
    lastSeenUs,
    noise: finiteNumber(status.noise) ?? loop.noise,
    temperature: finiteNumber(status.temperature) ?? loop.temperature,
    gps: idOf(status.gps_status) ?? loop.gps,
    satellites: finiteNumber(status.satellites) ?? loop.satellites,
  };
}

function later(held: number | null, atUs: number): number {
  return Math.max(held ?? 0, atUs);
}
