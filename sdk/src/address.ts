// Addresses: what a user gives, what the server's config adds, and the full URL of one attempt.

import { finiteNumber, isRecord, nonEmptyText, type Epoch } from "./envelope.js";

export type TransportName = "websocket" | "sse" | "poll";

export interface Wanted {
  readonly track: string;
  readonly event?: string | undefined;
  readonly channels: readonly string[];
  readonly encoding: "json" | "binary";
  readonly rate?: string | undefined;
  readonly token?: string | undefined;
  /** The number held already; what comes after it is asked for. */
  readonly after?: { readonly epoch: Epoch; readonly seq: number } | undefined;
}

/**
 * What this page calls itself where a server counts requests: a whole venue may share one address. No secret, and nothing that
 * lasts.
 */
export const kClientId = String(Math.random()).slice(2);

const kPaths: Record<TransportName, string> = { websocket: "/ws/v1/live", sse: "/race/stream", poll: "/race/poll" };

/** `https://host` and `wss://host/ws/v1/live` alike name a server; a path of one's own (a proxy's) is kept for WebSocket. */
export function addressOf(base: string, transport: TransportName, wanted: Wanted): string {
  const url = new URL(transport === "websocket" ? base.replace(/^http/, "ws") : base.replace(/^ws/, "http"));
  if (transport !== "websocket" || url.pathname === "/") {
    url.pathname = url.pathname.replace(/\/(ws\/v1\/live)?$/, "") + kPaths[transport];
  }
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") url.searchParams.set(name, value);
  };
  set("track_id", wanted.track);
  set("event_id", wanted.event);
  set("channels", wanted.channels.join(","));
  set("token", wanted.token);
  set("epoch", wanted.after && String(wanted.after.epoch));
  if (transport === "poll") {
    set("client_id", kClientId);
    set("since_seq", wanted.after && String(wanted.after.seq));
  } else set("from", wanted.after && `seq:${wanted.after.seq + 1}`);
  if (transport === "websocket") {
    if (wanted.encoding === "binary") set("encoding", "binary");
    set("rate", wanted.rate);
  }
  return url.toString();
}

/** Where a server publishes its keys and addresses. */
export function configUrl(base: string): string {
  return new URL("/race/config", base.replace(/^ws/, "http")).toString();
}

/** Where the frames after `sinceSeq` can be had. */
export function catchUpUrl(base: string, track: string, epoch: Epoch, sinceSeq: number, token: string): string {
  const query = new URLSearchParams({ track_id: track, epoch: String(epoch), since_seq: String(sinceSeq), client_id: kClientId, token });
  return new URL(`/race/catchup?${query}`, base.replace(/^ws/, "http")).toString();
}

/** The live addresses that a config names, nearest not known: `live_url` or the host with `live_port`, then the edges. */
export function liveBases(config: unknown, base: string): string[] {
  if (!isRecord(config)) return [];
  const given = nonEmptyText(config.live_url);
  const port = finiteNumber(config.live_port);
  const bases: string[] = [];
  if (given !== null) bases.push(new URL(given, base).toString());
  else if (port !== null) {
    const url = new URL(base.replace(/^http/, "ws"));
    url.port = String(port);
    url.pathname = kPaths.websocket;
    bases.push(url.toString());
  }
  const edges = Array.isArray(config.edges) ? config.edges.filter(isRecord) : [];
  return [...bases, ...edges.flatMap((edge) => nonEmptyText(edge.url) ?? [])];
}

/** Milliseconds until a server answers anything at all; Infinity where it does not in time. */
export async function answerTimeMs(base: string, fetch: (url: string, init?: RequestInit) => Promise<unknown>, monoMs: () => number, limitMs: number): Promise<number> {
  const begunMs = monoMs();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), limitMs);
  try {
    // Whether the answer may be read is another question; that it came is what counts.
    await fetch(new URL("/health", base.replace(/^ws/, "http")).toString(), { mode: "no-cors", signal: abort.signal });
    return monoMs() - begunMs;
  } catch {
    return Infinity;
  } finally {
    clearTimeout(timer);
  }
}
