import { describe, expect, it } from "vitest";
import type { LiveStatus } from "@holeshot/live";
import { linkView, loopView, newestStatusUs, passingText, statusLamp } from "./freshness";
import { formatWallTime } from "./format";
import type { LoopHealth } from "./state";

const kNowMs = 100_000;
const kWallMs = 1_700_000_000_000;

function status(change: Partial<LiveStatus> = {}): LiveStatus {
  const calm = { phase: "live", lastFrameMs: kNowMs - 2_000, lastFrameWallMs: kWallMs, retryAtMs: null } as const;
  return { ...calm, failures: 0, reason: null, recovering: false, online: true, ...change };
}

const look = (change: Partial<LiveStatus>) => linkView(status(change), kNowMs);

describe("how old the data is", () => {
  it("is live while frames come", () => {
    expect(look({})).toMatchObject({ level: "ok", state: "live", text: "Live" });
  });

  it("is not live because a connection stands: only because data is young", () => {
    expect(look({ lastFrameMs: kNowMs - 14_000 })).toMatchObject({ level: "warn", state: "stale", text: "Data 14 s old" });
  });

  it("is not live while we connect anew, however young the data is", () => {
    expect(look({ phase: "connecting" })).toMatchObject({ level: "warn", state: "stale", text: "Data 2 s old" });
  });

  it("after a minute names the time of the last data", () => {
    const view = look({ phase: "waiting", lastFrameMs: kNowMs - 61_000, retryAtMs: kNowMs + 3_200, reason: "close_1012" });
    expect(view).toMatchObject({ level: "bad", state: "reconnecting" });
    expect(view.text).toBe(`Reconnecting, last data ${formatWallTime(kWallMs)}`);
    expect(view.detail).toBe("The timing server restarts. Next try in 4 s.");
  });

  it("says when it is the device that has no network", () => {
    const view = look({ online: false });
    expect(view).toMatchObject({ state: "offline", level: "bad" });
    expect(view.detail).toContain("Results so far are safe");
  });

  it("says that the server does not answer, before there was any data", () => {
    const never = { lastFrameMs: null, lastFrameWallMs: null, phase: "waiting", retryAtMs: kNowMs, failures: 1 } as const;
    expect(look({ ...never, reason: "config" })).toMatchObject({
      state: "connecting",
      text: "Not connected yet",
      detail: "The timing server does not answer. Trying again.",
    });
  });
});

describe("lamps", () => {
  const nowUs = 1_000_000_000;

  it("come from the age of STATUS", () => {
    const level = (ageS: number) => statusLamp(nowUs - ageS * 1e6, nowUs, true).level;
    expect([0, 5, 12, 13, 30, 31].map(level)).toEqual(["ok", "ok", "ok", "warn", "warn", "bad"]);
    expect(statusLamp(null, nowUs, true)).toEqual({ level: "unknown", text: "none yet" });
  });

  it("are never green while we do not hear the server", () => {
    expect(statusLamp(nowUs, nowUs, false).level).toBe("unknown");
  });

  it("a clock that is ahead of ours does not give a negative age", () => {
    expect(statusLamp(nowUs + 5e6, nowUs, true)).toEqual({ level: "ok", text: "0 s ago" });
    expect(passingText(nowUs + 5e6, nowUs)).toBe("0 s ago");
  });

  const loop: LoopHealth = {
    loopId: "l",
    name: "Hill",
    order: 1,
    decoderId: "D",
    noise: 30,
    temperature: 21,
    gps: "1",
    satellites: 9,
    lastSeenUs: nowUs - 2e6,
  };

  it("warn of noise over 60", () => {
    expect(loopView(loop, nowUs, true)).toMatchObject({ lamp: { level: "ok" }, noisy: false, age: "2 s" });
    expect(loopView({ ...loop, noise: 60 }, nowUs, true).noisy).toBe(false);
    expect(loopView({ ...loop, noise: 61 }, nowUs, true)).toMatchObject({ lamp: { level: "warn" }, noisy: true });
  });

  it("noise does not make a lost loop look better", () => {
    const lost = { ...loop, noise: 90, lastSeenUs: nowUs - 60e6 };
    expect(loopView(lost, nowUs, true).lamp.level).toBe("bad");
  });

  it("the newest STATUS is the track's own word, else the youngest loop's", () => {
    const loops = [loop, { ...loop, lastSeenUs: nowUs }];
    expect(newestStatusUs({ loops, lastPassingUs: null, lastStatusUs: 5 })).toBe(5);
    expect(newestStatusUs({ loops, lastPassingUs: null, lastStatusUs: null })).toBe(nowUs);
    expect(newestStatusUs({ loops: [], lastPassingUs: 1, lastStatusUs: null })).toBeNull();
  });
});
