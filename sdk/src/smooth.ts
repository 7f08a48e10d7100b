// Where a rider is between two ticks. Shown a little late, so that the next tick is nearly always here already; past the
// last one a rider goes on at the last speed for a bounded time, and then waits for the truth. Pure.

import type { Lane, TickState } from "./ticks.js";

export interface SmoothLane extends Lane {
  readonly speedMmS: number;
}

export interface SmoothOptions {
  /** How far behind the server's clock to show; three ticks at 20 Hz. */
  readonly delayMs?: number;
  /** How far past the last tick a rider may be carried on. */
  readonly aheadMs?: number;
}

export const kSmoothDelayMs = 150;
export const kSmoothAheadMs = 250;
/** Ticks kept for one moto: what a delay of seconds could ask for. */
const kKept = 64;

export class Smoother {
  private ticks: TickState[] = [];
  private readonly delayMs: number;
  private readonly aheadMs: number;

  constructor(options: SmoothOptions = {}) {
    this.delayMs = options.delayMs ?? kSmoothDelayMs;
    this.aheadMs = options.aheadMs ?? kSmoothAheadMs;
  }

  push(tick: TickState): void {
    const last = this.ticks[this.ticks.length - 1];
    if (last && tick.tickTsMs <= last.tickTsMs) return;
    this.ticks = [...this.ticks.slice(1 - kKept), tick];
  }

  clear(): void {
    this.ticks = [];
  }

  /** The lanes at a moment of the server's clock; empty before the first tick. */
  at(serverNowMs: number): SmoothLane[] {
    const atMs = serverNowMs - this.delayMs;
    const next = this.ticks.findIndex((tick) => tick.tickTsMs > atMs);
    if (next === 0) return this.between(this.ticks[0], this.ticks[1], this.ticks[0]?.tickTsMs ?? 0);
    if (next > 0) return this.between(this.ticks[next - 1], this.ticks[next], atMs);
    return this.beyond(atMs);
  }

  private between(from: TickState | undefined, to: TickState | undefined, atMs: number): SmoothLane[] {
    if (!from) return [];
    const span = to ? to.tickTsMs - from.tickTsMs : 0;
    return from.lanes.map((lane) => {
      const end = to?.lanes.find((one) => one.lane === lane.lane) ?? lane;
      const share = span > 0 ? (atMs - from.tickTsMs) / span : 0;
      const speedMmS = span > 0 ? ((end.distanceMm - lane.distanceMm) / span) * 1000 : 0;
      return { ...lane, distanceMm: lane.distanceMm + (end.distanceMm - lane.distanceMm) * share, speedMmS };
    });
  }

  /** Past the last tick: on at the last speed, who still races, and never backwards. */
  private beyond(atMs: number): SmoothLane[] {
    const last = this.ticks[this.ticks.length - 1];
    const before = this.ticks[this.ticks.length - 2];
    if (!last) return [];
    const aheadMs = Math.min(Math.max(0, atMs - last.tickTsMs), this.aheadMs);
    return last.lanes.map((lane) => {
      const from = before?.lanes.find((one) => one.lane === lane.lane);
      const span = before ? last.tickTsMs - before.tickTsMs : 0;
      const racing = lane.status === "RACING" && from !== undefined && span > 0;
      const speedMmS = racing ? Math.max(0, ((lane.distanceMm - from.distanceMm) / span) * 1000) : 0;
      return { ...lane, distanceMm: lane.distanceMm + (speedMmS * aheadMs) / 1000, speedMmS };
    });
  }
}
