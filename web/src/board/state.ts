// What a page knows about one track. Plain values; only the reducer in board.ts makes new ones.

export type MotoPhase = "staged" | "racing" | "finished";

/** One rider in one moto. Null means: not known (yet). */
export interface Line {
  readonly riderId: string;
  readonly plate: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly lane: number | null;
  readonly position: number | null;
  readonly lastLoop: string | null;
  readonly elapsedUs: number | null;
  readonly gapUs: number | null;
  readonly finished: boolean;
  readonly dnf: boolean;
  readonly dns: boolean;
  /** Disqualified or relegated: no place, whatever was ridden. */
  readonly ruling: "dsq" | "rel" | null;
}

export interface Moto {
  readonly id: string;
  readonly className: string;
  readonly roundType: string;
  readonly phase: MotoPhase;
  /** UTC, microseconds. Null before the drop. */
  readonly gateDropUs: number | null;
  readonly lines: readonly Line[];
}

export interface Alert {
  readonly id: string;
  readonly level: string;
  readonly text: string;
}

/** One timing point, or a decoder that no loop of the track names (then without a place in the order). */
export interface LoopHealth {
  readonly loopId: string;
  readonly name: string;
  readonly order: number | null;
  readonly decoderId: string;
  readonly noise: number | null;
  readonly temperature: number | null;
  readonly gps: string | null;
  readonly satellites: number | null;
  readonly lastSeenUs: number | null;
}

export interface TrackHealth {
  readonly loops: readonly LoopHealth[];
  readonly lastPassingUs: number | null;
  readonly lastStatusUs: number | null;
}

/** One passing as the decoder told it, whether or not a rider of ours made it. */
export interface Crossing {
  readonly id: string;
  readonly who: string;
  readonly where: string;
  readonly atUs: number;
}

export interface BoardState {
  readonly trackName: string | null;
  /** False until the first snapshot: an empty board then means "not known", not "nothing going on". */
  readonly known: boolean;
  /** On the gate, on the track, or just finished; newest gate first. */
  readonly motos: readonly Moto[];
  /** Earlier finishes, newest first. */
  readonly results: readonly Moto[];
  readonly alerts: readonly Alert[];
  readonly viewers: number | null;
  readonly health: TrackHealth;
  /** Since the page was opened, newest first, a handful. */
  readonly crossings: readonly Crossing[];
}

export const kEmptyBoard: BoardState = {
  trackName: null,
  known: false,
  motos: [],
  results: [],
  alerts: [],
  viewers: null,
  health: { loops: [], lastPassingUs: null, lastStatusUs: null },
  crossings: [],
};
