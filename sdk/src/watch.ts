// Says what the data's age is when it grows, and when the server thins ticks.

import { kStaleAfterMs } from "./limits.js";
import type { Emitter } from "./emitter.js";
import { isRecord } from "./envelope.js";
import type { LiveStatus } from "./live.js";
import type { Clock, LiveEvents } from "./options.js";

const kLookEveryMs = 1_000;

export class Watch {
  private timer: number | null = null;
  private highTraffic = false;
  private begunMs = 0;

  constructor(
    private readonly emitter: Emitter<LiveEvents>,
    private readonly clock: Clock,
    private readonly staleAfterMs: number = kStaleAfterMs,
  ) {}

  start(status: () => LiveStatus): void {
    this.stop();
    this.begunMs = this.clock.monoMs();
    const look = (): void => {
      const ageMs = this.clock.monoMs() - Math.max(this.begunMs, status().lastFrameMs ?? 0);
      if (ageMs >= this.staleAfterMs) this.emitter.emit("stale", { ageMs });
      this.timer = this.clock.setTimer(look, kLookEveryMs);
    };
    this.timer = this.clock.setTimer(look, kLookEveryMs);
  }

  stop(): void {
    if (this.timer !== null) this.clock.clearTimer(this.timer);
    this.timer = null;
  }

  /** A config, or a payload of a heartbeat, snapshot or event: each may say whether traffic is high. */
  hear(told: unknown): void {
    if (!isRecord(told) || typeof told.high_traffic !== "boolean" || told.high_traffic === this.highTraffic) return;
    this.highTraffic = told.high_traffic;
    this.emitter.emit("highTraffic", this.highTraffic);
  }
}
