import { describe, expect, it } from "vitest";
import { kLanes, laneColours, plateColours, type Pair } from "./colours";

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function times(matrix: Matrix, [r, g, b]: Rgb): Rgb {
  const row = ([x, y, z]: Rgb): number => x * r + y * g + z * b;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

/** Simulation of full colour blindness in linear RGB (Machado, Oliveira, Fernandes 2009). */
const kEyes: Readonly<Record<string, Matrix>> = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function lab(rgb: Rgb): Rgb {
  const clamped = rgb.map((value) => Math.min(1, Math.max(0, value))) as unknown as Rgb;
  const toXyz: Matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
  const [x, y, z] = times(toXyz, clamped);
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [fx, fy, fz] = [f(x / 0.9505), f(y), f(z / 1.089)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

function difference(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function contrast({ ground, ink }: Pair): number {
  const light = (hex: string): number => times([[0.2126, 0.7152, 0.0722], [0, 0, 0], [0, 0, 0]], linear(hex))[0];
  const [high, low] = [light(ground), light(ink)].sort((a, b) => b - a) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** A difference of 2 to 3 is just seen side by side; this is seen across a track. */
const kFarApart = 22;

describe("lane colours", () => {
  it("are eight", () => {
    expect(kLanes).toHaveLength(8);
    expect(laneColours(9)).toBeNull();
    expect(laneColours(null)).toBeNull();
  });

  for (const [eye, matrix] of Object.entries(kEyes)) {
    it(`stay apart for ${eye} colour vision`, () => {
      const seen = kLanes.map(({ ground }) => lab(times(matrix, linear(ground))));
      const pairs = seen.flatMap((a, i) =>
        seen.slice(i + 1).map((b, j) => ({ lanes: `${i + 1} and ${i + j + 2}`, apart: difference(a, b) })),
      );
      expect(pairs.filter(({ apart }) => apart < kFarApart)).toEqual([]);
    });
  }

  it("carry a number that can be read in the sun", () => {
    for (const pair of kLanes) expect(contrast(pair)).toBeGreaterThan(4.5);
  });
});

describe("plates", () => {
  const classes = ["Boys 13–14", "Girls 15–16", "Elite Men", "Elite Women", "Junior Women", "Cruiser 30–39", ""];

  it("follow the class", () => {
    const grounds = classes.map((name) => plateColours(name).ground);
    expect(grounds).toEqual(["#ffd400", "#0f4fc4", "#ffffff", "#ffffff", "#15181d", "#d0142c", "#ffd400"]);
  });

  it("can be read", () => {
    for (const name of classes) expect(contrast(plateColours(name))).toBeGreaterThan(4.5);
  });
});
