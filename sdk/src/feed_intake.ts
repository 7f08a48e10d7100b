// The intake of a subscription: verified frames into the feed, and what happened out to the listeners.

import type { Authenticator, Trust } from "./authenticator.js";
import { Decoder, type Decoded, type Refused } from "./decode.js";
import type { Emitter } from "./emitter.js";
import { nonEmptyText, type Envelope, type Epoch, type Payload } from "./envelope.js";
import { Feed } from "./feed.js";
import type { Intake } from "./intake.js";
import type { LiveEvents } from "./options.js";
import type { GuardOptions, Verdict } from "./sequence.js";

export class FeedIntake implements Intake {
  readonly feed: Feed;
  private readonly decoder: Decoder;

  constructor(
    trackId: string,
    options: GuardOptions,
    authenticator: Authenticator,
    private readonly emitter: Emitter<LiveEvents>,
    /** Hears every payload, for what is said beside the race. */
    private readonly hear: (payload: Payload) => void,
  ) {
    this.feed = new Feed(options);
    this.decoder = new Decoder(trackId, authenticator, this.feed);
  }

  begin(): void {
    // What is held stays: a new connection goes on from there.
  }

  decode(data: unknown): Decoded | null | Promise<Decoded | null> {
    // The sign of life of a stream that had nothing to say.
    return data === "" ? null : this.decoder.decode(data);
  }

  take(envelope: Envelope, trust: Trust): Verdict {
    this.hear(envelope.payload);
    const before = this.feed.picture;
    const { verdict, refused } = this.feed.take(envelope);
    if (refused !== undefined) this.refuse({ reason: refused, tampered: false, unplaced: false, seq: envelope.seq });
    else if (verdict.kind !== "duplicate" && verdict.kind !== "base") this.tell(envelope, trust);
    if (this.feed.picture !== before) this.emitter.emit("picture", this.feed.picture);
    return verdict;
  }

  /** Frames of a catch-up; true where they fill what was missing. They are told late, but in order. */
  async fill(frames: readonly unknown[]): Promise<boolean> {
    const found: Envelope[] = [];
    const trust = new Map<number, Trust>();
    for (const frame of frames) {
      const decoded = await this.decoder.decode(typeof frame === "string" ? frame : JSON.stringify(frame));
      if (decoded === null) continue;
      if ("refused" in decoded) {
        this.refuse(decoded.refused);
        continue;
      }
      found.push(decoded.envelope);
      trust.set(decoded.envelope.seq, decoded.trust);
    }
    const added = this.feed.fill(found);
    if (added === null) return false;
    for (const envelope of added) this.tell(envelope, trust.get(envelope.seq) ?? "unverified");
    this.emitter.emit("picture", this.feed.picture);
    return true;
  }

  refuse(refused: Refused): void {
    if (refused.unplaced) this.feed.doubt();
    if (refused.tampered) this.emitter.emit("tampered", refused);
    this.emitter.emit("refused", refused);
  }

  point(channel: string): { readonly epoch: Epoch; readonly seq: number } | null {
    return this.feed.guard.point(channel);
  }

  missingFrom(channel: string): number | null {
    return this.feed.guard.missingFrom(channel);
  }

  private tell(envelope: Envelope, trust: Trust): void {
    const { payload } = envelope;
    if (envelope.kind === "error") return this.emitter.emit("error", payload);
    const type = nonEmptyText(payload.event_type) ?? (envelope.kind === "snapshot" ? "state_snapshot" : "");
    if (envelope.kind === "snapshot") return this.emitter.emit("snapshot", { type, payload, envelope, trust });
    if (envelope.kind !== "event") return;
    if (type !== "race_tick") return this.emitter.emit("event", { type, payload, envelope, trust });
    const moto = this.feed.picture.motos.find((one) => one.motoId === payload.moto_id);
    const tick = moto?.ticks.latest;
    if (moto && tick) this.emitter.emit("tick", { motoId: moto.motoId, tick, keyframe: payload.keyframe === true, trust });
  }
}
