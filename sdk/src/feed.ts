// The pure core: frames in, picture out. It keeps the picture, knows how each frame follows on those before, and says
// what happened; connections, clocks and listeners are outside. Same frames, same picture.

import type { Envelope } from "./envelope.js";
import { kEmptyPicture, reduce, type Picture } from "./picture.js";
import { SequenceGuard, type GuardOptions, type Verdict } from "./sequence.js";

export interface Taken {
  readonly verdict: Verdict;
  /** Why an envelope that came in its turn could not be used all the same: a delta without its keyframe, ... */
  readonly refused?: string;
}

export class Feed {
  readonly guard: SequenceGuard;
  private held: Picture = kEmptyPicture;

  constructor(options: GuardOptions = {}) {
    this.guard = new SequenceGuard(options);
  }

  get picture(): Picture {
    return this.held;
  }

  /** REQUIRES: the envelope was authenticated. Frames of the connection (error) pass through. */
  take(envelope: Envelope): Taken {
    if (envelope.kind === "error") return { verdict: { kind: "apply" } };
    const verdict = this.guard.judge(envelope);
    if (verdict.kind === "duplicate") return { verdict };
    // What an unknown numbering says cannot be put onto the picture of the old one: that stands until the snapshot comes.
    const founded = this.guard.missingFrom(envelope.channel) !== 0;
    const reduced = founded ? reduce(this.held, envelope) : { picture: this.held };
    this.held = reduced.picture;
    this.mark();
    return reduced.refused === undefined ? { verdict } : { verdict, refused: reduced.refused };
  }

  /** Where a binary tick would stand: whether it is new, and whether it follows right on what is held. */
  place(seq: number): "old" | "next" | "beyond" {
    const point = this.guard.point("race");
    if (point === null || point.epoch !== this.held.epoch || this.guard.missingFrom("race") === 0) return "beyond";
    if (seq <= point.seq) return "old";
    return seq === point.seq + 1 && this.guard.missingFrom("race") === null ? "next" : "beyond";
  }

  /**
   * A frame came that cannot be placed: something that explains it is missing. Its own number is not to be believed, or
   * one forged frame could make us wait for a number that never comes; so what we wait for is the next one.
   */
  doubt(): void {
    this.guard.expect("race", (this.guard.point("race")?.seq ?? 0) + 1);
    this.mark();
  }

  private mark(): void {
    const complete = this.guard.point("race") !== null && this.guard.missingFrom("race") === null;
    if (this.held.complete !== complete) this.held = { ...this.held, complete };
  }
}
