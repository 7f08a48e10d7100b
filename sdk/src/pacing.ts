// How often a viewer may ask for a snapshot: at once, and then ever more seldom while gaps go on, so that loss never becomes
// a storm.

import { kResyncLongestPauseMs, kResyncPauseMs } from "./limits.js";

export class Pacing {
  private pauseMs = kResyncPauseMs;
  private allowedMs = 0;

  /** Milliseconds until it may be asked; not positive: now. */
  waitMs(nowMs: number): number {
    return this.allowedMs - nowMs;
  }

  used(nowMs: number): void {
    const quiet = nowMs - this.allowedMs > kResyncLongestPauseMs;
    this.pauseMs = quiet ? kResyncPauseMs : Math.min(kResyncLongestPauseMs, this.pauseMs * 2);
    this.allowedMs = nowMs + this.pauseMs;
  }
}
