// How long to wait before the next attempt. There is no attempt after which a page gives up: a phone in the stand
// has nobody who would press reload.

import type { ReconnectHint } from "./envelope.js";

/** The first cap: a hiccup heals within half a second. */
export const kFirstCapMs = 500;
/** The last cap: long enough to spare a server that is down, short enough that nobody reaches for reload. */
export const kLastCapMs = 10_000;

export interface Ending {
  /** WebSocket close code; 1006 where the connection just broke or never stood. */
  readonly code: number;
  readonly hint: ReconnectHint | null;
}

interface Range {
  readonly afterMs: number;
  readonly jitterMs: number;
}

/** A person has to change something; ask again now and then, because nobody will tell this page. */
const kRefused: Range = { afterMs: 30_000, jitterMs: 30_000 };

const kByCode: ReadonlyMap<number, Range> = new Map([
  [1008, kRefused],
  [1012, { afterMs: 200, jitterMs: 3_000 }],
  [1013, { afterMs: 5_000, jitterMs: 10_000 }],
  [4400, kRefused],
  [4401, kRefused],
  [4403, kRefused],
  [4408, { afterMs: 500, jitterMs: 2_000 }],
  [4429, { afterMs: 10_000, jitterMs: 20_000 }],
]);

/** Milliseconds to wait. `failures`: attempts in a row that ended without a steady connection. `random` is in [0, 1). */
export function reconnectDelayMs(ending: Ending, failures: number, random: number): number {
  const range = ending.hint ?? kByCode.get(ending.code);
  if (range) return Math.round(range.afterMs + range.jitterMs * random);
  const cap = Math.min(kLastCapMs, kFirstCapMs * 2 ** Math.min(failures, 10));
  return Math.round(cap * random);
}
