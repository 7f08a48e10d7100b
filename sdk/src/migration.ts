// Moving to another server without missing a frame: the new connection goes on from what is held while the old one still
// speaks; the feed drops what comes twice; the old one is let go once the new one is live.

import type { LiveConnection } from "./connection.js";
import type { Emitter } from "./emitter.js";
import { finiteNumber, type Payload } from "./envelope.js";
import type { LiveStatus } from "./live.js";
import type { Clock, LiveEvents } from "./options.js";

/** A new server that is not live by then is no better than the old one. */
export const kMigrationLimitMs = 30_000;
/** Thousands of viewers are told in the same moment. */
const kSpreadMs = 2_000;
const kLongestWaitMs = 120_000;

export interface Moves {
  connect(url: string, onStatus: (status: LiveStatus) => void): LiveConnection;
  current(): LiveConnection;
  replace(next: LiveConnection, url: string): void;
}

export class Migration {
  private next: LiveConnection | null = null;
  private timer: number | null = null;

  constructor(
    private readonly emitter: Emitter<LiveEvents>,
    private readonly clock: Clock,
    private readonly moves: Moves,
  ) {}

  /** `payload`: after_ms and jitter_ms as in an error's reconnect. A second word while one is under way is not heard. */
  begin(url: string, payload: Payload): void {
    if (this.next !== null || this.timer !== null || !/^(ws|http)s?:\/\//.test(url)) return;
    const afterMs = Math.min(kLongestWaitMs, Math.max(0, finiteNumber(payload.after_ms) ?? 0));
    const jitterMs = Math.min(kLongestWaitMs, Math.max(0, finiteNumber(payload.jitter_ms) ?? kSpreadMs));
    this.timer = this.clock.setTimer(() => this.open(url), afterMs + jitterMs * this.clock.random());
  }

  stop(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
    this.next?.stop();
    this.next = null;
  }

  private open(url: string): void {
    this.emitter.emit("migrate", { url, stage: "started" });
    this.timer = this.clock.setTimer(() => this.fail(url), kMigrationLimitMs);
    this.next = this.moves.connect(url, (status) => {
      if (status.phase === "live") this.done(url);
      else if (status.phase === "waiting") this.fail(url);
    });
    this.next.start();
  }

  private done(url: string): void {
    const { next } = this;
    if (next === null) return;
    this.next = null;
    this.stop();
    this.moves.replace(next, url);
    this.emitter.emit("migrate", { url, stage: "done" });
  }

  private fail(url: string): void {
    if (this.next === null) return;
    this.stop();
    this.emitter.emit("migrate", { url, stage: "failed" });
  }
}
