import { describe, expect, it } from "vitest";
import { ServerClock } from "./server_clock.js";

describe("the server's clock", () => {
  it("is our own until the server has spoken", () => {
    const clock = new ServerClock(1_000_000, 500);
    expect(clock.synced).toBe(false);
    expect(clock.nowUs(700)).toBe(1_000_200_000);
  });

  it("is corrected by a heartbeat, ahead or behind", () => {
    const clock = new ServerClock(1_000_000, 0);
    clock.sample(400_000_000, 1_000);
    expect(clock.nowUs(1_500)).toBe(400_500_000);
  });

  it("believes the sample that travelled fastest", () => {
    const clock = new ServerClock(0, 0);
    clock.sample(9_800_000, 10_000); // 200 ms on the way
    clock.sample(19_970_000, 20_000); // 30 ms
    clock.sample(28_500_000, 30_000); // 1.5 s: a slow moment of the mobile network
    expect(clock.nowUs(40_000)).toBe(39_970_000);
  });

  it("forgets a sample after a minute, so that a clock that drifts is followed", () => {
    const clock = new ServerClock(0, 0);
    clock.sample(10_000_000, 10_000);
    clock.sample(79_000_000, 80_000);
    expect(clock.nowUs(80_000)).toBe(79_000_000);
  });

  it("is at least as late as any stamp it has seen, until a heartbeat says better", () => {
    const clock = new ServerClock(1_000, 0);
    clock.atLeast(5_000_000, 0);
    expect(clock.nowUs(0)).toBe(5_000_000);
    clock.sample(4_000_000, 0);
    clock.atLeast(9_000_000, 0);
    expect(clock.nowUs(0)).toBe(4_000_000);
  });

  it("keeps the last estimate over a reconnection and takes the next server's word", () => {
    const clock = new ServerClock(0, 0);
    clock.sample(50_000_000, 0);
    clock.restart();
    expect(clock.nowUs(1_000)).toBe(51_000_000);
    clock.sample(10_000_000, 2_000);
    expect(clock.nowUs(2_000)).toBe(10_000_000);
  });
});
