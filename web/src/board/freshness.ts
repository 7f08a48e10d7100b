// How old the data is, in the public's words, and the lamps of the track. A lamp is lit by the age of data alone:
// that a process runs, or that a socket is open, is never a reason for green.

import { kStaleAfterMs, type LiveStatus } from "@holeshot/live";
import { formatAge, formatWallTime } from "./format";
import type { LoopHealth, TrackHealth } from "./state";

export type Level = "ok" | "warn" | "bad" | "unknown";

export interface LinkView {
  readonly level: Level;
  /** live, stale, reconnecting, connecting, offline: stable words for style and tests. */
  readonly state: "live" | "stale" | "reconnecting" | "connecting" | "offline";
  readonly text: string;
  /** One sentence more, where there is something to say. */
  readonly detail: string;
}

/** STATUS comes about every 5 s: two may be missed. */
export const kStatusFreshUs = 12_000_000;
export const kStatusLostUs = 30_000_000;
/** Above this the loop or its cable wants a look. */
export const kNoiseHigh = 60;
/** Up to here an age in seconds says more than the time of day. */
const kAgeWordsUpToMs = 60_000;

export function linkView(status: LiveStatus, nowMs: number): LinkView {
  const detail = detailOf(status, nowMs);
  if (!status.online) return { level: "bad", state: "offline", text: withLast("No network", status), detail };
  if (status.lastFrameMs === null) {
    const waiting = status.phase === "waiting" || status.failures > 0;
    const text = waiting ? "Not connected yet" : "Connecting";
    return { level: waiting ? "warn" : "unknown", state: "connecting", text, detail };
  }
  const ageMs = nowMs - status.lastFrameMs;
  const fresh = ageMs <= kStaleAfterMs;
  if (status.phase === "live" && fresh) return { level: "ok", state: "live", text: "Live", detail: "" };
  if (ageMs <= kAgeWordsUpToMs) {
    return { level: "warn", state: "stale", text: `Data ${formatAge(ageMs * 1000)} old`, detail };
  }
  return { level: "bad", state: "reconnecting", text: withLast("Reconnecting", status), detail };
}

function withLast(text: string, status: LiveStatus): string {
  if (status.lastFrameWallMs === null) return text;
  return `${text}, last data ${formatWallTime(status.lastFrameWallMs)}`;
}

const kReasons: ReadonlyMap<string, string> = new Map([
  ["config", "The timing server does not answer."],
  ["bad_url", "The timing server named an address that this browser cannot open."],
  ["close_1001", "The timing server is going away for a moment."],
  ["close_1012", "The timing server restarts."],
  ["close_1013", "The timing server is busy."],
  ["close_4400", "The timing server does not know this track."],
  ["close_4401", "This board needs a sign-in."],
  ["close_4403", "This board is not public."],
  ["close_4408", "This connection was too slow for the live data."],
  ["close_4429", "Too many viewers on this network right now."],
  ["silent", "Nothing heard for a while."],
]);

function detailOf(status: LiveStatus, nowMs: number): string {
  if (!status.online) return "This device is offline. Results so far are safe.";
  const why = status.reason === null ? "" : (kReasons.get(status.reason) ?? "No connection to the timing server.");
  if (status.phase !== "waiting" || status.retryAtMs === null) return why;
  const seconds = Math.max(0, Math.ceil((status.retryAtMs - nowMs) / 1000));
  return `${why} ${seconds > 1 ? `Next try in ${seconds} s.` : "Trying again."}`.trim();
}

export interface Lamp {
  readonly level: Level;
  readonly text: string;
}

/** Age of the decoders' STATUS. Unknown while we do not hear the server: then the age is ours, not the track's. */
export function statusLamp(lastUs: number | null, nowUs: number, live: boolean): Lamp {
  if (lastUs === null) return { level: "unknown", text: "none yet" };
  const age = Math.max(0, nowUs - lastUs);
  const text = `${formatAge(age)} ago`;
  if (!live) return { level: "unknown", text };
  if (age <= kStatusFreshUs) return { level: "ok", text };
  return { level: age <= kStatusLostUs ? "warn" : "bad", text };
}

/** A passing has no due time, so its age is told and not judged. */
export function passingText(lastUs: number | null, nowUs: number): string {
  return lastUs === null ? "none yet" : `${formatAge(nowUs - lastUs)} ago`;
}

export interface LoopView {
  readonly loopId: string;
  readonly name: string;
  readonly lamp: Lamp;
  readonly noise: number | null;
  readonly noisy: boolean;
  /** Since the loop's decoder was heard; short, for a narrow column. */
  readonly age: string;
  /** For people: 21 °C, 9 satellites. */
  readonly extra: string;
}

export function loopView(loop: LoopHealth, nowUs: number, live: boolean): LoopView {
  const heard = statusLamp(loop.lastSeenUs, nowUs, live);
  const noisy = loop.noise !== null && loop.noise > kNoiseHigh;
  const lamp: Lamp = noisy && heard.level === "ok" ? { level: "warn", text: heard.text } : heard;
  const parts = [
    loop.temperature === null ? "" : `${loop.temperature} °C`,
    loop.satellites === null ? "" : `${loop.satellites} satellites`,
  ];
  const extra = parts.filter(Boolean).join(", ");
  const age = loop.lastSeenUs === null ? "–" : formatAge(nowUs - loop.lastSeenUs);
  return { loopId: loop.loopId, name: loop.name, lamp, age, noise: loop.noise, noisy, extra };
}

/** The newest STATUS: as the race snapshot tells it, else the newest sign of life of any loop. */
export function newestStatusUs(health: TrackHealth): number | null {
  if (health.lastStatusUs !== null) return health.lastStatusUs;
  const seen = health.loops.map((loop) => loop.lastSeenUs).filter((us): us is number => us !== null);
  return seen.length > 0 ? Math.max(...seen) : null;
}
