// The decoder channel: how the loops are doing. What it says is as old as its stamps; nothing here is "alive" by itself.

import { finiteNumber, isRecord, nonEmptyText, type Envelope, type Payload } from "../live/envelope";
import type { BoardState, LoopHealth, TrackHealth } from "./state";
import { idOf, loopOf, records, stamp } from "./wire";

export function reduceDecoder(state: BoardState, envelope: Envelope): BoardState {
  const health = envelope.kind === "snapshot" ? fromRows(state.health, envelope) : fromMessage(state.health, envelope);
  return health === state.health ? state : { ...state, health };
}

function fromRows(health: TrackHealth, envelope: Envelope): TrackHealth {
  const loops = records(envelope.payload.rows).flatMap((record) => loopOf(record) ?? []);
  loops.sort((a, b) => a.order - b.order);
  return { ...health, loops };
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
  const loops = health.loops.map((loop) => (loop.decoderId === decoderId ? heard(loop, atUs, status) : loop));
  return {
    loops,
    lastPassingUs: type === "PASSING" ? later(health.lastPassingUs, atUs) : health.lastPassingUs,
    lastStatusUs: status ? later(health.lastStatusUs, atUs) : health.lastStatusUs,
  };
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
