// What REST answered against what the oracle says: every race, every lane, every card, every rank, and both exports.
import { recompute } from './event_oracle.mjs';
import { LANE_TABLE, BOOKS } from './event_oracle_rules.mjs';
import { homeOrder, lanesToMend } from './event_judge.mjs';

const text = (value) => JSON.stringify(value);
const sortedById = (rows) => [...rows].sort((a, b) => (a.rider_id < b.rider_id ? -1 : 1));

class Report {
  constructor() { this.found = []; }
  same(where, expected, actual) {
    if (text(expected) !== text(actual)) this.found.push(`${where}: should be ${text(expected)}, is ${text(actual)}`);
  }
}

// What is known of a time: all of it, or (a start by hand) only that there is one.
const timeOf = (line, value) => (line?.relative && value !== null ? 'some' : value);

function compareRace(report, where, heat, moto, wrong) {
  const rest = new Map(moto.entries.map((e) => [e.rider_id, e]));
  report.same(`${where}: who rides`, sortedById(heat.riders.map((rider_id) => ({ rider_id }))).map((r) => r.rider_id), [...rest.keys()].sort());
  if (heat.seeds && moto.seeds) report.same(`${where}: seeds`, heat.seeds, moto.seeds);
  report.same(`${where}: state`, heat.gate ? 'finished' : 'pending', moto.status);
  const mended = new Map(heat.gate ? lanesToMend(heat.gate) : []);
  for (const line of heat.lines) {
    const entry = rest.get(line.rider_id);
    if (!entry) continue;
    const expected = { status: line.status, place: line.place, points: line.points, elapsed_us: timeOf(line, line.elapsed_us), estimated: line.estimated };
    report.same(`${where}: rider ${line.rider_id}`, expected, { status: entry.status, place: entry.finish_position, points: entry.points, elapsed_us: timeOf(line, entry.elapsed_us), estimated: entry.estimated });
    if (heat.gate.rode.some((e) => e.rider_id === line.rider_id))
      report.same(`${where}: lane of ${line.rider_id}`, mended.get(line.rider_id) ?? line.lane, entry.lane);
  }
  compareGaps(report, where, heat, rest);
  compareLanes(report, where, heat, wrong);
}

// After a start by hand: nobody's time is right, but everybody is as far behind the winner as he was.
function compareGaps(report, where, heat, rest) {
  const timed = heat.lines.filter((line) => line.relative && line.elapsed_us !== null && rest.get(line.rider_id)?.elapsed_us != null);
  if (timed.length < 2) return;
  const first = rest.get(timed[0].rider_id).elapsed_us;
  for (const line of timed) report.same(`${where}: gap of ${line.rider_id}`, line.elapsed_us - timed[0].elapsed_us, rest.get(line.rider_id).elapsed_us - first);
}

// Lanes on the sheet: one each, from 1 to 8; where the book seeds them, the best seed has the best lane.
function compareLanes(report, where, heat, wrong) {
  if (!heat.gate) return;
  const lanes = heat.gate.sheet.map((e) => e.lane);
  report.same(`${where}: lanes are different and on the gate`, true, new Set(lanes).size === lanes.length && lanes.every((lane) => lane >= 1 && lane <= 8));
  if (!heat.seeds || !heat.seeded) return;
  const order = wrong === 'lanes' ? [...heat.seeds].reverse() : heat.seeds;
  report.same(`${where}: lanes by seed`, order.map((_, i) => i + 1), order.map((id) => heat.gate.sheet.find((e) => e.rider_id === id)?.lane));
}

// The draw: everybody once in each moto, nobody twice in the same lane, groups even; by the table where the book has one.
function compareDraw(report, its) {
  const drawn = its.draw.filter((m) => !m.vacant);
  const first = drawn.filter((m) => m.round === 'moto1');
  report.same(`${its.name}: everybody is drawn once`, [...its.entries].sort(), first.flatMap((m) => m.entries.map((e) => e.rider_id)).sort());
  const sizes = first.map((m) => m.entries.length);
  report.same(`${its.name}: groups are even`, true, Math.max(...sizes) - Math.min(...sizes) <= 1);
  for (const rider of its.entries) {
    const lanes = drawn.filter((m) => m.entries.some((e) => e.rider_id === rider)).sort((a, b) => (a.round < b.round ? -1 : 1))
      .map((m) => m.entries.find((e) => e.rider_id === rider).lane);
    report.same(`${its.name}: lanes of ${rider} are different`, lanes.length, new Set(lanes).size);
    if (BOOKS[its.book].table && lanes.length === 3)
      report.same(`${its.name}: lanes ${lanes} of ${rider} are in the table`, true, LANE_TABLE.some((row) => text(row) === text(lanes)));
  }
}

function compareRanking(report, its, rows, seen, results) {
  report.same(`${its.name}: riders ranked`, rows.map((r) => r.rider_id).sort(), seen.map((r) => r.rider_id).sort());
  report.same(`${its.name}: ranks in order`, rows.map((r) => r.rank), seen.map((r) => r.rank));
  const published = new Map(results.published.map((row) => [row.rider_id, row]));
  for (const row of rows) {
    const rest = seen.find((r) => r.rider_id === row.rider_id);
    if (!rest) continue;
    const where = `${its.name}: ranking of ${row.rider_id}`;
    const expected = { rank: row.rank, reached: row.reached, status: row.status, place: row.place, elapsed_us: timeOf(row, row.elapsed_us), total: row.total, group: row.group || null };
    report.same(where, expected, { rank: rest.rank, reached: rest.reached, status: rest.status, place: rest.place, elapsed_us: timeOf(row, rest.elapsed_us), total: rest.total_points, group: rest.group });
    report.same(`${where}: motos`, row.lines.map((l) => [l.round, l.status, l.points, l.place]), rest.results.map((l) => [l.round_type, l.status, l.points, l.finish_position]));
    if (row.entered_class) report.same(`${where}: in the class entered`, [row.entered_class, row.entered_class_rank], [rest.entered_class, rest.entered_class_rank]);
    const said = published.get(row.rider_id);
    report.same(`${where}: published`, [row.rank, row.reached, row.status], said ? [said.rank, said.reached || null, said.reached ? said.status : null] : null);
  }
}

// A CSV text as objects by the names of its head. Cells of ours never hold line breaks.
function parseCsv(csv) {
  const [head, ...lines] = csv.trim().split(/\r?\n/).map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => (m[1] ?? m[2]).replaceAll('""', '"')));
  return lines.map((cells) => Object.fromEntries(head.map((name, i) => [name, cells[i]])));
}

function compareExports(report, seen) {
  const csv = parseCsv(seen.csv);
  const rows = seen.results.classes.flatMap((its) => its.rows.map((row) => ({ its, row })));
  report.same('exports: as many lines', rows.length, csv.length);
  rows.forEach(({ its, row }, i) => {
    const blank = (value) => (value === null || value === undefined ? '' : String(value));
    const time = row.elapsed_us === null ? '' : (Math.floor(row.elapsed_us / 1000) / 1000).toFixed(3);
    const expected = [its.class_name, its.state, blank(row.rank), row.plate_number, row.first_name, row.last_name, blank(row.reached), blank(row.place), blank(row.status), time, String(row.total_points), row.rider_id];
    const line = csv[i] ?? {};
    report.same(`exports: line ${i + 2}`, expected, ['class', 'state', 'rank', 'plate_number', 'first_name', 'last_name', 'reached', 'place', 'code', 'time_s', 'total_points', 'rider_id'].map((name) => line[name]));
    row.results.forEach((moto, at) => report.same(`exports: line ${i + 2} moto ${at + 1}`, blank(moto.points ?? moto.status), line[`moto${at + 1}`]));
  });
}

// Where officials moved nobody on purpose, the result is the order in which riders came home.
function compareTruth(report, its, heat) {
  if (!heat.gate || heat.gate.said.some((s) => s.wish || s.protest)) return;
  report.same(`${its.name} ${heat.round} ${heat.group}: as they came home`, homeOrder(heat.gate), heat.lines.filter((l) => l.status === 'FIN').map((l) => l.rider_id));
}

// All that is not as it should be, one line each.
export function differences(record, seen, wrong = null) {
  const report = new Report();
  const days = recompute(record, wrong);
  for (const its of record.classes) {
    const day = days[its.id];
    compareDraw(report, its);
    for (const heat of day.heats) {
      heat.seeded = BOOKS[its.book].seeded_lanes && !heat.round.startsWith('moto');
      compareRace(report, `${its.name} ${heat.round} ${heat.group}`, heat, seen.motos[heat.slot.moto_id], wrong);
      if (!wrong) compareTruth(report, its, heat);
    }
    const results = seen.results.classes.find((c) => c.class_id === its.id);
    report.same(`${its.name}: state`, 'official', results.state);
    compareRanking(report, its, day.rows, results.rows, results);
    const standings = seen.standings.classes.find((c) => c.class_id === its.id);
    report.same(`${its.name}: standings are the results`, results.rows, standings.standings);
  }
  compareExports(report, seen);
  report.same('the race events follow from the log', [true, []], [seen.replay.derived > 0, seen.replay.differences]);
  return report.found;
}
