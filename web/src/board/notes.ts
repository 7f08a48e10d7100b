// What a page has to say about its own data, beside its age: that the server sends fewer frames for a while, and that
// frames came which somebody had changed. Pure.

import type { Refused, Trust } from "@holeshot/live";

export interface Honesty {
  /** The server thins what lies between two loops; results never. */
  readonly highTraffic: boolean;
  /** Frames that were changed on the way. */
  readonly refused: number;
  readonly refusedMs: number | null;
  /** Of the last frame that is signed at all. */
  readonly trust: Trust | null;
}

export const kNothingToSay: Honesty = { highTraffic: false, refused: 0, refusedMs: null, trust: null };

/** After this long without another one the warning has been read. */
export const kRefusedShownMs = 60_000;

export interface Note {
  readonly id: "traffic" | "refused";
  readonly text: string;
}

/** A config or a payload: each may say whether traffic is high. */
export function heard(honesty: Honesty, told: Readonly<Record<string, unknown>>): Honesty {
  const { high_traffic: high } = told;
  return typeof high !== "boolean" || high === honesty.highTraffic ? honesty : { ...honesty, highTraffic: high };
}

export function trusted(honesty: Honesty, trust: Trust): Honesty {
  return trust === "unsigned" || trust === honesty.trust ? honesty : { ...honesty, trust };
}

/** A frame that is merely broken is the connection's matter; one that was changed is the viewer's. */
export function refused(honesty: Honesty, frame: Refused, nowMs: number): Honesty {
  return frame.tampered ? { ...honesty, refused: honesty.refused + 1, refusedMs: nowMs } : honesty;
}

export function notesOf(honesty: Honesty, nowMs: number): Note[] {
  const notes: Note[] = [];
  const { refusedMs } = honesty;
  if (refusedMs !== null && nowMs - refusedMs <= kRefusedShownMs) {
    notes.push({ id: "refused", text: "Live data was changed on its way here. What was changed is not shown." });
  }
  if (honesty.highTraffic) {
    notes.push({ id: "traffic", text: "High traffic: the board moves in larger steps. Results are complete." });
  }
  return notes;
}
