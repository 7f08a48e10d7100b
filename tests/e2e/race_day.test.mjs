// A race day of twenty motos, and one truth: what the simulator staged, what the page shows, what REST answers and what the
// log holds agree, and deriving the day again from the log gives the same events byte for byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gateOrder, RaceOffice } from '../../tools/demo/race_office.mjs';
import { LiveClient } from './live_client.mjs';
import { Bench, eventually, sleep } from './system.mjs';

const SPEED = 100;

// The finish order that the plan of a race gives, by gate and finish RTC alone.
function planned(race) {
  return race.riders
    .map((r) => ({ transponder: r.transponder_id, elapsed: r.splits.at(-1).rtc_us - race.gate_rtc_us }))
    .sort((a, b) => a.elapsed - b.elapsed);
}
const fromRest = (moto) => [...moto.entries].sort((a, b) => a.finish_position - b.finish_position)
  .map((e) => ({ transponder: e.rider.transponder_id, elapsed: e.elapsed_us }));

test('twenty motos: plan, REST, log, viewers and replay agree', async () => {
  const bench = new Bench();
  try {
    const central = await bench.central({ args: ['--demo'] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(['--gate-on-stdin', '--speed', SPEED, '--seed', 5, '--json']);
    const gateway = bench.gateway({ central: central.url, decoders: [sim.url], track });
    const viewer = await LiveClient.connect(central.live, `track_id=${track}&channels=race`);

    for (const group of [3, 4, 5, 6]) await office.addClass(event, `Class ${group}`, 7000001 + 8 * group);
    const motos = (await office.motos(event)).slice(0, 20);
    assert.equal(motos.length, 20);
    const rest = [];
    for (const { id } of motos) {
      await office.stage(id, track);
      await sleep(50);
      sim.write(`gate ${gateOrder(await office.moto(id))}`);
      rest.push(await office.until(id, 'finished', 30_000));
    }
    const races = await sim.until(() => {
      const lines = sim.lines.filter((l) => l.includes('"gate_rtc_us"')).map((l) => JSON.parse(l));
      return lines.length >= 20 && lines;
    }, 'twenty race lines');
    rest.forEach((moto, i) => assert.deepEqual(fromRest(moto), planned(races[i]), `moto ${i + 1}: REST agrees with the plan`));

    const events = await bench.dump(track, 'timing.race.events.v1');
    const results = new Map(events.filter((e) => e.event_type === 'race_finished').map((e) => [e.payload.moto_id, e.payload.results]));
    rest.forEach((moto, i) => {
      const riders = new Map(moto.entries.map((e) => [e.rider_id, e.rider.transponder_id]));
      const logged = results.get(moto.id).map((r) => ({ transponder: riders.get(r.rider_id), elapsed: r.elapsed_us }));
      assert.deepEqual(logged, planned(races[i]), `moto ${i + 1}: the log agrees with the plan`);
    });

    // Every viewer saw each event once, in order: seq rises by one.
    const seen = viewer.envelopes.filter((e) => e.kind === 'event');
    seen.forEach((e, i) => assert.equal(e.seq, (seen[0].seq) + i));
    const shown = new Map(seen.filter((e) => e.payload.event_type === 'race_finished').map((e) => [e.payload.moto_id, e.payload.results]));
    for (const moto of rest) assert.deepEqual(shown.get(moto.id), results.get(moto.id), 'viewers saw what the log holds');

    await viewer.close();
    await gateway.stop();
    await central.stop();
    const verdict = JSON.parse(await bench.command('holeshot-central', ['replay', '--data', bench.file('central'), '--track', track, '--verify', '--json']));
    assert.equal(verdict.identical, true, JSON.stringify(verdict));
    assert.equal(verdict.derived, events.length);

    // And after a restart the office finds the same results.
    const again = await bench.central({ args: ['--demo'] });
    const later = new RaceOffice(again.url);
    for (const moto of rest) assert.deepEqual(await eventually(() => later.moto(moto.id), 'the moto'), moto);
    await again.stop();
  } finally {
    await bench.close();
  }
});
