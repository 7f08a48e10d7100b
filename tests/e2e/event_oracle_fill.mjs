// Who rides where, where results or the day say so: filled rounds, and the group that a late rider joins.
import { cardsOf, heatsOf, sortCards, transferred } from './event_oracle_rank.mjs';
import { HEATS, LANES, PER_HEAT } from './event_oracle_rules.mjs';

const numberOf = (round) => Number(round.slice('moto'.length));

// The next moto of a transfer class: who has not transferred, in his group until groups ride as one.
function nextMoto(day, moto, gone) {
  const count = day.row.combine && moto >= day.row.combine && day.wrong !== 'combine' ? 1 : day.groups;
  const through = new Set();
  for (let before = 1; before < moto; ++before) for (const line of transferred(day, before)) through.add(line.rider_id);
  const groups = Array.from({ length: count }, () => []);
  for (const heat of heatsOf(day, `moto${moto - 1}`)) {
    for (const line of heat.lines) {
      if (line.status === 'DSQ' || through.has(line.rider_id) || gone.has(line.rider_id)) continue;
      groups[Math.min(heat.group, count) - 1].push(line.rider_id);
    }
  }
  return groups;
}

// The first of each group, then the second of each, ..; within a place by the motos.
function seedsFromMotos(day, gone, gates) {
  if (day.row) return Array.from(day.row.transfers, (_, i) => transferred(day, i + 1)).flat().map((line) => line.rider_id).filter((id) => !gone.has(id));
  const groups = Array.from({ length: day.groups }, () => []);
  for (const card of cardsOf(day).values()) {
    if (card.group === 0 || card.dsq || gone.has(card.rider_id) || (!card.started && day.wrong !== 'need_start')) continue;
    groups[card.group - 1].push(card);
  }
  const each = day.wrong === 'fill' ? PER_HEAT - 1 : PER_HEAT;
  const total = day.groups === 1 ? gates : Math.min(gates, day.groups * each);
  const ordered = groups.map((group) => sortCards(day, group));
  const seeds = [];
  for (let place = 0; seeds.length < total && ordered.some((group) => place < group.length); ++place) {
    const row = ordered.flatMap((group) => group.slice(place, place + 1));
    seeds.push(...(day.wrong === 'seeds' ? row : sortCards(day, row)).map((card) => card.rider_id));
  }
  return seeds.slice(0, total);
}

function seedsFromRound(day, round, gone, gates) {
  const cards = cardsOf(day);
  const heats = heatsOf(day, round);
  const each = Math.min(PER_HEAT, Math.floor(gates / heats.length));
  const riders = heats.map((heat) => heat.lines.filter((line) => line.status !== 'DSQ' && !gone.has(line.rider_id)).slice(0, each));
  return Array.from({ length: each }, (_, place) => {
    const row = riders.flatMap((lines) => lines.slice(place, place + 1)).map((line) => cards.get(line.rider_id));
    return sortCards(day, row).map((card) => card.rider_id);
  }).flat();
}

// Riders of each heat, best seed first.
export function filledRound(day, round, gone) {
  if (round.startsWith('moto')) return nextMoto(day, numberOf(round), gone);
  const count = HEATS[round];
  const before = day.later[day.later.indexOf(round) - 1];
  const seeds = before ? seedsFromRound(day, before, gone, count * LANES) : seedsFromMotos(day, gone, count * LANES);
  const heats = Array.from({ length: count }, () => []);
  // As a snake: 1 4 5 8 / 2 3 6 7.
  seeds.forEach((rider, i) => {
    const turned = Math.floor(i / count) % 2 === 1 && day.wrong !== 'snake';
    heats[turned ? count - 1 - (i % count) : i % count].push(rider);
  });
  return heats;
}

// A late rider joins the group that has begun least, then the smaller one: { change, group }.
export function lateGroup(day) {
  const size = (group) => day.its.draw.find((m) => m.round === 'moto1' && m.group === group).entries.length;
  const joined = [];
  for (const change of day.changes.filter((c) => c.what === 'late')) {
    const groups = Array.from({ length: day.groups }, (_, i) => i + 1).map((group) => ({
      group, begun: day.its.draw.filter((m) => m.group === group && !m.vacant && (day.gateOf(m)?.at ?? Infinity) < change.at).length,
      riders: size(group) + joined.filter((j) => j.group === group).length - day.changes.filter((c) => c.what === 'scratch' && c.at <= change.at && day.its.draw.some((m) => m.group === group && m.entries.some((e) => e.rider_id === c.rider_id))).length,
    })).filter((g) => g.riders < LANES);
    groups.sort((a, b) => a.begun - b.begun || a.riders - b.riders || a.group - b.group);
    joined.push({ change, group: groups[0].group });
  }
  return joined;
}
