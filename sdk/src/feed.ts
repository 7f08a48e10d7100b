// The pure core: frames in, picture out. It keeps the picture, knows how each frame follows on those before, and says
// what happened; connections, clocks and listeners are outside. Same frames, same picture.

import type { Envelope } from "./envelope.js";
import { kEmptyPicture, reduce, type Picture } from "./picture.js";
import { SequenceGuard, type GuardOptions, type SavedMark, type Verdict } from "./sequence.js";

export interface Taken {
  readonly verdict: Verdict;
  /** Why an envelope that came in its turn could not be used all the same: a delta without its keyframe, ... */
  readonly refused?: string;
}

/** How it was when the first number went missing, and what came since: frames that are found later go in between. */
interface Before {
  readonly picture: Picture;
  readonly mark: SavedMark;
  readonly since: Envelope[];
}

/** Frames kept behind a gap: 25 s of ticks. What is missing longer than that comes with a snapshot. */
const kKeptBehindGap = 512;
const kRace = "race";

export class Feed {
  readonly guard: SequenceGuard;
  private held: Picture = kEmptyPicture;
  private before: Before | null = null;

  constructor(options: GuardOptions = {}) {
    this.guard = new SequenceGuard(options);
  }

  get picture(): Picture {
    return this.held;
  }

  /** REQUIRES: the envelope was authenticated. Frames of the connection (error) pass through. */
  take(envelope: Envelope): Taken {
    if (envelope.kind === "error") return { verdict: { kind: "apply" } };
    const counted = envelope.kind === "event" && envelope.channel === kRace;
    const mark = counted && this.before === null ? this.guard.save(kRace) : null;
    const verdict = this.guard.judge(envelope);
    if (verdict.kind === "duplicate") return { verdict };
    if (mark !== null && verdict.kind === "gap") this.before = { picture: this.held, mark, since: [] };
    const refused = this.apply(envelope);
    this.mark();
    if (counted) this.remember(envelope);
    return refused === undefined ? { verdict } : { verdict, refused };
  }

  /**
   * Puts frames that were missed where they belong. Gives those that are new, in order, or null where they do not fill
   * the gap; then nothing has changed.
   */
  fill(found: readonly Envelope[]): Envelope[] | null {
    const now = this.guard.save(kRace);
    if (now === null) return null;
    const shown = this.held;
    const { picture, mark, since } = this.before ?? { picture: shown, mark: now, since: [] };
    const known = new Set(since.map((envelope) => envelope.seq));
    const late = found.filter((one) => one.kind === "event" && one.channel === kRace && one.epoch === now.epoch && !known.has(one.seq));
    this.guard.restore(kRace, mark);
    // That a number is known to be out there stays known.
    this.guard.expect(kRace, now.tail);
    this.held = picture;
    const added: Envelope[] = [];
    for (const envelope of [...late, ...since].sort((a, b) => a.seq - b.seq)) {
      const { kind } = this.guard.judge(envelope);
      if (kind === "duplicate") continue;
      this.apply(envelope);
      if (kind !== "base" && !known.has(envelope.seq)) added.push(envelope);
    }
    if (this.guard.missingFrom(kRace) !== null) {
      this.guard.restore(kRace, now);
      this.held = shown;
      return null;
    }
    this.mark();
    return added;
  }

  /** Where a binary tick would stand: whether it is new, and whether it follows right on what is held. */
  place(seq: number): "old" | "next" | "beyond" {
    const point = this.guard.point(kRace);
    if (point === null || point.epoch !== this.held.epoch || this.guard.missingFrom(kRace) === 0) return "beyond";
    if (seq <= point.seq) return "old";
    return seq === point.seq + 1 && this.guard.missingFrom(kRace) === null ? "next" : "beyond";
  }

  /**
   * A frame came that cannot be placed: something that explains it is missing. Its own number is not to be believed, or
   * one forged frame could make us wait for a number that never comes; so what we wait for is the next one.
   */
  doubt(): void {
    this.guard.expect(kRace, (this.guard.point(kRace)?.seq ?? 0) + 1);
    this.mark();
  }

  private apply(envelope: Envelope): string | undefined {
    // What an unknown numbering says cannot be put onto the picture of the old one: that stands until the snapshot comes.
    if (this.guard.missingFrom(envelope.channel) === 0) return undefined;
    const { picture, refused } = reduce(this.held, envelope);
    this.held = picture;
    return refused;
  }

  private remember(envelope: Envelope): void {
    if (this.before === null) return;
    this.before.since.push(envelope);
    if (this.before.since.length > kKeptBehindGap) this.before = null;
  }

  private mark(): void {
    const complete = this.guard.point(kRace) !== null && this.guard.missingFrom(kRace) === null;
    if (complete) this.before = null;
    if (this.held.complete !== complete) this.held = { ...this.held, complete };
  }
}
