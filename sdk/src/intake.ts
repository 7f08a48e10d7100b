// What a connection hands its frames to. One intake may serve two connections at once (during a migration) and many in
// turn: it knows what is held, so it can tell what a new connection need not send again.

import type { Trust } from "./authenticator.js";
import type { Decoded, Refused } from "./decode.js";
import { parseEnvelope, type Envelope, type Epoch } from "./envelope.js";
import { SequenceGuard, type Verdict } from "./sequence.js";

export interface Intake {
  /** A connection has opened. */
  begin(): void;
  /** What came over the wire, read and judged. Null: nothing to do. Called for a frame when those before it are done. */
  decode(data: unknown): Decoded | null | Promise<Decoded | null>;
  take(envelope: Envelope, trust: Trust): Verdict;
  refuse(refused: Refused): void;
  /** The number of the last event that is held of a channel. */
  point(channel: string): { readonly epoch: Epoch; readonly seq: number } | null;
  /** The first number that is missing; null where nothing is. */
  missingFrom(channel: string): number | null;
}

/** JSON alone, nothing verified, counting anew with each connection: what a page needs that asks for no ticks. */
export class PlainIntake implements Intake {
  private readonly guard = new SequenceGuard({ thinnable: true });

  constructor(private readonly onEnvelope: (envelope: Envelope) => void) {}

  begin(): void {
    this.guard.reset();
  }

  decode(data: unknown): Decoded | null {
    const envelope = typeof data === "string" ? parseEnvelope(data) : null;
    return envelope === null ? null : { envelope, trust: "unverified" };
  }

  take(envelope: Envelope): Verdict {
    const verdict = this.guard.judge(envelope);
    if (verdict.kind !== "duplicate") this.onEnvelope(envelope);
    return verdict;
  }

  refuse(): void {
    // Nothing is ever refused here: what cannot be read was no frame.
  }

  point(channel: string): { readonly epoch: Epoch; readonly seq: number } | null {
    return this.guard.point(channel);
  }

  missingFrom(channel: string): number | null {
    return this.guard.missingFrom(channel);
  }
}
