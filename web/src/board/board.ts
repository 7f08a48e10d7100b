// The reducer of the live board: (state, envelope) -> state. Pure: no clock, no DOM, no network. An envelope that it
// does not know leaves the state as it is, the very same object, so a view can tell by `===` that nothing changed.

import { finiteNumber, isRecord, nonEmptyText, type Envelope, type Payload } from "@holeshot/live";
import { reduceDecoder } from "./decoder";
import type { BoardState, Line, Moto } from "./state";
import { idOf, lineOf, linesOf, motoOf, putLine, records, restaged, settled, stamp } from "./wire";

/** How many earlier results stay at hand: what an announcer looks back at. */
export const kResultsKept = 3;

type Handler = (state: BoardState, payload: Payload) => BoardState;

const kRaceEvents: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["state_snapshot", takeSnapshot],
  ["race_staged", stage],
  ["gate_drop", dropGate],
  ["split_time", split],
  ["positions_update", place],
  ["rider_finished", finishRider],
  ["race_finished", finishRace],
  ["race_reset", reset],
  ["alert", raiseAlert],
  ["alert_cleared", clearAlert],
  ["viewer_count_update", countViewers],
]);

export function reduce(state: BoardState, envelope: Envelope): BoardState {
  if (envelope.kind === "error") return state;
  if (envelope.channel === "decoder") return envelope.kind === "heartbeat" ? state : reduceDecoder(state, envelope);
  if (envelope.kind === "heartbeat") return countViewers(state, envelope.payload);
  const named = nonEmptyText(envelope.payload.event_type);
  const type = envelope.kind === "snapshot" ? "state_snapshot" : named;
  const handler = type === null ? undefined : kRaceEvents.get(type);
  return handler ? handler(state, envelope.payload) : state;
}

function takeSnapshot(state: BoardState, payload: Payload): BoardState {
  const several = records(payload.motos).flatMap((record) => motoOf(record) ?? []);
  const first = motoOf(payload);
  const motos = several.length > 0 ? several : first ? [first] : [];
  // What had finished here and is on the track no more stays a result; what had not is unknown, and dropped.
  const gone = state.motos.filter((old) => !motos.some((moto) => moto.id === old.id));
  const health = {
    loops: state.health.loops,
    lastPassingUs: stamp(payload.last_passing_us) ?? state.health.lastPassingUs,
    lastStatusUs: stamp(payload.last_status_us) ?? state.health.lastStatusUs,
  };
  return {
    ...state,
    known: true,
    trackName: nonEmptyText(payload.track_name) ?? state.trackName,
    motos,
    results: keepResults(state.results, gone).filter((old) => !motos.some((moto) => moto.id === old.id)),
    alerts: Array.isArray(payload.alerts) ? alertsOf(payload.alerts) : state.alerts,
    viewers: viewersOf(payload) ?? state.viewers,
    health,
  };
}

function keepResults(results: readonly Moto[], leaving: readonly Moto[]): Moto[] {
  const finished = leaving.filter((moto) => moto.phase === "finished");
  const older = results.filter((old) => !finished.some((moto) => moto.id === old.id));
  return [...finished, ...older].slice(0, kResultsKept);
}

function stage(state: BoardState, payload: Payload): BoardState {
  const id = idOf(payload.moto_id);
  if (id === null) return state;
  const known = [...state.motos, ...state.results].some((moto) => moto.id === id);
  if (payload.restaged === true && known) {
    return withMoto(state, payload, (moto) => ({ ...moto, lines: restaged(moto.lines, linesOf(payload.riders)) }));
  }
  const moto: Moto = {
    id,
    className: nonEmptyText(payload.class_name) ?? "",
    roundType: nonEmptyText(payload.round_type) ?? "",
    phase: "staged",
    gateDropUs: null,
    lines: linesOf(payload.riders),
  };
  // One gate: whoever stood on it before does so no more. A race under way goes on beside it.
  const racing = state.motos.filter((other) => other.id !== id && other.phase === "racing");
  const leaving = state.motos.filter((other) => other.id !== id);
  const results = keepResults(state.results, leaving).filter((old) => old.id !== id);
  const trackName = nonEmptyText(payload.track_name) ?? state.trackName;
  return { ...state, trackName, motos: [moto, ...racing], results };
}

/** Changes the moto that the payload names; one that was never heard of (we came late) is made from what is said. */
function withMoto(state: BoardState, payload: Payload, change: (moto: Moto) => Moto): BoardState {
  const id = idOf(payload.moto_id) ?? state.motos[0]?.id ?? null;
  if (id === null) return state;
  const swap = (motos: readonly Moto[]): Moto[] => motos.map((moto) => (moto.id === id ? change(moto) : moto));
  if (state.motos.some((moto) => moto.id === id)) return { ...state, motos: swap(state.motos) };
  if (state.results.some((moto) => moto.id === id)) return { ...state, results: swap(state.results) };
  const unknown: Moto = { id, className: "", roundType: "", phase: "racing", gateDropUs: null, lines: [] };
  return { ...state, motos: [change(unknown), ...state.motos.filter((moto) => moto.phase !== "finished")] };
}

function dropGate(state: BoardState, payload: Payload): BoardState {
  const gateDropUs = stamp(payload.timestamp_us);
  // The race is over, and only the time of its gate was put right.
  if (payload.phase === "finished") return withMoto(state, payload, (moto) => ({ ...moto, gateDropUs }));
  const dropped = withMoto(state, payload, (moto) => ({ ...moto, phase: "racing", gateDropUs }));
  // The newest gate leads; a finished race beside a running one has had its time.
  const rest = (moto: Moto): boolean => moto.phase !== "finished";
  const newest = idOf(payload.moto_id) ?? dropped.motos[0]?.id;
  const first = dropped.motos.filter((moto) => moto.id === newest);
  const others = dropped.motos.filter((moto) => moto.id !== newest);
  const results = keepResults(dropped.results, others);
  return { ...dropped, motos: [...first, ...others.filter(rest)], results };
}

function split(state: BoardState, payload: Payload): BoardState {
  const loop = nonEmptyText(payload.loop_name);
  return withMoto(state, payload, (moto) => movePlace(moto, payload, loop, payload.is_finish === true));
}

function finishRider(state: BoardState, payload: Payload): BoardState {
  return withMoto(state, payload, (moto) => movePlace(moto, payload, null, true));
}

/** One rider reached a loop: set the line, and move it to its place; those from that place on shift down. */
function movePlace(moto: Moto, payload: Payload, loop: string | null, finished: boolean): Moto {
  const told = lineOf(payload);
  if (told === null) return moto;
  const held = moto.lines.find((line) => line.riderId === told.riderId);
  const position = told.position ?? held?.position ?? null;
  const now: Line = { ...told, lastLoop: loop, position, finished: finished || (held?.finished ?? false) };
  const lines = putLine(moto.lines, now);
  return { ...moto, lines: told.position === null ? lines : renumber(lines, now.riderId, told.position) };
}

function renumber(lines: readonly Line[], riderId: string, position: number): Line[] {
  const placed = lines.filter((line) => line.position !== null && line.riderId !== riderId);
  const order = placed.sort((a, b) => (a.position ?? 0) - (b.position ?? 0)).map((line) => line.riderId);
  order.splice(Math.min(position - 1, order.length), 0, riderId);
  return lines.map((line) => {
    const index = order.indexOf(line.riderId);
    return index < 0 || line.position === index + 1 ? line : { ...line, position: index + 1 };
  });
}

function place(state: BoardState, payload: Payload): BoardState {
  const positions = linesOf(payload.positions);
  return withMoto(state, payload, (moto) => ({ ...moto, lines: positions.reduce(putLine, moto.lines) }));
}

function finishRace(state: BoardState, payload: Payload): BoardState {
  const results = linesOf(payload.results).map(
    (line): Line => ({ ...line, finished: !line.dnf && !line.dns && line.ruling === null && line.elapsedUs !== null }),
  );
  const done = withMoto(state, payload, (moto) => {
    const lines = results.reduce(putLine, moto.lines);
    return { ...moto, phase: "finished", lines: lines.map(settled) };
  });
  // With another race still under way the finished one makes room for it.
  const others = done.motos.some((moto) => moto.phase === "racing");
  if (!others) return done;
  const active = done.motos.filter((moto) => moto.phase !== "finished");
  return { ...done, motos: active, results: keepResults(done.results, done.motos) };
}

/** The track is clear again: what had finished is a result, what had not is void. */
function reset(state: BoardState, payload: Payload): BoardState {
  const id = idOf(payload.moto_id);
  const cleared = state.motos.filter((moto) => id === null || moto.id === id);
  const motos = state.motos.filter((moto) => !cleared.includes(moto));
  if (cleared.length === 0) return state;
  return { ...state, motos, results: keepResults(state.results, cleared) };
}

function alertsOf(value: unknown): BoardState["alerts"] {
  return records(value).flatMap((record) => {
    const text = nonEmptyText(record.text);
    if (text === null) return [];
    return [{ id: idOf(record.id) ?? text, level: nonEmptyText(record.level) ?? "info", text }];
  });
}

function raiseAlert(state: BoardState, payload: Payload): BoardState {
  const raised = alertsOf([isRecord(payload.alert) ? payload.alert : payload]);
  if (raised.length === 0) return state;
  const others = state.alerts.filter((alert) => alert.id !== raised[0]?.id);
  return { ...state, alerts: [...raised, ...others] };
}

function clearAlert(state: BoardState, payload: Payload): BoardState {
  const id = idOf(payload.id);
  const left = id === null ? [] : state.alerts.filter((alert) => alert.id !== id);
  return left.length === state.alerts.length ? state : { ...state, alerts: left };
}

function viewersOf(payload: Payload): number | null {
  return finiteNumber(payload.viewers) ?? finiteNumber(payload.viewer_count) ?? finiteNumber(payload.count);
}

function countViewers(state: BoardState, payload: Payload): BoardState {
  const viewers = viewersOf(payload);
  return viewers === null || viewers === state.viewers ? state : { ...state, viewers };
}
