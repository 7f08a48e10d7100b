// Results held against what really happened: riders who stop or do not start, double reads, second gate pulses and people
// who walk over loops; the race office sees results, the simulator's truth file knows the race. Nothing that the decoders
// said is looked at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { gateOrder, RaceOffice } from '../../tools/demo/race_office.mjs';
import { Bench, eventually, sleep } from './system.mjs';

const SPEED = 60;
const MOTOS = 12;
// What leaves no doubt about a result; a dead chip or a lost pulse needs an official.
const MISTAKES = ['--dns', 0.08, '--dnf', 0.08, '--double', 0.2, '--gate-double', 0.3, '--walker', 1];
// After it the slowest rider, and who walks back, have been on the wire.
const RACE_MS = (120_000 / SPEED) + 500;

// Finishers by place with their times, then everybody else and why.
const fromTruth = (race) => race.riders.map((r) => [r.transponder_id, r.status, r.position, r.elapsed_us]);
const fromRest = (moto) => moto.entries
  .map((e) => [e.rider.transponder_id, e.dns ? 'DNS' : e.dnf ? 'DNF' : 'FIN', e.finish_position, e.elapsed_us]);
const sorted = (rows) => [...rows].sort((a, b) => a[0] - b[0]);

test('what REST says of a race is what really happened in it', async () => {
  const bench = new Bench();
  try {
    const central = await bench.central({ args: ['--demo'] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(['--gate-on-stdin', '--speed', SPEED, '--seed', 11, '--race-truth', bench.file('races.jsonl'), ...MISTAKES]);
    const gateway = bench.gateway({ central: central.url, decoders: [sim.url], track });
    for (const group of [3, 4, 5, 6]) await office.addClass(event, `Class ${group}`, 7000001 + 8 * group);
    const motos = (await office.motos(event)).slice(0, MOTOS);
    assert.equal(motos.length, MOTOS);
    const rest = [];
    for (const { id } of motos) {
      await office.stage(id, track);
      sim.write(`gate ${gateOrder(await office.moto(id))}`);
      await eventually(async () => (await office.moto(id)).status !== 'staged', 'the gate');
      await sleep(RACE_MS);
      if ((await office.moto(id)).status === 'racing') await office.post('/api/race/force-finish', { track_id: track });
      rest.push(await office.until(id, 'finished', 10_000));
    }
    const truth = readFileSync(bench.file('races.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(truth.length, MOTOS);
    const happened = truth.flatMap((race) => race.riders.map((r) => r.status));
    for (const status of ['FIN', 'DNF', 'DNS']) assert.ok(happened.includes(status), `somebody is ${status}`);
    assert.ok(truth.some((race) => race.pulses === 2) && truth.every((race) => race.walkers.length === 1), 'mistakes were made');
    rest.forEach((moto, i) => assert.deepEqual(sorted(fromRest(moto)), sorted(fromTruth(truth[i])), `moto ${i + 1}`));
    await gateway.stop();
    await central.stop();
  } finally {
    await bench.close();
  }
});
