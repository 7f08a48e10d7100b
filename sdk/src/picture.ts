// The picture of a track: what a board shows. (picture, envelope) -> picture, pure and total: no clock, no network, and
// an envelope that it does not know leaves the very same object. Rows keep the contract's field names.

import { finiteNumber, isRecord, nonEmptyText, type Envelope, type Epoch, type Payload } from "./envelope.js";
import { kNoTicks, takeTick, type MotoTicks } from "./ticks.js";

/** A row of riders[], positions[] or results[] (docs/contract.md, section 4); always with its rider_id. */
export type Row = Payload & { readonly rider_id: string };
export type MotoPhase = "staged" | "racing" | "finished";

export interface Moto {
  readonly motoId: string;
  /** Which moto on track: binary ticks name it so. */
  readonly slot: number;
  /** The key that its binary ticks are signed with. */
  readonly kid: string | null;
  readonly className: string;
  readonly roundType: string;
  readonly phase: MotoPhase;
  readonly gateDropUs: number | null;
  /** An official has stopped the race. */
  readonly redFlag: boolean;
  readonly riders: readonly Row[];
  readonly positions: readonly Row[];
  /** Null until the race is over. */
  readonly results: readonly Row[] | null;
  readonly ticks: MotoTicks;
}

export interface Alert {
  readonly id: string;
  readonly level: string;
  readonly text: string;
}

export interface Picture {
  readonly epoch: Epoch;
  /** Number of the last event of the race channel that is in here. */
  readonly seq: number;
  /** False before the first snapshot, and from a gap until it is healed: then something shown may be old or missing. */
  readonly complete: boolean;
  /** Newest gate first. */
  readonly motos: readonly Moto[];
  readonly alerts: readonly Alert[];
  readonly viewers: number | null;
  /** The decoder channel's rows, where it is subscribed to. */
  readonly decoders: readonly Payload[];
}

export const kEmptyPicture: Picture = {
  epoch: "",
  seq: 0,
  complete: false,
  motos: [],
  alerts: [],
  viewers: null,
  decoders: [],
};

export interface Reduced {
  readonly picture: Picture;
  /** Why the envelope could not be used: `broken_tick`, `no_base`, `unknown_moto`. */
  readonly refused?: string;
}

type Change = (picture: Picture, payload: Payload, envelope: Envelope) => Picture;

const kChanges: ReadonlyMap<unknown, Change> = new Map<unknown, Change>([
  ["race_staged", stage],
  ["gate_drop", dropGate],
  ["split_time", (picture, payload) => upsert(picture, payload, { last_loop: payload.loop_name })],
  ["rider_finished", (picture, payload) => upsert(picture, payload, { position: payload.finish_position, finished: true })],
  ["positions_update", (picture, payload) => withMoto(picture, payload, { positions: rows(payload.positions) })],
  ["race_finished", (picture, payload) => withMoto(picture, payload, { phase: "finished", results: rows(payload.results) })],
  ["red_flag", (picture, payload) => withMoto(picture, payload, { redFlag: true })],
  ["all_clear", (picture, payload) => withMoto(picture, payload, { redFlag: false })],
  ["race_reset", reset],
  ["alert", raise],
  ["alert_cleared", (picture, payload) => ({ ...picture, alerts: picture.alerts.filter((alert) => alert.id !== text(payload.id)) })],
  ["viewer_count_update", (picture, payload) => ({ ...picture, viewers: viewersOf(payload) ?? picture.viewers })],
]);

export function reduce(picture: Picture, envelope: Envelope): Reduced {
  if (envelope.kind === "heartbeat") {
    const viewers = viewersOf(envelope.payload);
    return { picture: viewers === null || viewers === picture.viewers ? picture : { ...picture, viewers } };
  }
  if (envelope.channel === "decoder") return { picture: reduceDecoder(picture, envelope) };
  if (envelope.kind === "snapshot") return { picture: takeSnapshot(picture, envelope) };
  if (envelope.kind !== "event") return { picture };
  const stamped = { ...picture, epoch: envelope.epoch, seq: Math.max(picture.seq, envelope.seq) };
  if (envelope.payload.event_type === "race_tick") return tick(stamped, envelope);
  const change = kChanges.get(envelope.payload.event_type);
  return { picture: change ? change(stamped, envelope.payload, envelope) : stamped };
}

function tick(picture: Picture, envelope: Envelope): Reduced {
  const id = text(envelope.payload.moto_id);
  const moto = picture.motos.find((one) => one.motoId === id);
  if (!moto) return { picture, refused: "unknown_moto" };
  const taken = takeTick(moto.ticks, envelope.seq, envelope.payload);
  if ("refused" in taken) return { picture, refused: taken.refused };
  return { picture: change(picture, moto.motoId, { ticks: taken.ticks }) };
}

function takeSnapshot(old: Picture, envelope: Envelope): Picture {
  const { payload } = envelope;
  const several = records(payload.motos);
  const told = several.length > 0 ? several : [payload];
  // What ticks build on stays true across a snapshot of the same numbering.
  const ticksOf = (id: string): MotoTicks =>
    (old.epoch === envelope.epoch && old.motos.find((moto) => moto.motoId === id)?.ticks) || kNoTicks;
  return {
    ...old,
    epoch: envelope.epoch,
    seq: envelope.seq,
    complete: true,
    motos: told.flatMap((one, index) => motoOf(one, index, nonEmptyText(payload.kid) ?? envelope.kid, ticksOf)),
    alerts: records(payload.alerts).flatMap(alertOf),
    viewers: viewersOf(payload) ?? old.viewers,
  };
}

function motoOf(told: Payload, index: number, kid: string | null, ticksOf: (id: string) => MotoTicks): Moto[] {
  const motoId = text(told.moto_id);
  const phase = phaseOf(told.phase);
  if (motoId === "" || phase === null) return [];
  return [{
    motoId,
    slot: finiteNumber(told.slot) ?? index,
    kid: nonEmptyText(told.kid) ?? kid,
    className: text(told.class_name),
    roundType: text(told.round_type),
    phase,
    gateDropUs: positive(told.gate_drop_time_us),
    redFlag: told.red_flag === true,
    riders: rows(told.riders),
    positions: rows(told.positions),
    results: phase === "finished" ? rows(told.results) : null,
    ticks: ticksOf(motoId),
  }];
}

function stage(picture: Picture, payload: Payload, envelope: Envelope): Picture {
  const motoId = text(payload.moto_id);
  const held = picture.motos.find((moto) => moto.motoId === motoId);
  const named = {
    riders: rows(payload.riders),
    slot: finiteNumber(payload.slot) ?? held?.slot ?? 0,
    kid: nonEmptyText(payload.kid) ?? envelope.kid ?? held?.kid ?? null,
  };
  // Said again for a moto whose riders changed, also while it is racing.
  if (payload.restaged === true && held) return change(picture, motoId, named);
  const staged = motoOf({ ...payload, phase: "staged" }, named.slot, named.kid, () => kNoTicks);
  // One gate: whoever stood on it does so no more. A race under way goes on beside it.
  return { ...picture, motos: [...staged, ...picture.motos.filter((moto) => moto.motoId !== motoId && moto.phase === "racing")] };
}

function dropGate(picture: Picture, payload: Payload): Picture {
  const motoId = text(payload.moto_id);
  const gateDropUs = positive(payload.timestamp_us);
  // The race is over, and only the time of its gate was put right.
  if (payload.phase === "finished") return change(picture, motoId, { gateDropUs });
  // Also said again where a race that was over runs on.
  const dropped = change(picture, motoId, { phase: "racing", gateDropUs, results: null });
  const newest = dropped.motos.filter((moto) => moto.motoId === motoId);
  return { ...dropped, motos: [...newest, ...dropped.motos.filter((moto) => moto.motoId !== motoId)] };
}

function reset(picture: Picture, payload: Payload): Picture {
  const motoId = text(payload.moto_id);
  return { ...picture, motos: motoId === "" ? [] : picture.motos.filter((moto) => moto.motoId !== motoId) };
}

function raise(picture: Picture, payload: Payload): Picture {
  const raised = alertOf(isRecord(payload.alert) ? payload.alert : payload);
  return { ...picture, alerts: [...raised, ...picture.alerts.filter((alert) => alert.id !== raised[0]?.id)] };
}

const kRowFields = ["elapsed_us", "gap_to_leader_us", "position"];

/** One rider's row of positions changes, or begins. */
function upsert(picture: Picture, payload: Payload, more: Payload): Picture {
  const motoId = text(payload.moto_id);
  const moto = picture.motos.find((one) => one.motoId === motoId);
  const riderId = text(payload.rider_id);
  if (!moto || riderId === "") return picture;
  const held = moto.positions.find((row) => row.rider_id === riderId);
  // What else such an event says is about the crossing, not about the rider's row.
  const told = Object.fromEntries(kRowFields.filter((name) => name in payload).map((name) => [name, payload[name]]));
  const row: Row = { ...held, ...told, ...more, ...(payload.is_finish === true ? { finished: true } : {}), rider_id: riderId };
  const positions = held ? moto.positions.map((one) => (one === held ? row : one)) : [...moto.positions, row];
  return change(picture, motoId, { positions });
}

function withMoto(picture: Picture, payload: Payload, next: Partial<Moto>): Picture {
  return change(picture, text(payload.moto_id), next);
}

function change(picture: Picture, motoId: string, next: Partial<Moto>): Picture {
  return { ...picture, motos: picture.motos.map((moto) => (moto.motoId === motoId ? { ...moto, ...next } : moto)) };
}

function reduceDecoder(picture: Picture, envelope: Envelope): Picture {
  return envelope.kind === "snapshot" ? { ...picture, decoders: records(envelope.payload.rows) } : picture;
}

function alertOf(payload: Payload): Alert[] {
  const id = text(payload.id);
  return id === "" ? [] : [{ id, level: text(payload.level), text: text(payload.text) }];
}

function rows(value: unknown): Row[] {
  return records(value).flatMap((row) => (text(row.rider_id) === "" ? [] : [{ ...row, rider_id: text(row.rider_id) }]));
}

function records(value: unknown): Payload[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Ids may come as text or as a number; here they are text. */
function text(value: unknown): string {
  return typeof value === "number" ? String(value) : (nonEmptyText(value) ?? "");
}

function positive(value: unknown): number | null {
  const number = finiteNumber(value);
  return number !== null && number > 0 ? number : null;
}

function phaseOf(value: unknown): MotoPhase | null {
  return value === "staged" || value === "racing" || value === "finished" ? value : null;
}

function viewersOf(payload: Payload): number | null {
  return finiteNumber(payload.viewers) ?? finiteNumber(payload.viewer_count);
}
