// Points cards and the ranking of a class.
import { DNS_POINTS } from './event_oracle_rules.mjs';

const isMoto = (round) => round.startsWith('moto');
export const heatsOf = (day, round) => day.heats.filter((h) => h.round === round).sort((a, b) => a.group - b.group);
const motoRounds = (day) => [...new Set(day.heats.map((h) => h.round).filter(isMoto))].sort();
const NONE = Number.MAX_SAFE_INTEGER;

// rider -> { rider_id, group, lines: [{round, status, points, place, elapsed_us}], total, dsq, started }.
export function cardsOf(day) {
  const cards = new Map();
  const card = (rider_id) => {
    if (!cards.has(rider_id)) cards.set(rider_id, { rider_id, group: 0, first: null, lines: [], total: 0, dsq: false, started: false });
    return cards.get(rider_id);
  };
  for (const heat of day.heats.filter((h) => isMoto(h.round))) {
    for (const rider of heat.riders) {
      const its = card(rider);
      if (its.first === null || heat.round < its.first) { its.first = heat.round; its.group = heat.group; }
    }
  }
  for (const round of motoRounds(day)) {
    for (const heat of heatsOf(day, round)) for (const line of heat.lines) card(line.rider_id).lines.push({ ...line, round });
    // Who came late did not start in what was before.
    for (const its of cards.values()) {
      if (its.first > round && day.wrong !== 'late') its.lines.push({ round, status: 'DNS', points: DNS_POINTS, place: null, elapsed_us: null, missed: true });
    }
  }
  for (const rider of day.its.entries) card(rider);
  for (const its of cards.values()) {
    its.total = its.lines.reduce((sum, line) => sum + (line.points ?? 0), 0);
    its.dsq = its.lines.some((line) => line.status === 'DSQ') && day.wrong !== 'dsq';
    its.started = its.lines.some((line) => line.status !== 'DNS');
  }
  return cards;
}

const KEYS = {
  last_moto: (card) => [card.lines.at(-1).points ?? NONE],
  best_results: (card) => card.lines.map((line) => line.points ?? NONE).sort((a, b) => a - b),
  last_time: (card) => [card.lines.at(-1).elapsed_us ?? NONE],
};
const byNumbers = (a, b) => {
  for (let i = 0; i < Math.max(a.length, b.length); ++i) if (a[i] !== b[i]) return (a[i] ?? -1) - (b[i] ?? -1);
  return 0;
};

// Below 0 where a is better, 0 where the rules know no difference. Who raced something stands before who raced nothing,
// who is disqualified behind, who rode more motos before those with fewer; then points, then the book's list.
export function compareCards(day, a, b) {
  const head = (card) => [card.lines.length === 0 ? 1 : 0, card.dsq ? 1 : 0, day.wrong === 'fewer_motos' ? 0 : -card.lines.length, card.total];
  const first = byNumbers(head(a), head(b));
  if (first !== 0 || a.lines.length === 0) return first;
  let ties = day.row ? ['last_moto'] : day.book.ties;
  if (day.wrong === 'tie') ties = [];
  if (day.wrong === 'last_time') ties = ties.filter((tie) => tie !== 'last_time');
  for (const tie of ties) {
    const found = byNumbers(KEYS[tie](a), KEYS[tie](b));
    if (found !== 0) return found;
  }
  return 0;
}
export const sortCards = (day, cards) => [...cards].sort((a, b) => compareCards(day, a, b) || (a.rider_id < b.rider_id ? -1 : 1));

// Who transferred out of this moto, best first.
export function transferred(day, moto) {
  const found = [];
  for (const heat of heatsOf(day, `moto${moto}`)) {
    const fit = heat.lines.filter((line) => !['DSQ', 'DNS'].includes(line.status));
    found.push(...fit.slice(0, day.row.transfers[moto - 1] + (day.wrong === 'transfer' ? 1 : 0)));
  }
  return found.sort((a, b) => a.rank - b.rank);
}

class Ranking {
  constructor(day) {
    Object.assign(this, { day, cards: cardsOf(day), rows: [], out: [], done: new Set() });
  }
  add(rider_id, line, reached, shares) {
    this.done.add(rider_id);
    const row = { rider_id, rank: null, reached, status: line?.status ?? null, place: line?.place ?? null, elapsed_us: line?.elapsed_us ?? null, relative: line?.relative };
    if (row.status === 'DSQ' || reached === null) { this.out.push(row); return; }
    row.rank = shares && this.rows.length ? this.rows.at(-1).rank : this.rows.length + 1;
    this.rows.push(row);
  }
  // Whom no later round has ranked: by place in his heat, then, but for transfers, by the motos.
  round(round) {
    const compare = (a, b) => a.rank - b.rank || (this.day.row?.transfers.length ? 0 : compareCards(this.day, this.cards.get(a.rider_id), this.cards.get(b.rider_id)));
    const lines = heatsOf(this.day, round).flatMap((heat) => heat.lines).filter((line) => !this.done.has(line.rider_id))
      .sort((a, b) => compare(a, b) || (a.rider_id < b.rider_id ? -1 : 1));
    lines.forEach((line, i) => this.add(line.rider_id, line, round, i > 0 && compare(lines[i - 1], line) === 0));
  }
  transfers(moto) {
    const lines = transferred(this.day, moto).filter((line) => !this.done.has(line.rider_id));
    lines.forEach((line, i) => this.add(line.rider_id, line, `moto${moto}`, i > 0 && lines[i - 1].rank === line.rank));
  }
  rest() {
    const left = sortCards(this.day, [...this.cards.values()].filter((card) => !this.done.has(card.rider_id)));
    left.forEach((card, i) => {
      const last = card.lines.at(-1);
      const line = last && card.dsq ? { ...last, status: 'DSQ' } : last;
      this.add(card.rider_id, line, last?.round ?? null, i > 0 && compareCards(this.day, left[i - 1], card) === 0);
    });
  }
}

// Best first: { rider_id, rank, reached, status, place, elapsed_us, total, lines, entered_class, entered_class_rank }.
export function rankClass(day) {
  const ranking = new Ranking(day);
  if (day.wrong !== 'main') for (const round of [...day.later].reverse()) ranking.round(round);
  const transfers = day.row?.transfers.length ?? 0;
  for (let moto = 1; moto <= transfers; ++moto) ranking.transfers(moto);
  for (let moto = transfers; moto >= 1; --moto) ranking.round(`moto${moto}`);
  ranking.rest();
  const ahead = new Map();  // of each class that rides here: how many are ranked, and the last rank
  return [...ranking.rows, ...ranking.out].map((row) => {
    const card = ranking.cards.get(row.rider_id);
    const its = { ...row, total: card.total, group: card.group, lines: card.lines };
    if (day.its.merged.length === 0) return its;
    its.entered_class = day.its.merged.find((part) => part.rider_ids.includes(row.rider_id))?.name ?? day.its.name;
    const before = ahead.get(its.entered_class) ?? { count: 0, rank: null, own: 0 };
    const own = row.rank === before.rank ? before.own : before.count + 1;
    its.entered_class_rank = row.rank === null ? null : day.wrong === 'merge' ? row.rank : own;
    ahead.set(its.entered_class, { count: before.count + 1, rank: row.rank, own });
    return its;
  });
}
