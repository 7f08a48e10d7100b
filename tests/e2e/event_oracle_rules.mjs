// The numbers of the three rule books, as docs/competition.md and BMX.md have them; written down anew, not read from central.
const TIES = { club: ['last_moto', 'best_results'], uci: ['best_results', 'last_moto', 'last_time'], usabmx: ['last_moto'] };
const TYPICAL_HILL_US = { club: 2_200_000, uci: 2_000_000, usabmx: 2_300_000 };
export const BOOKS = Object.fromEntries(Object.keys(TIES).map((name) => [name, {
  name, ties: TIES[name], typical_hill_us: TYPICAL_HILL_US[name], seeded_lanes: name === 'uci', table: name === 'uci',
}]));

export const LANES = 8;
export const PER_HEAT = 4;
export const DNS_POINTS = LANES + 2;
export const MOTOS = 3;
// Each rider's lanes in motos 1 to 3, by the table of the book `uci`.
export const LANE_TABLE = [[1, 7, 6], [2, 6, 5], [3, 8, 2], [4, 2, 7], [5, 1, 8], [6, 4, 3], [7, 3, 4], [8, 5, 1]];

export const HEATS = { eighth: 8, quarter: 4, semi: 2, main: 1 };
const ROUNDS = ['eighth', 'quarter', 'semi', 'main'];
const FROM = { motos_only: 4, motos_main: 3, motos_semis_main: 2, motos_quarters_semis_main: 0 };

// A class of so many riders needs these; the format says the most that the office wants.
export function laterRounds(riders, format) {
  const needed = riders <= 16 ? 3 : riders <= 32 ? 2 : riders <= 64 ? 1 : 0;
  return ROUNDS.slice(Math.max(needed, FROM[format]));
}

const ROWS = [
  [3, 3, [], 0, []], [4, 4, [1, 1, 1], 0, ['main']], [5, 5, [1, 1, 2], 0, ['main']], [6, 6, [1, 2, 2], 0, ['main']],
  [7, 7, [2, 2, 2], 0, ['main']], [8, 8, [2, 2, 3], 0, ['main']], [9, 9, [1, 1, 4], 3, ['main']],
  [10, 14, [1, 1, 2], 0, ['main']], [15, 32, [1, 1, 2], 0, ['semi', 'main']],
];
export function transferRow(riders) {
  const [, , transfers, combine, rounds] = ROWS.find(([from, to]) => from <= riders && riders <= to);
  return { transfers, combine, rounds };
}
