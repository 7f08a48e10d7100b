// Tells whether frames are missing. One guard serves one connection and keeps, for each channel, the epoch and the
// number of the last event that was seen. It decides; what to do about a gap is the connection's business.

import { finiteNumber, type Envelope, type Epoch } from "./envelope";

export type Verdict =
  | { readonly kind: "apply" }
  | { readonly kind: "duplicate" }
  /** Apply it, but something before it is missing. */
  | { readonly kind: "gap"; readonly expected: number; readonly got: number }
  /** The server counts anew: nothing that is held is known to be complete. */
  | { readonly kind: "epoch" };

interface Mark {
  epoch: Epoch;
  seq: number;
  /** The last thing was a snapshot: an event with the same number is contained in it, and harmless to apply again. */
  fromSnapshot: boolean;
}

const kApply: Verdict = { kind: "apply" };
const kDuplicate: Verdict = { kind: "duplicate" };
const kEpoch: Verdict = { kind: "epoch" };

export class SequenceGuard {
  private readonly marks = new Map<string, Mark>();

  /** Takes note of the envelope and says how it follows on those before. */
  judge(envelope: Envelope): Verdict {
    if (envelope.kind === "snapshot") return this.take(envelope, true);
    if (envelope.kind === "event") return this.judgeEvent(envelope);
    if (envelope.kind === "heartbeat") return this.judgeHeartbeat(envelope);
    return kApply;
  }

  reset(): void {
    this.marks.clear();
  }

  private judgeEvent(envelope: Envelope): Verdict {
    const mark = this.marks.get(envelope.channel);
    if (mark === undefined) return this.take(envelope, false);
    if (mark.epoch !== envelope.epoch) {
      this.take(envelope, false);
      return kEpoch;
    }
    if (mark.fromSnapshot && envelope.seq === mark.seq) return this.take(envelope, false);
    if (envelope.seq <= mark.seq) return kDuplicate;
    const expected = mark.seq + 1;
    this.take(envelope, false);
    return envelope.seq === expected ? kApply : { kind: "gap", expected, got: envelope.seq };
  }

  /** A heartbeat names the last number that was sent before it, so it shows frames lost at the tail. */
  private judgeHeartbeat(envelope: Envelope): Verdict {
    const mark = this.marks.get(envelope.channel);
    const seq = finiteNumber(envelope.payload.seq);
    if (mark === undefined || seq === null) return kApply;
    // An answer to our own heartbeat need not belong to any numbering.
    if (envelope.epoch === "") return kApply;
    if (mark.epoch !== envelope.epoch) return kEpoch;
    return seq > mark.seq ? { kind: "gap", expected: mark.seq + 1, got: seq } : kApply;
  }

  private take(envelope: Envelope, fromSnapshot: boolean): Verdict {
    this.marks.set(envelope.channel, { epoch: envelope.epoch, seq: envelope.seq, fromSnapshot });
    return kApply;
  }
}
