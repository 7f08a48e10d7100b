// A race day of twenty motos, and one truth: what the simulator staged, what the page shows in a
// real browser, what REST answers and what the
// log holds agree, and deriving the day again from the log gives the same events byte for byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gateOrder, RaceOffice } from '../../tools/demo/race_office.mjs';
import { LiveClient } from './live_client.mjs';
import path from 'node:path';

import { boardIn, takePictures } from '../browser/board.mjs';
import { launch } from '../browser/browser.mjs';
import { Bench, eventually, ROOT, sleep } from './system.mjs';

const SPEED = 40;
const WWW = path.join(ROOT, 'web/dist');
const PICTURES = path.join(ROOT, 'build/browser');

// The board in Debian's Chromium; errors of the page end the test.
class Page {
  static async open(url) {
    const self = new Page();
    self.browser = await launch();
    self.page = await self.browser.newPage({ viewport: { width: 1280, height: 800 } });
    self.errors = [];
    self.page.on('pageerror', (error) => self.errors.push(String(error)));
    await self.page.goto(url);
    return self;
  }
  // The finish list as it stands on the page once this moto's result is there.
  async result(moto) {
    await this.page.waitForSelector(`.board[data-mode="result"][data-moto-id="${moto}"]`, { timeout: 20_000 });
    const { rows } = await boardIn(this.page, ['result'], 20_000);
    return rows.sort((a, b) => a.position - b.position).map((r) => ({ rider_id: r.rider_id, elapsed: r.elapsed_us }));
  }
  async pictures() {
    await this.page.waitForSelector('.board[data-mode="race"] .row[data-position]', { timeout: 20_000 });
    await takePictures(this.page, PICTURES);
  }
}

// The finish order that the plan of a race gives, by gate and finish RTC alone.
function planned(race) {
  return race.riders
    .map((r) => ({ transponder: r.transponder_id, elapsed: r.splits.at(-1).rtc_us - race.gate_rtc_us }))
    .sort((a, b) => a.elapsed - b.elapsed);
}
const fromRest = (moto) => [...moto.entries].sort((a, b) => a.finish_position - b.finish_position)
  .map((e) => ({ transponder: e.rider.transponder_id, elapsed: e.elapsed_us }));

test('twenty motos: plan, page, REST, log, viewers and replay agree', async () => {
  const bench = new Bench();
  try {
    const central = await bench.central({ args: ['--demo', '--www', WWW] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(['--gate-on-stdin', '--speed', SPEED, '--seed', 5, '--json']);
    const gateway = bench.gateway({ central: central.url, decoders: [sim.url], track });
    const viewer = await LiveClient.connect(central.live, `track_id=${track}&channels=race`);
    const page = await Page.open(`${central.url}/?track=${track}`);

    for (const group of [3, 4, 5, 6]) await office.addClass(event, `Class ${group}`, 7000001 + 8 * group);
    const motos = (await office.motos(event)).slice(0, 20);
    assert.equal(motos.length, 20);
    const rest = [], onPage = [];
    for (const { id } of motos) {
      await office.stage(id, track);
      await sleep(50);
      sim.write(`gate ${gateOrder(await office.moto(id))}`);
      if (rest.length === 0) await page.pictures();
      rest.push(await office.until(id, 'finished', 30_000));
      onPage.push(await page.result(id));
    }
    assert.deepEqual(page.errors, []);
    await page.browser.close();
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
      const shown = onPage[i].map((r) => ({ transponder: riders.get(r.rider_id), elapsed: r.elapsed }));
      assert.deepEqual(shown, planned(races[i]), `moto ${i + 1}: the page agrees with the plan`);
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
