// From the payloads of the contract to the board's own values. Total: a missing or odd field becomes "not known",
// never an exception, because one bad field must not blank a board in front of a stand.

import { finiteNumber, isRecord, nonEmptyText, type Payload } from "@holeshot/live";
import type { Line, LoopHealth, Moto, MotoPhase } from "./state";

const kPhases: ReadonlyMap<string, MotoPhase> = new Map([
  ["staged", "staged"],
  ["gate", "staged"],
  ["racing", "racing"],
  ["running", "racing"],
  ["finished", "finished"],
  ["complete", "finished"],
]);

/** Ids may come as text or as a number; inside they are text. */
export function idOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return nonEmptyText(value);
}

export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function phaseOf(value: unknown): MotoPhase | null {
  return typeof value === "string" ? (kPhases.get(value.toLowerCase()) ?? null) : null;
}

function nonNegative(value: unknown): number | null {
  const number = finiteNumber(value);
  return number !== null && number >= 0 ? number : null;
}

function rank(value: unknown): number | null {
  const number = finiteNumber(value);
  return number !== null && number >= 1 ? Math.floor(number) : null;
}

/** A microsecond stamp; zero is how "never" is written by some. */
export function stamp(value: unknown): number | null {
  const number = finiteNumber(value);
  return number !== null && number > 0 ? number : null;
}

/** A rider of riders[], positions[] or results[]: the same fields, more or fewer of them. */
export function lineOf(record: Payload): Line | null {
  const riderId = idOf(record.rider_id) ?? idOf(record.id);
  if (riderId === null) return null;
  return {
    riderId,
    plate: idOf(record.plate_number) ?? "",
    firstName: nonEmptyText(record.first_name) ?? "",
    lastName: nonEmptyText(record.last_name) ?? "",
    lane: rank(record.lane),
    position: rank(record.position) ?? rank(record.finish_position),
    lastLoop: nonEmptyText(record.last_loop),
    elapsedUs: nonNegative(record.elapsed_us),
    gapUs: nonNegative(record.gap_to_leader_us),
    finished: record.finished === true,
    dnf: record.dnf === true,
    dns: record.dns === true,
    ruling: record.status === "DSQ" ? "dsq" : record.status === "REL" ? "rel" : null,
  };
}

export function linesOf(value: unknown): Line[] {
  return records(value).flatMap((record) => lineOf(record) ?? []);
}

/** One moto of a state_snapshot: its top level, or an entry of motos[]. Null where no moto is meant. */
export function motoOf(record: Payload): Moto | null {
  const id = idOf(record.moto_id);
  const phase = phaseOf(record.phase);
  if (id === null || phase === null) return null;
  const riders = linesOf(record.riders);
  const placed = [...linesOf(record.positions), ...linesOf(record.results)];
  const lines = placed.reduce(putLine, riders);
  return {
    id,
    className: nonEmptyText(record.class_name) ?? "",
    roundType: nonEmptyText(record.round_type) ?? "",
    phase,
    gateDropUs: stamp(record.gate_drop_time_us),
    lines: phase === "finished" ? lines.map(settled) : lines,
  };
}

/** Lays what `line` knows over what is held for that rider, or adds the rider. */
export function putLine(lines: readonly Line[], line: Line): Line[] {
  const held = lines.find((other) => other.riderId === line.riderId);
  if (!held) return [...lines, line];
  const merged: Line = {
    riderId: line.riderId,
    plate: line.plate || held.plate,
    firstName: line.firstName || held.firstName,
    lastName: line.lastName || held.lastName,
    lane: line.lane ?? held.lane,
    position: line.position,
    lastLoop: line.lastLoop ?? held.lastLoop,
    elapsedUs: line.elapsedUs ?? held.elapsedUs,
    gapUs: line.gapUs ?? held.gapUs,
    finished: line.finished,
    dnf: line.dnf,
    dns: line.dns,
    ruling: line.ruling,
  };
  return lines.map((other) => (other === held ? merged : other));
}

/** Other riders, lanes or plates for a moto that may be racing already: who stays keeps what was ridden. */
export function restaged(lines: readonly Line[], riders: readonly Line[]): Line[] {
  return riders.map((rider) => {
    const held = lines.find((line) => line.riderId === rider.riderId);
    const { plate, firstName, lastName, lane } = rider;
    return held ? { ...held, plate, firstName, lastName, lane } : rider;
  });
}

/**
 * A line after the end of its race. No loop at all: did not start. A loop but no finish: did not finish.
 * (The usual rule of the timing programs; a result that says so itself is left as it is.)
 */
export function settled(line: Line): Line {
  if (line.finished || line.dnf || line.dns || line.ruling) return line;
  return line.lastLoop === null && line.elapsedUs === null ? { ...line, dns: true } : { ...line, dnf: true };
}

export function loopOf(record: Payload): LoopHealth | null {
  const loopId = idOf(record.loop_id) ?? idOf(record.decoder_id);
  if (loopId === null) return null;
  return {
    loopId,
    name: nonEmptyText(record.loop_name) ?? loopId,
    order: finiteNumber(record.loop_position),
    decoderId: idOf(record.decoder_id) ?? "",
    noise: nonNegative(record.noise),
    temperature: finiteNumber(record.temperature),
    gps: idOf(record.gps_status),
    satellites: nonNegative(record.satellites),
    lastSeenUs: stamp(record.last_seen),
  };
}
