import { describe, expect, it } from "vitest";
import { kLastCapMs, reconnectDelayMs } from "./backoff.js";

const broken = { code: 1006, hint: null };
const almostOne = 0.999999;

describe("the wait before the next attempt", () => {
  it("is anything from nothing to a cap that doubles", () => {
    const caps = [0, 1, 2, 3, 4, 5, 50].map((failures) => reconnectDelayMs(broken, failures, almostOne));
    expect(caps).toEqual([500, 1000, 2000, 4000, 8000, kLastCapMs, kLastCapMs]);
    expect(reconnectDelayMs(broken, 9, 0)).toBe(0);
  });

  it("is what the server asked for", () => {
    const asked = { code: 1012, hint: { afterMs: 700, jitterMs: 400 } };
    expect(reconnectDelayMs(asked, 3, 0)).toBe(700);
    expect(reconnectDelayMs(asked, 3, 0.5)).toBe(900);
  });

  it("is spread when a server restarts under thousands of pages", () => {
    const restart = { code: 1012, hint: null };
    expect(reconnectDelayMs(restart, 0, almostOne) - reconnectDelayMs(restart, 0, 0)).toBe(3000);
  });

  it("is long where a person has to change something", () => {
    for (const code of [1008, 4400, 4401, 4403]) expect(reconnectDelayMs({ code, hint: null }, 0, 0)).toBe(30_000);
  });
});
