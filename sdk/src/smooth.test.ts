import { describe, expect, it } from "vitest";
import { Smoother } from "./smooth.js";
import { random } from "./testing/track.js";
import type { LaneStatus } from "./binary.js";
import type { TickState } from "./ticks.js";

function tick(tickTsMs: number, distanceMm: number, status: LaneStatus = "RACING"): TickState {
  return { seq: tickTsMs, tickIndex: 0, tickTsMs, lanes: [{ lane: 1, rank: 1, status, distanceMm }] };
}

function at(smoother: Smoother, ms: number): number {
  return smoother.at(ms)[0]?.distanceMm ?? NaN;
}

describe("between ticks", () => {
  it("a rider is where a steady pace would put them, a little late", () => {
    const smoother = new Smoother({ delayMs: 100 });
    smoother.push(tick(1_000, 0));
    smoother.push(tick(1_050, 500));
    smoother.push(tick(1_100, 1_100));
    expect(at(smoother, 1_125)).toBe(250);
    expect(at(smoother, 1_150)).toBe(500);
    expect(at(smoother, 1_175)).toBe(800);
    expect(smoother.at(1_125)[0]?.speedMmS).toBe(10_000);
  });

  it("before the first tick they stand where it says, and without one there is nobody", () => {
    const smoother = new Smoother({ delayMs: 100 });
    expect(smoother.at(5_000)).toEqual([]);
    smoother.push(tick(1_000, 700));
    expect(at(smoother, 1_000)).toBe(700);
  });
});

describe("past the last tick", () => {
  it("they go on for a bounded time, then wait", () => {
    const smoother = new Smoother({ delayMs: 0, aheadMs: 250 });
    smoother.push(tick(1_000, 0));
    smoother.push(tick(1_050, 500));
    expect(at(smoother, 1_150)).toBe(1_500);
    expect(at(smoother, 1_300)).toBe(3_000);
    expect(at(smoother, 9_000)).toBe(3_000);
  });

  it("who has finished, or was corrected backwards, does not", () => {
    const smoother = new Smoother({ delayMs: 0 });
    smoother.push(tick(1_000, 400_000));
    smoother.push(tick(1_050, 400_500, "FIN"));
    expect(at(smoother, 1_200)).toBe(400_500);
    smoother.push(tick(1_100, 399_000));
    expect(at(smoother, 1_300)).toBe(399_000);
  });

  it("the truth of the next keyframe is never passed by more than the bound", () => {
    const chance = random(5);
    const smoother = new Smoother({ delayMs: 0, aheadMs: 250 });
    let distance = 0;
    for (let ms = 0; ms < 60_000; ms += 50) {
      distance += Math.floor(chance() * 700);
      // Ticks are lost, but keyframes come.
      if (ms % 1_000 === 0 || chance() < 0.5) smoother.push(tick(ms, distance));
      for (let late = 0; late < 50; late += 10) expect(at(smoother, ms + late) - distance).toBeLessThanOrEqual(14_000 * 0.25);
    }
  });
});

describe("ticks", () => {
  it("that come twice or late are left out", () => {
    const smoother = new Smoother({ delayMs: 0 });
    smoother.push(tick(1_000, 0));
    smoother.push(tick(1_050, 500));
    smoother.push(tick(1_000, 9_000));
    expect(at(smoother, 1_025)).toBe(250);
  });
});
