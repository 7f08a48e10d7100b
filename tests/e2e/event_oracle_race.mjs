// One race by what happened and what was said: every rider's status, place, time and points.
import { DNS_POINTS } from './event_oracle_rules.mjs';

const HILL = 'D0000C01';
const FINISH = 'D0000C04';
const CODES = ['FIN', 'DNF', 'REL', 'DNS', 'DSQ'];
const reported = (truth, decoder) => truth?.crossings.find((c) => c.reports > 0 && c.decoder_id === decoder);

// Where times count from: the pulse; or, where it was lost, the first at the hill less the book's typical time. A start by
// hand tells only who was how far behind whom.
function startUs(gate, book, wrong) {
  if (gate.start !== 'hill' || wrong === 'estimate') return gate.truth.gate_us;
  const at = gate.sheet.map((e) => gate.truth.riders.find((t) => t.transponder_id === e.chip)).map((t) => reported(t, HILL)?.us).filter(Boolean);
  return Math.min(...at) - book.typical_hill_us;
}

// By what the loops saw.
function seen(gate, riders, book, wrong) {
  const start = startUs(gate, book, wrong);
  return riders.map((rider_id) => {
    const entry = gate.sheet.find((e) => e.rider_id === rider_id);
    const truth = entry && gate.truth.riders.find((t) => t.transponder_id === entry.chip);
    const finish = reported(truth, FINISH);
    const started = truth?.crossings.some((c) => c.reports > 0);
    return { rider_id, lane: entry?.lane ?? 0, status: finish ? 'FIN' : started ? 'DNF' : 'DNS', elapsed_us: finish ? finish.us - start : null, place: null };
  });
}

// The last word on a rider counts; what was undone was never said.
function decided(lines, said, wrong) {
  const places = [];
  let photo = [];
  for (const one of said) {
    if ((one.undone && wrong !== 'undo') || (wrong === 'manual' && ['time', 'place'].includes(one.what))) continue;
    if (one.what === 'photo') { photo = one.riders; continue; }
    const line = lines.find((l) => l.rider_id === one.rider_id);
    if (!line) continue;
    const at = places.findIndex((p) => p.rider_id === one.rider_id);
    if (one.what === 'time') { line.status = 'FIN'; line.elapsed_us = one.elapsed_us; continue; }
    if (at >= 0) places.splice(at, 1);
    line.status = one.what === 'place' ? 'FIN' : one.what.toUpperCase();
    if (one.what === 'place') places.push(one);
  }
  return { places, photo };
}

function orderFinishers(lines, { places, photo }, wrong) {
  const time = (line) => line.elapsed_us ?? Infinity;
  const home = lines.filter((l) => l.status === 'FIN').sort((a, b) => (time(a) === time(b) ? a.lane - b.lane : time(a) - time(b)));
  if (wrong !== 'photo') {
    const filmed = photo.map((id) => home.find((l) => l.rider_id === id)).filter(Boolean);
    const spots = home.flatMap((line, i) => (filmed.includes(line) ? [i] : []));
    spots.forEach((spot, i) => { home[spot] = filmed[i]; });
  }
  for (const { rider_id, place } of places) {
    const from = home.findIndex((l) => l.rider_id === rider_id);
    if (from < 0) continue;
    const [line] = home.splice(from, 1);
    home.splice(Math.min(place, home.length + 1) - 1, 0, line);
  }
  return home;
}

// Of the heat's riders, best first: { rider_id, status, place, elapsed_us, points, rank }. Riders who are equal share a rank.
export function raceOf({ gate, riders, book, wrong }) {
  const lines = seen(gate, riders, book, wrong);
  const said = wrong === 'protest' ? gate.said.filter((one) => !one.protest) : gate.said;
  const home = orderFinishers(lines, decided(lines, said, wrong), wrong);
  home.forEach((line, i) => { line.place = i + 1; });
  const group = (line) => CODES.indexOf(line.status);
  const within = (line) => line.place ?? (['REL', 'DSQ'].includes(line.status) && line.elapsed_us !== null ? line.elapsed_us : Infinity);
  const ordered = lines.sort((a, b) => group(a) - group(b) || (within(a) === within(b) ? a.lane - b.lane : within(a) - within(b)));
  ordered.forEach((line, i) => {
    const before = ordered[i - 1];
    line.rank = before && group(before) === group(line) && within(before) === within(line) ? before.rank : i + 1;
    if (['DNF', 'DNS'].includes(line.status)) line.elapsed_us = null;
    line.points = pointsOf(line, ordered.length, wrong);
    line.estimated = gate.start !== 'pulse';
    line.relative = gate.start === 'hand' && !gate.said.some((s) => s.what === 'time' && s.rider_id === line.rider_id);
  });
  return ordered;
}

function pointsOf(line, listed, wrong) {
  switch (line.status) {
    case 'FIN': return wrong === 'points' && line.place === 1 ? 0 : line.place;
    case 'DNF': return wrong === 'dnf' ? listed + 1 : listed;
    case 'REL': return wrong === 'rel' ? line.rank : listed;
    case 'DNS': return wrong === 'dns' ? listed : DNS_POINTS;
    default: return wrong === 'dsq' ? DNS_POINTS : null;
  }
}
