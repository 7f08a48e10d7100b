// Numbers as a timing page writes them. Times are cut to the thousandth, never rounded up: a rider gets no
// millisecond that was not ridden.

const kUsPerMs = 1000;

/** 38.412, and 1:02.345 from a minute on. */
export function formatTime(us: number): string {
  const ms = Math.max(0, Math.floor(us / kUsPerMs));
  return join(Math.floor(ms / 1000), pad(ms % 1000, 3));
}

/** The running clock: tenths, because a thousandth that changes sixty times a second is noise. */
export function formatClock(us: number): string {
  const tenths = Math.max(0, Math.floor(us / 100_000));
  return join(Math.floor(tenths / 10), String(tenths % 10));
}

/**
 * +0.123 to the leader: the difference of the two times as they are shown, so that whoever subtracts them on the
 * screen finds the same thousandth.
 */
export function formatGap(elapsedUs: number, gapUs: number): string {
  const leaderMs = Math.floor((elapsedUs - gapUs) / kUsPerMs);
  return `+${formatTime((Math.floor(elapsedUs / kUsPerMs) - leaderMs) * kUsPerMs)}`;
}

function join(seconds: number, fraction: string): string {
  if (seconds < 60) return `${seconds}.${fraction}`;
  return `${Math.floor(seconds / 60)}:${pad(seconds % 60, 2)}.${fraction}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** How long ago, in the largest unit that says enough: 8 s, 3 min, 2 h, 4 d. */
export function formatAge(us: number): string {
  const seconds = Math.max(0, Math.floor(us / 1_000_000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** 14:03:22 on the viewer's own clock. */
export function formatWallTime(wallMs: number): string {
  const date = new Date(wallMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => pad(part, 2)).join(":");
}

/** 1 204: a thin space, which every language reads. */
export function formatCount(count: number): string {
  return String(Math.max(0, Math.floor(count))).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

const kRounds: ReadonlyMap<string, string> = new Map([
  ["eighth", "Eighth-final"],
  ["quarter", "Quarter-final"],
  ["semi", "Semi-final"],
  ["main", "Main event"],
]);

/** moto2 -> Moto 2; a round that we do not know is shown as it came. */
export function formatRound(roundType: string): string {
  const known = kRounds.get(roundType.toLowerCase());
  if (known) return known;
  const moto = /^moto[ _-]?(\d+)$/i.exec(roundType);
  return moto ? `Moto ${moto[1]}` : roundType;
}
