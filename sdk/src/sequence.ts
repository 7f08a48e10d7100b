// Tells whether frames are missing. A guard keeps, for each channel, the epoch and the number of the last event that
// was seen. It decides; what to do about a gap is the connection's business. Pure: no clock.
//
// A hole in the numbers is not always a loss: the server leaves deltas of ticks out for a slow viewer, and everything a
// filter does not ask for. What counts is what can be proven:
//   - a frame may name the number before it in this viewer's own stream (`prev_seq`): nothing between was for us;
//   - ticks count themselves (`tick_index`): where the indices jump by as much as the numbers, only ticks are missing,
//     and those are harmless, since the next keyframe stands alone.
// Everything else is a gap, and is said.

import { finiteNumber, nonEmptyText, type Envelope, type Epoch } from "./envelope.js";

export type Verdict =
  | { readonly kind: "apply" }
  /** Seen before, or older than what is held. */
  | { readonly kind: "duplicate" }
  /** A keyframe from before the snapshot that we began with: nothing new, but what the next deltas build on. */
  | { readonly kind: "base" }
  /** Apply it, but something before it is missing. `provable`: the next ticks may show that only ticks are. */
  | { readonly kind: "gap"; readonly expected: number; readonly got: number; readonly provable: boolean }
  /** An event of a numbering whose snapshot we do not have: the server counts anew, or its first words were lost. */
  | { readonly kind: "epoch" };

/** tick_index has 16 bits in binary. */
const kIndexRange = 65_536;
/** A jump beyond this is no lost tick (half an hour of them) but an index that went back. */
const kLongestJump = kIndexRange / 2;

/** How far a channel has come. */
export interface Mark {
  epoch: Epoch;
  seq: number;
  /** Began with a snapshot. */
  founded: boolean;
  /** Numbers that never came, and how many of them were ticks for certain. */
  missing: number;
  ticksMissing: number;
  firstMissing: number;
  /** The frame that the last hole was found by. */
  lastHole: number;
  /** By moto: index and number of the last tick. */
  readonly indices: Map<string, { readonly index: number; readonly seq: number }>;
  /** Number of the newest keyframe: an older one is no base for anything to come. */
  lastKeyframe: number;
  /** The newest number that we know to have been sent. */
  tail: number;
}

const kApply: Verdict = { kind: "apply" };
const kDuplicate: Verdict = { kind: "duplicate" };
const kBase: Verdict = { kind: "base" };
const kEpoch: Verdict = { kind: "epoch" };

/** The count of a channel at one moment, to go back to. */
export type SavedMark = Readonly<Mark>;

export interface GuardOptions {
  /** The server was asked for less than everything, so a hole alone says nothing. */
  readonly filtered?: boolean;
  /** The server was not asked for all ticks: it leaves some out while it says `high_traffic`, and a hole says nothing then. */
  readonly thinnable?: boolean;
}

export class SequenceGuard {
  private readonly marks = new Map<string, Mark>();
  private thinned = false;

  constructor(private readonly options: GuardOptions = {}) {}

  /** Takes note of the envelope and says how it follows on those before. */
  judge(envelope: Envelope): Verdict {
    const high = envelope.payload.high_traffic;
    if (this.options.thinnable && typeof high === "boolean") this.thinned = high;
    if (envelope.kind === "snapshot") return this.begin(envelope);
    if (envelope.kind === "event") return this.judgeEvent(envelope);
    if (envelope.kind === "heartbeat") return this.judgeHeartbeat(envelope);
    return kApply;
  }

  /** What is held of a channel: the point from which a new connection would go on. Null before the first frame. */
  point(channel: string): { readonly epoch: Epoch; readonly seq: number } | null {
    const mark = this.marks.get(channel);
    return mark ? { epoch: mark.epoch, seq: mark.seq } : null;
  }

  /** The first number that is missing and not known to be a tick's (0: the snapshot itself); null where nothing is. */
  missingFrom(channel: string): number | null {
    const mark = this.marks.get(channel);
    if (!mark) return null;
    if (!mark.founded) return 0;
    if (mark.missing > 0) return mark.firstMissing;
    return mark.tail > mark.seq ? mark.seq + 1 : null;
  }

  /** A frame of this number was there and could not be used: until what comes next proves otherwise, it is missing. */
  expect(channel: string, seq: number): void {
    const mark = this.marks.get(channel);
    if (mark) mark.tail = Math.max(mark.tail, seq);
  }

  save(channel: string): SavedMark | null {
    const mark = this.marks.get(channel);
    return mark ? { ...mark, indices: new Map(mark.indices) } : null;
  }

  restore(channel: string, saved: SavedMark): void {
    this.marks.set(channel, { ...saved, indices: new Map(saved.indices) });
  }

  reset(): void {
    this.marks.clear();
  }

  private begin(envelope: Envelope): Verdict {
    const mark = this.marks.get(envelope.channel);
    if (mark && olderEpoch(envelope.epoch, mark.epoch)) return kDuplicate;
    // Overtaken by events that are held already: going back would undo them.
    if (mark && mark.founded && mark.epoch === envelope.epoch && envelope.seq < mark.seq) return kDuplicate;
    this.start(envelope, true);
    return kApply;
  }

  private judgeEvent(envelope: Envelope): Verdict {
    const mark = this.marks.get(envelope.channel);
    if (mark === undefined || mark.epoch !== envelope.epoch) {
      if (mark && olderEpoch(envelope.epoch, mark.epoch)) return kDuplicate;
      this.start(envelope, false);
      return kEpoch;
    }
    if (envelope.seq <= mark.seq) return isKeyframe(envelope) && envelope.seq > mark.lastKeyframe ? this.base(envelope, mark) : kDuplicate;
    return this.advance(envelope, mark);
  }

  private base(envelope: Envelope, mark: Mark): Verdict {
    mark.lastKeyframe = envelope.seq;
    return kBase;
  }

  private advance(envelope: Envelope, mark: Mark): Verdict {
    const expected = mark.seq + 1;
    const hole = envelope.seq - expected;
    const told = envelope.prevSeq !== null;
    const lost = told ? (envelope.prevSeq ?? 0) > mark.seq : hole > 0 && !this.options.filtered && !this.thinned;
    mark.seq = envelope.seq;
    if (isKeyframe(envelope)) mark.lastKeyframe = envelope.seq;
    // What was left out on purpose may hold ticks: from here on their indices prove nothing about other holes.
    if (hole > 0 && !lost) mark.indices.clear();
    const skipped = this.skippedTicks(envelope, mark);
    // The moto's last tick came after the last hole: the ticks that it skipped are in this one, and nothing else is.
    if (lost && skipped !== null && skipped.since >= mark.lastHole && skipped.count === hole) return kApply;
    if (lost) {
      if (mark.missing === 0) mark.firstMissing = expected;
      mark.missing += hole;
    }
    if (skipped !== null && (lost || skipped.since < mark.lastHole)) mark.ticksMissing += skipped.count;
    if (lost) mark.lastHole = envelope.seq;
    // All that is missing is ticks: nothing is.
    if (mark.ticksMissing === mark.missing) mark.missing = mark.ticksMissing = 0;
    return lost && mark.missing > 0 ? { kind: "gap", expected, got: envelope.seq, provable: mark.indices.size > 0 } : kApply;
  }

  /** How many ticks of its moto are missing before this one, and the number of the last that is not; null for no tick, or the first. */
  private skippedTicks(envelope: Envelope, mark: Mark): { readonly count: number; readonly since: number } | null {
    if (envelope.payload.event_type !== "race_tick") return null;
    const moto = nonEmptyText(envelope.payload.moto_id);
    const index = finiteNumber(envelope.payload.tick_index);
    if (moto === null || index === null) return null;
    const last = mark.indices.get(moto);
    mark.indices.set(moto, { index, seq: envelope.seq });
    if (last === undefined) return null;
    const count = (index - last.index - 1 + kIndexRange) % kIndexRange;
    return count < kLongestJump ? { count, since: last.seq } : null;
  }

  /**
   * A heartbeat names the last number that was sent before it, so it shows frames lost at the tail: `prev_seq` the last
   * one for this viewer, where that is not everybody's.
   */
  private judgeHeartbeat(envelope: Envelope): Verdict {
    const mark = this.marks.get(envelope.channel);
    // An answer to our own heartbeat need not belong to any numbering.
    if (mark === undefined || envelope.epoch === "") return kApply;
    const told = finiteNumber(envelope.payload.prev_seq) ?? envelope.prevSeq;
    const seq = told ?? (this.options.filtered ? null : finiteNumber(envelope.payload.seq));
    if (seq === null || olderEpoch(envelope.epoch, mark.epoch)) return kApply;
    if (mark.epoch !== envelope.epoch) {
      mark.founded = false;
      return kEpoch;
    }
    if (seq <= mark.seq) return kApply;
    mark.tail = Math.max(mark.tail, seq);
    return { kind: "gap", expected: mark.seq + 1, got: seq, provable: mark.indices.size > 0 };
  }

  private start(envelope: Envelope, founded: boolean): void {
    this.marks.set(envelope.channel, {
      epoch: envelope.epoch,
      seq: envelope.seq,
      founded,
      missing: 0,
      ticksMissing: 0,
      firstMissing: 0,
      lastHole: envelope.seq,
      indices: new Map(),
      lastKeyframe: isKeyframe(envelope) ? envelope.seq : -1,
      tail: envelope.seq,
    });
  }
}

function isKeyframe(envelope: Envelope): boolean {
  return envelope.payload.event_type === "race_tick" && envelope.payload.keyframe === true;
}

/** Epochs that are numbers rise with every start of the server; of texts nothing is known but that they differ. */
function olderEpoch(epoch: Epoch, than: Epoch): boolean {
  return typeof epoch === "number" && typeof than === "number" && epoch < than;
}
