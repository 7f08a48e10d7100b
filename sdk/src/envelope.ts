// The envelope that every message of /ws/v1/live is wrapped in, and a parser that is total: whatever text comes in,
// it returns an envelope or null and never throws. It knows nothing about races.

export type Kind = "snapshot" | "event" | "heartbeat" | "error";
export type Epoch = string | number;
export type Payload = Readonly<Record<string, unknown>>;

export interface Envelope {
  readonly kind: Kind;
  readonly channel: string;
  readonly trackId: string;
  /** Name of the event (race meeting), where the server scopes by one. */
  readonly eventId: string | null;
  /** Rises by one per event within (track, channel, epoch). A snapshot carries the number of the last event it contains. */
  readonly seq: number;
  readonly tsUs: number;
  /** Changes when the numbering starts again; a number rises, a text is only compared. */
  readonly epoch: Epoch;
  readonly payload: Payload;
  /** Where the server leaves frames out for this viewer (a filter): the number of the frame that it sent before. */
  readonly prevSeq: number | null;
  /** Which key signed it, and the signature (base64url). */
  readonly kid: string | null;
  readonly sig: string | null;
}

/** An envelope with the JSON that it was read from: a signature is over all of it, known fields or not. */
export interface ParsedEnvelope {
  readonly envelope: Envelope;
  readonly json: Readonly<Record<string, unknown>>;
}

/** What an error envelope asks a client to do after the connection has ended. */
export interface ReconnectHint {
  readonly afterMs: number;
  readonly jitterMs: number;
}

const kKinds: ReadonlySet<string> = new Set(["snapshot", "event", "heartbeat", "error"]);
const kEmpty: Payload = Object.freeze({});

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function finiteNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function nonEmptyText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function parseEnvelope(text: string): Envelope | null {
  return parseWithJson(text)?.envelope ?? null;
}

export function parseWithJson(text: string): ParsedEnvelope | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const envelope = envelopeOf(value);
  return envelope === null ? null : { envelope, json: value as Record<string, unknown> };
}

/** The envelope in JSON that was parsed already, as catch-up and polls give it. */
export function envelopeOf(value: unknown): Envelope | null {
  if (!isRecord(value) || typeof value.kind !== "string" || !kKinds.has(value.kind)) return null;
  const epoch = value.epoch;
  return {
    kind: value.kind as Kind,
    channel: nonEmptyText(value.channel) ?? "",
    trackId: nonEmptyText(value.track_id) ?? "",
    eventId: nonEmptyText(value.event_id),
    seq: finiteNumber(value.seq) ?? 0,
    tsUs: finiteNumber(value.ts_us) ?? 0,
    epoch: typeof epoch === "string" || typeof epoch === "number" ? epoch : "",
    payload: isRecord(value.payload) ? value.payload : kEmpty,
    prevSeq: finiteNumber(value.prev_seq),
    kid: nonEmptyText(value.kid),
    sig: nonEmptyText(value.sig),
  };
}

/** The hint in an error payload, bounded so that a wrong number cannot silence a page for a day. */
export function reconnectHint(payload: Payload): ReconnectHint | null {
  const hint = payload.reconnect;
  if (!isRecord(hint)) return null;
  const after = finiteNumber(hint.after_ms);
  const jitter = finiteNumber(hint.jitter_ms);
  if (after === null && jitter === null) return null;
  return { afterMs: bounded(after ?? 0), jitterMs: bounded(jitter ?? 0) };
}

const kLongestHintMs = 120_000;

function bounded(ms: number): number {
  return Math.min(kLongestHintMs, Math.max(0, ms));
}
