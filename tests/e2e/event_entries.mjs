// The day before: riders and entries from CSV, classes, the merged class, the draw, moto sheets and the running order.
import assert from 'node:assert/strict';

import { badList, classesFor, csvOf, ridersFor } from './event_plan.mjs';

const RIDER_COLUMNS = ['plate_number', 'first_name', 'last_name', 'transponder_id'];
const json = (answer) => JSON.parse(answer.text);

async function importList(office, path, list, check) {
  for (const [suffix, dry] of [['?dry_run=true', true], ['', false]]) {
    const answer = await office.csv(path + suffix, list);
    assert.equal(answer.status, 200, answer.text);
    const report = json(answer);
    assert.equal(report.dry_run, dry);
    assert.deepEqual(report.faults, []);
    check(report);
  }
}

// A list with slips in it changes nothing, and each slip is named with its line.
async function tryBadList(office, riders) {
  const { csv, faults } = badList(riders);
  for (const [suffix, status] of [['?dry_run=true', 200], ['', 422]]) {
    const answer = await office.csv(`${office.event}/entries/import${suffix}`, csv);
    assert.equal(answer.status, status, answer.text);
    if (status !== 200) continue;
    const found = json(answer).faults;
    assert.deepEqual(found.map((f) => [f.line, f.column]), faults.map((f) => [f.line, f.column]));
    faults.forEach((fault, i) => assert.match(found[i].why, fault.why));
  }
  assert.deepEqual(await office.list('/api/riders'), [], 'nobody was made of a bad list');
}

async function importAll(office, riders) {
  const listed = riders.filter((r) => !r.late);
  await tryBadList(office, riders);
  const some = listed.slice(0, 50);  // the club's own, known before
  await importList(office, '/api/riders/import', csvOf(some, RIDER_COLUMNS), (r) => assert.equal(r.riders_new, some.length));
  const classes = new Set(listed.map((r) => r.class)).size;
  await importList(office, `${office.event}/entries/import`, csvOf(listed), (report) => {
    assert.equal(report.riders_same, some.length);
    assert.equal(report.riders_new, listed.length - some.length);
    assert.equal(report.entries_new, listed.length);
    assert.equal(report.classes_new.length, classes);
  });
}

async function setClasses(office, classes) {
  const ids = new Map();
  for (const its of (await office.get(office.event)).classes) {
    const wish = classes.find((c) => c.name === its.name);
    await office.change(office.classPath(its.id), { race_format: wish.format, scoring: wish.scoring, rule_book: wish.book });
    ids.set(its.name, its.id);
  }
  for (const its of classes.filter((c) => c.into)) {
    await office.refused(`${office.classPath(ids.get(its.name))}/generate-motos`, {}, 'class_size');
    await office.post(`${office.classPath(ids.get(its.into))}/merge`, { from: [ids.get(its.name)] });
  }
}

// Who was drawn into which group and lane: all that central decides by lot.
async function drawOf(office, class_id) {
  const motos = await office.list(`${office.classPath(class_id)}/motos`);
  return motos.map((m) => ({
    moto_id: m.id, round: m.round_type, group: m.group, vacant: m.filled === false,
    entries: m.entries.map((e) => ({ rider_id: e.rider_id, lane: e.lane })),
  }));
}

async function draw(office, seed, classes) {
  await office.post(`${office.event}/generate-motos`, { seed });
  const drawn = [];
  for (const its of (await office.get(office.event)).classes) {
    if (its.merged_into) continue;
    const wish = classes.find((c) => c.name === its.name);
    drawn.push({
      id: its.id, name: its.name, book: wish.book, format: wish.format, scoring: wish.scoring, entries: its.rider_ids,
      merged: (its.merged ?? []).map((part) => ({ name: part.name, rider_ids: part.rider_ids })), draw: await drawOf(office, its.id),
    });
  }
  return drawn;
}

// Two motos change places; who has seen an older order is refused.
async function orderMotos(office) {
  const path = `${office.event}/running-order`;
  const { etag } = await office.raw('GET', path);
  const ids = (await office.get(path)).motos.map((m) => m.moto_id);
  [ids[0], ids[1]] = [ids[1], ids[0]];
  const put = () => office.raw('PUT', path, { body: JSON.stringify({ moto_ids: ids }), headers: { 'content-type': 'application/json', 'if-match': etag } });
  const first = await put();
  assert.equal(first.status, 200, first.text);
  assert.deepEqual(json(first).motos.map((m) => m.moto_id), ids);
  assert.equal((await put()).status, 412, 'an order that somebody changed meanwhile');
  return ids;
}

async function printSheets(office, riders) {
  const { text } = await office.raw('GET', `${office.event}/moto-sheets?round=moto1`);
  for (const rider of riders.filter((r) => !r.late))
    assert.ok(text.includes(`>${rider.transponder_id}<`), `a sheet lists ${rider.transponder_id}`);
}

export async function bringIn(office, { riders: count, seed, say }) {
  const classes = classesFor(count);
  const riders = ridersFor(classes, seed);
  await importAll(office, riders);
  await setClasses(office, classes);
  const drawn = await draw(office, seed, classes);
  await printSheets(office, riders);
  const order = await orderMotos(office);
  say(`${riders.filter((r) => !r.late).length} riders entered, ${drawn.length} classes drawn, ${order.length} motos to race`);
  const known = Object.fromEntries((await office.list('/api/riders')).map((r) => [r.id, { chip: r.transponder_id, plate: r.plate_number }]));
  return { seed, classes, riders, order, record: { riders: known, classes: drawn, gates: [], changes: [] } };
}
