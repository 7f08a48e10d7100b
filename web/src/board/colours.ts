// Colours that carry meaning. Lane colours follow the saddle cloths of horse racing, a set made to be told apart
// across a field in the sun; the tones here are chosen so that they stay apart for colour-blind eyes (colours.test.ts
// measures it). The number stands on every chip all the same.

export interface Pair {
  readonly ground: string;
  readonly ink: string;
}

const kBlack = "#0b0d10";
const kWhite = "#ffffff";

/** Index 0 is lane 1. */
export const kLanes: readonly Pair[] = [
  { ground: "#c8102e", ink: kWhite },
  { ground: "#ffffff", ink: kBlack },
  { ground: "#1747c8", ink: kWhite },
  { ground: "#ffdd00", ink: kBlack },
  { ground: "#00a36c", ink: kBlack },
  { ground: "#15181d", ink: kWhite },
  { ground: "#fb7200", ink: kBlack },
  { ground: "#f58ad0", ink: kBlack },
];

/** The number plate by class, as the UCI and the federations after it prescribe. */
const kPlates: readonly (readonly [RegExp, Pair])[] = [
  [/cruiser|\b24"?/i, { ground: "#d0142c", ink: kWhite }],
  [/junior/i, { ground: "#15181d", ink: kWhite }],
  [/elite|\bpro\b|championship/i, { ground: kWhite, ink: kBlack }],
  [/girl|women|woman|female|ladies/i, { ground: "#0f4fc4", ink: kWhite }],
];

const kChallenge: Pair = { ground: "#ffd400", ink: kBlack };

export function plateColours(className: string): Pair {
  return kPlates.find(([pattern]) => pattern.test(className))?.[1] ?? kChallenge;
}

export function laneColours(lane: number | null): Pair | null {
  return lane === null ? null : (kLanes[lane - 1] ?? null);
}
