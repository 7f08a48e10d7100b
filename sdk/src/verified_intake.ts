// The intake of a page that keeps its own picture: JSON of any channels, each once and in order, and nothing that was changed
// on the way. Ticks are left to `subscribe`. An entry of its own (`@holeshot/live/page`), so that others do not load it.

import { Authenticator, type Trust } from "./authenticator.js";
import { settle, type Decoded, type Refused } from "./decode.js";
import { parseWithJson, type Envelope, type Epoch } from "./envelope.js";
import type { Intake } from "./intake.js";
import { KeyRing, keyRecords } from "./keys.js";
import { SequenceGuard, type Verdict } from "./sequence.js";
import { builtInVerifier } from "./verifier.js";

export interface VerifiedIntakeOptions {
  /** The server's `GET /race/config`; asked for its keys when the first signed frame comes, and for a key that is not known. */
  fetchConfig(): Promise<unknown>;
  monoMs(): number;
  onEnvelope(envelope: Envelope, trust: Trust): void;
  /** Frames that were not taken. A hole in the numbers follows, and the connection heals it with a snapshot. */
  onRefused(refused: Refused): void;
}

export class VerifiedIntake implements Intake {
  private readonly guard = new SequenceGuard();
  private readonly authenticator: Authenticator;

  constructor(private readonly options: VerifiedIntakeOptions) {
    const look = (): Promise<ReturnType<typeof keyRecords>> => options.fetchConfig().then(keyRecords);
    this.authenticator = new Authenticator("auto", builtInVerifier(), new KeyRing([], look, () => options.monoMs()));
  }

  begin(): void {
    this.guard.reset();
  }

  decode(data: unknown): Decoded | null | Promise<Decoded> {
    const parsed = typeof data === "string" ? parseWithJson(data) : null;
    return parsed === null ? null : settle(this.authenticator.envelope(parsed), parsed.envelope);
  }

  take(envelope: Envelope, trust: Trust): Verdict {
    const verdict = this.guard.judge(envelope);
    if (verdict.kind !== "duplicate") this.options.onEnvelope(envelope, trust);
    return verdict;
  }

  refuse(refused: Refused): void {
    this.options.onRefused(refused);
  }

  point(channel: string): { readonly epoch: Epoch; readonly seq: number } | null {
    return this.guard.point(channel);
  }

  missingFrom(channel: string): number | null {
    return this.guard.missingFrom(channel);
  }
}
