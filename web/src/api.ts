// The few REST reads of the page. Each either answers in time or throws; who calls decides whether to ask again.

import { isRecord, nonEmptyText, finiteNumber } from "@holeshot/live";

/** A spectator's network may be slow; longer than this it is not there. */
const kAnswerLimitMs = 6_000;

export interface Track {
  readonly id: string;
  readonly name: string;
  readonly location: string;
}

export interface Coming {
  readonly id: string;
  readonly className: string;
  readonly roundType: string;
}

async function getJson(path: string): Promise<unknown> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), kAnswerLimitMs);
  try {
    const response = await fetch(path, { signal: abort.signal, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
    return await response.json();
  } finally {
    clearTimeout(timer);
  }
}

function text(value: unknown): string {
  return typeof value === "number" ? String(value) : (nonEmptyText(value) ?? "");
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export async function fetchTracks(): Promise<Track[]> {
  const tracks = list(await getJson("/api/tracks"));
  return tracks
    .map((track) => ({ id: text(track.id), name: text(track.name), location: text(track.location_label) }))
    .filter((track) => track.id !== "");
}

/** Where the live listener is, with which keys it signs, and whether it thins ticks. */
export async function fetchConfig(): Promise<Record<string, unknown>> {
  const config = await getJson("/race/config");
  if (!isRecord(config)) throw new Error("GET /race/config: not an object");
  return config;
}

export function liveBase(config: Record<string, unknown>, page: { protocol: string; hostname: string }): string {
  const given = nonEmptyText(config.live_url);
  if (given !== null) return given;
  const port = finiteNumber(config.live_port);
  if (port === null) throw new Error("GET /race/config: neither live_url nor live_port");
  const scheme = page.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${page.hostname}:${port}/ws/v1/live`;
}

/** The full URL of one subscription. `base` may be a bare origin, and may speak of http. */
export function liveUrl(base: string, trackId: string, channels: readonly string[]): string {
  const url = new URL(base.replace(/^http/, "ws"));
  if (url.pathname === "/") url.pathname = "/ws/v1/live";
  url.searchParams.set("track_id", trackId);
  url.searchParams.set("channels", channels.join(","));
  return url.toString();
}

/** The next motos of the meeting that is on at a track; empty where there is none. */
export async function fetchComing(trackId: string, count: number): Promise<Coming[]> {
  const events = list(await getJson("/api/events"));
  const event = events.find((one) => text(one.track_id) === trackId && one.status === "active");
  if (!event) return [];
  const path = `/api/events/${encodeURIComponent(text(event.id))}`;
  const [whole, motos] = await Promise.all([getJson(path), getJson(`${path}/motos`)]);
  const classes = new Map<string, string>();
  for (const one of list(isRecord(whole) ? whole.classes : [])) classes.set(text(one.id), text(one.name));
  return list(motos)
    .filter((moto) => moto.status === "pending")
    .sort((a, b) => (finiteNumber(a.sequence) ?? 0) - (finiteNumber(b.sequence) ?? 0))
    .slice(0, count)
    .map((moto) => ({
      id: text(moto.id),
      className: classes.get(text(moto.class_id)) ?? "",
      roundType: text(moto.round_type),
    }));
}
