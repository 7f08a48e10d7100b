import { describe, expect, it } from "vitest";
import { formatAge, formatClock, formatCount, formatGap, formatRound, formatTime, formatWallTime } from "./format";

describe("times", () => {
  it("are seconds with thousandths below a minute", () => {
    expect(formatTime(38_412_000)).toBe("38.412");
    expect(formatTime(0)).toBe("0.000");
    expect(formatTime(59_999_999)).toBe("59.999");
  });

  it("have minutes from a minute on", () => {
    expect(formatTime(60_000_000)).toBe("1:00.000");
    expect(formatTime(62_345_000)).toBe("1:02.345");
    expect(formatTime(725_006_000)).toBe("12:05.006");
  });

  it("are cut and never rounded up", () => {
    expect(formatTime(38_412_999)).toBe("38.412");
  });

  it("never go below zero", () => {
    expect(formatTime(-5_000)).toBe("0.000");
    expect(formatClock(-5_000_000)).toBe("0.0");
  });
});

describe("the running clock", () => {
  it("shows tenths", () => {
    expect(formatClock(24_399_999)).toBe("24.3");
    expect(formatClock(62_050_000)).toBe("1:02.0");
  });
});

describe("gaps", () => {
  it("carry a plus", () => {
    expect(formatGap(38_535_000, 123_000)).toBe("+0.123");
    expect(formatGap(98_000_000, 61_500_000)).toBe("+1:01.500");
  });

  it("are the difference of the times as shown", () => {
    // 17.555900 and 17.971100: shown 17.555 and 17.971, so 0.416, though the true gap is 0.4152.
    expect(formatGap(17_971_100, 415_200)).toBe("+0.416");
  });
});

describe("ages, counts, times of day, rounds", () => {
  it("ages take the largest unit that says enough", () => {
    expect([0, 14e6, 99e6, 100e6, 5999e6, 7200e6, 172800e6].map(formatAge)).toEqual([
      "0 s",
      "14 s",
      "99 s",
      "1 min",
      "99 min",
      "2 h",
      "2 d",
    ]);
    expect(formatAge(-3e6)).toBe("0 s");
  });

  it("counts are grouped", () => {
    expect(formatCount(999)).toBe("999");
    expect(formatCount(20_480)).toBe("20\u202f480");
    expect(formatCount(1_234_567)).toBe("1\u202f234\u202f567");
  });

  it("the time of day is the viewer's", () => {
    expect(formatWallTime(new Date(2026, 4, 1, 14, 3, 22).getTime())).toBe("14:03:22");
  });

  it("rounds have their spoken names", () => {
    expect(["moto1", "moto_3", "quarter", "semi", "main", "lcq"].map(formatRound)).toEqual([
      "Moto 1",
      "Moto 3",
      "Quarter-final",
      "Semi-final",
      "Main event",
      "lcq",
    ]);
  });
});
