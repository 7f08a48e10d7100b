// From what is known to what is shown: (state) -> scene. Pure, so that every rule of the picture is tested without a
// browser. The views in ui/ only put a scene into the DOM.

import { plateColours, type Pair } from "./colours";
import { formatGap, formatRound, formatTime } from "./format";
import type { BoardState, Line, LoopHealth, Moto } from "./state";

/** `unknown`: nothing heard yet. `idle`: the track is clear. */
export type Mode = "unknown" | "idle" | "gate" | "race" | "result";

export interface Row {
  readonly riderId: string;
  /** 1, 2, 3 .. or DNF, DNS; empty before the first loop. */
  readonly place: string;
  readonly position: number | null;
  readonly lane: number | null;
  readonly plate: string;
  readonly firstName: string;
  readonly lastName: string;
  /** The last loop, for people; empty on the gate. */
  readonly loop: string;
  /** Loops passed of `Scene.loopCount`; null where the track's loops are not known. */
  readonly passed: number | null;
  readonly time: string;
  readonly gap: string;
  readonly leader: boolean;
  /** The leader has passed a later loop: this time belongs to an earlier one. */
  readonly behind: boolean;
  readonly finished: boolean;
  readonly out: "dnf" | "dns" | "dsq" | "rel" | null;
  readonly elapsedUs: number | null;
}

export type ClockFace =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly gateDropUs: number }
  /** The winner's time: the clock has done its work. */
  | { readonly kind: "stopped"; readonly text: string };

export interface Card {
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly lines: readonly { readonly place: string; readonly name: string; readonly value: string }[];
}

export interface Scene {
  readonly mode: Mode;
  readonly motoId: string | null;
  readonly title: string;
  readonly round: string;
  readonly plate: Pair;
  readonly clock: ClockFace;
  readonly rows: readonly Row[];
  readonly loopCount: number;
  readonly finishedCount: number;
  /** Another moto on the track or on the gate. */
  readonly beside: readonly Card[];
  readonly results: readonly Card[];
}

export function sceneOf(state: BoardState): Scene {
  const racing = state.motos.find((moto) => moto.phase === "racing");
  const finished = state.motos.find((moto) => moto.phase === "finished");
  const current = racing ?? finished ?? state.motos[0] ?? null;
  // Between two races the last result stays on the board.
  const moto = current ?? state.results[0] ?? null;
  const beside = state.motos.filter((other) => other !== moto);
  const loops = state.health.loops.filter((loop) => loop.order !== null);
  const rows = moto ? rowsOf(moto, loops) : [];
  return {
    mode: moto ? modeOf(moto) : state.known ? "idle" : "unknown",
    motoId: moto?.id ?? null,
    title: moto?.className ?? "",
    round: formatRound(moto?.roundType ?? ""),
    plate: plateColours(moto?.className ?? ""),
    clock: moto ? clockOf(moto, rows) : { kind: "none" },
    rows,
    loopCount: loops.length,
    finishedCount: rows.filter((row) => row.finished).length,
    beside: beside.map(cardOf),
    results: state.results.filter((old) => old !== moto).map(cardOf),
  };
}

function modeOf(moto: Moto): Mode {
  if (moto.phase === "staged") return "gate";
  return moto.phase === "racing" ? "race" : "result";
}

function clockOf(moto: Moto, rows: readonly Row[]): ClockFace {
  const winner = rows.find((row) => row.leader && row.finished);
  if (winner && winner.elapsedUs !== null) return { kind: "stopped", text: formatTime(winner.elapsedUs) };
  if (moto.phase !== "racing" || moto.gateDropUs === null) return { kind: "none" };
  return { kind: "running", gateDropUs: moto.gateDropUs };
}

function rowsOf(moto: Moto, loops: readonly LoopHealth[]): Row[] {
  const order = moto.phase === "staged" ? byLane : byPlace;
  const lead = moto.phase === "racing" ? (moto.lines.find((line) => line.position === 1) ?? null) : null;
  return [...moto.lines].sort(order).map((line) => rowOf(line, moto, loops, lead));
}

function byLane(a: Line, b: Line): number {
  return (a.lane ?? 99) - (b.lane ?? 99) || (a.plate < b.plate ? -1 : 1);
}

/** Placed riders, then those without a place yet by lane, then DNF, REL, DNS, DSQ. */
function byPlace(a: Line, b: Line): number {
  return group(a) - group(b) || (a.position ?? 99) - (b.position ?? 99) || byLane(a, b);
}

function group(line: Line): number {
  if (line.ruling === "dsq") return 5;
  if (line.ruling === "rel") return 3;
  if (line.dns) return 4;
  if (line.dnf) return 2;
  return line.position === null ? 1 : 0;
}

function rowOf(line: Line, moto: Moto, loops: readonly LoopHealth[], lead: Line | null): Row {
  const out = line.ruling ?? (line.dns ? "dns" : line.dnf ? "dnf" : null);
  const staged = moto.phase === "staged";
  const unseen = out !== null && line.lastLoop === null;
  const position = staged || out ? null : line.position;
  const leader = position === 1;
  const timed = !staged && !out && line.elapsedUs !== null;
  return {
    riderId: line.riderId,
    place: out ? out.toUpperCase() : position === null ? "" : String(position),
    position,
    lane: line.lane,
    plate: line.plate,
    firstName: line.firstName,
    lastName: line.lastName,
    loop: staged || out === "dns" ? "" : line.finished ? "Finish" : (line.lastLoop ?? ""),
    passed: staged || loops.length === 0 || unseen ? null : passedOf(line, loops),
    time: timed ? formatTime(line.elapsedUs ?? 0) : "",
    gap: timed && !leader && line.gapUs !== null ? formatGap(line.elapsedUs ?? 0, line.gapUs) : "",
    leader,
    behind: lead !== null && !line.finished && line.lastLoop !== lead.lastLoop,
    finished: line.finished,
    out,
    elapsedUs: line.elapsedUs,
  };
}

function passedOf(line: Line, loops: readonly LoopHealth[]): number {
  if (line.finished) return loops.length;
  return loops.findIndex((loop) => loop.name === line.lastLoop) + 1;
}

const kCardLines = 3;

function cardOf(moto: Moto): Card {
  const rows = rowsOf(moto, []);
  const lines = rows.slice(0, kCardLines).map((row) => ({
    place: row.place || (row.lane === null ? "" : String(row.lane)),
    name: row.lastName || row.firstName || `#${row.plate}`,
    value: row.leader || row.gap === "" ? row.time : row.gap,
  }));
  const said = { staged: "On the gate", racing: "Also on track", finished: "Result" }[moto.phase];
  const round = formatRound(moto.roundType);
  return { id: moto.id, title: moto.className || "Moto", subtitle: [said, round].filter(Boolean).join(" · "), lines };
}
