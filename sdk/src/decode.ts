// From what a socket delivers to an envelope that may be believed. A binary tick becomes the envelope that JSON would
// have carried, so that everything after this knows one shape.

import { Authenticator, type Refusal, type TickScope, type Trust } from "./authenticator.js";
import { readBinaryTick, type BinaryTick } from "./binary.js";
import { parseWithJson, type Envelope } from "./envelope.js";
import type { Feed } from "./feed.js";

export interface Refused {
  /** A `Refusal`, or why the frame could not be read: `not_an_envelope`, `wrong_track`, `bad_magic`, `unknown_slot`, ... */
  readonly reason: Refusal | string;
  /** True where somebody has changed or forged it, as opposed to a frame that is merely broken or unknown. */
  readonly tampered: boolean;
  /** A tick that cannot be placed: what would explain it (a staging, a snapshot) must have been lost. */
  readonly unplaced: boolean;
  readonly seq: number | null;
}

export type Decoded = { readonly envelope: Envelope; readonly trust: Trust } | { readonly refused: Refused };

const kTampered: ReadonlySet<string> = new Set<Refusal>(["bad_signature", "missing_signature", "unknown_kid"]);

export class Decoder {
  constructor(
    private readonly trackId: string,
    private readonly authenticator: Authenticator,
    private readonly feed: Feed,
  ) {}

  /** REQUIRES: the frames before it were taken by the feed, or refused. Null: seen before, nothing to do. */
  decode(data: unknown): Decoded | null | Promise<Decoded> {
    if (typeof data === "string") return this.text(data);
    const bytes = bytesOf(data);
    return bytes === null ? refuse("not_an_envelope", null) : this.binary(bytes);
  }

  private text(text: string): Decoded | Promise<Decoded> {
    const parsed = parseWithJson(text);
    if (parsed === null) return refuse("not_an_envelope", null);
    const { envelope } = parsed;
    // Words of the connection itself have no track.
    if (envelope.trackId !== "" && envelope.trackId !== this.trackId) return refuse("wrong_track", envelope.seq);
    return settle(this.authenticator.envelope(parsed), envelope);
  }

  private binary(bytes: Uint8Array): Decoded | null | Promise<Decoded> {
    const read = readBinaryTick(bytes);
    if ("broken" in read) return refuse(read.broken, null);
    const { tick } = read;
    const { picture } = this.feed;
    const place = this.feed.place(tick.seq);
    if (place === "old" && !tick.keyframe) return null;
    const moto = picture.motos.find((one) => one.slot === tick.slot);
    if (!moto || picture.epoch === "") return { refused: { reason: "unknown_slot", tampered: false, unplaced: true, seq: tick.seq } };
    const scope = { trackId: this.trackId, epoch: picture.epoch, motoId: moto.motoId, kid: moto.kid };
    const settled = settle(this.authenticator.tick(tick, scope), binaryEnvelope(tick, scope));
    return Promise.resolve(settled).then((one) => (place === "next" ? one : excused(one, place)));
  }
}

/** The signature covers epoch and moto: with something missing before it, a good frame looks like a forged one. */
function excused(decoded: Decoded, place: "old" | "beyond"): Decoded {
  if (!("refused" in decoded) || !decoded.refused.tampered) return decoded;
  return { refused: { ...decoded.refused, tampered: false, unplaced: place === "beyond" } };
}

type JudgementOf = ReturnType<Authenticator["envelope"]>;

export function settle(judgement: JudgementOf, envelope: Envelope): Decoded | Promise<Decoded> {
  if (judgement instanceof Promise) return judgement.then((one) => settle(one, envelope));
  return "refused" in judgement ? refuse(judgement.refused, envelope.seq) : { envelope, trust: judgement.trust };
}

function refuse(reason: string, seq: number | null): Decoded {
  return { refused: { reason, tampered: kTampered.has(reason), unplaced: false, seq } };
}

/** The envelope that JSON would have carried; speed and elapsed time are not in binary. */
export function binaryEnvelope(tick: BinaryTick, scope: TickScope): Envelope {
  const lanes = tick.lanes.map(({ lane, rank, status, distanceMm }) => ({ lane, rank, status, distance_mm: distanceMm }));
  return {
    kind: "event",
    channel: "race",
    trackId: scope.trackId,
    eventId: null,
    seq: tick.seq,
    tsUs: tick.tickTsMs * 1000,
    epoch: scope.epoch,
    prevSeq: null,
    kid: scope.kid,
    sig: null,
    payload: {
      event_type: "race_tick",
      moto_id: scope.motoId,
      tick_index: tick.tickIndex,
      tick_ts: tick.tickTsMs,
      keyframe: tick.keyframe,
      base_seq: tick.baseSeq,
      lanes,
    },
  };
}

function bytesOf(data: unknown): Uint8Array | null {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return null;
}
