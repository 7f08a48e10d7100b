// A stranger's board against the real central: the SDK as it is packed, one race by simulator and gateway, connections that
// are lost in the middle of it, and a central that starts again. What the board holds is what REST says.
import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { gateOrder, RaceOffice } from '../../tools/demo/race_office.mjs';
import { subscribe } from '../../sdk/dist/index.js';
import { Bench, eventually, sleep } from './system.mjs';

const { WebSocket } = createRequire(new URL('../../sdk/package.json', import.meta.url))('ws');
const SPEED = 20;

// Passes bytes on, and cuts every connection when told; central itself notices nothing but closed sockets.
class Line {
  static async to(port) {
    const line = new Line();
    line.sockets = new Set();
    line.server = createServer((near) => {
      const far = connect(port(), '127.0.0.1');
      for (const [from, to] of [[near, far], [far, near]]) {
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => { line.sockets.delete(from); to.destroy(); });
        line.sockets.add(from);
      }
    });
    await new Promise((done) => line.server.listen(0, '127.0.0.1', done));
    line.port = line.server.address().port;
    return line;
  }
  cut() { for (const socket of this.sockets) socket.destroy(); }
  close() { this.cut(); this.server.close(); }
}

// The board that heard every event, and one that comes now and gets the snapshot alone, show the same.
async function sameAsNewcomer(live, options, what) {
  const fresh = subscribe(options);
  try {
    // The keyframe of each moto comes right after the snapshot.
    const shown = (board) => board.picture().motos.map((moto) => moto.ticks.latest?.seq);
    await eventually(() => fresh.picture().complete && fresh.picture().seq === live.picture().seq
      && String(shown(fresh)) === String(shown(live)), `a newcomer, ${what}`);
    assert.deepEqual(live.picture().motos, fresh.picture().motos, what);
    assert.deepEqual(live.picture().alerts, fresh.picture().alerts, what);
  } finally {
    fresh.close();
  }
}

// A board that keeps what it was told, with the keys that central publishes: what is not signed by them is refused.
function watched(central, track, encoding) {
  const board = subscribe({
    url: `ws://127.0.0.1:${central.live}/ws/v1/live`, config: `${central.url}/race/config`, track, WebSocket, encoding,
    verify: 'require', transports: ['websocket'],
  });
  const heard = { board, numbers: [], ticks: [], refused: [], gap: [] };
  board.on('event', ({ envelope }) => heard.numbers.push(envelope.seq));
  board.on('tick', (tick) => heard.ticks.push(tick));
  for (const name of ['refused', 'gap']) board.on(name, (value) => heard[name].push(value));
  return heard;
}

const statuses = (heard, moto) => heard.board.picture().motos.find((one) => one.motoId === moto)?.ticks.latest?.lanes.map((lane) => lane.status) ?? [];

const places = (rows) => rows.map((r) => [r.rider_id, r.position, r.elapsed_us]).sort((a, b) => a[1] - b[1]);

test('a board of the SDK holds what REST says, through lost connections and a restart', async () => {
  const bench = new Bench();
  let live, line;
  const uncut = [];
  try {
    let central = await bench.central({ args: ['--demo'] });
    line = await Line.to(() => central.live);
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(['--gate-on-stdin', '--speed', SPEED, '--seed', 3]);
    bench.gateway({ central: central.url, decoders: [sim.url], track });
    const seen = { numbers: [], recovered: [], gap: [], refused: [], snapshot: [] };
    const options = { url: `ws://127.0.0.1:${line.port}/ws/v1/live`, config: null, track, WebSocket, transports: ['websocket'] };
    live = subscribe(options);
    live.on('event', ({ envelope }) => seen.numbers.push(envelope.seq));
    for (const name of ['recovered', 'gap', 'refused', 'snapshot']) live.on(name, (value) => seen[name].push(value));
    uncut.push(watched(central, track, 'json'), watched(central, track, 'binary'));
    await eventually(() => [live, ...uncut.map(({ board }) => board)].every((board) => board.picture().complete), 'the first snapshot');

    const [first, second] = await office.motos(event);
    await office.stage(first.id, track);
    await eventually(() => live.picture().motos.length === 1, 'the gate on the board');
    await sameAsNewcomer(live, options, 'on the gate');
    sim.write(`gate ${gateOrder(await office.moto(first.id))}`);
    let cuts = 0;
    for (const until = Date.now() + 60_000; (await office.moto(first.id)).status !== 'finished';) {
      assert.ok(Date.now() < until, 'the race ends');
      await sleep(400);
      if (live.state().phase === 'live') { line.cut(); cuts += 1; }
    }
    const shown = () => live.picture().motos.find((moto) => moto.motoId === first.id);
    await eventually(() => live.picture().complete && shown()?.results, 'the result on the board');
    const rest = (await office.moto(first.id)).entries.map((e) => ({ rider_id: e.rider.id, position: e.finish_position, elapsed_us: e.elapsed_us }));
    assert.deepEqual(places(shown().results), places(rest));
    await sameAsNewcomer(live, options, 'after the race');
    assert.ok(cuts >= 2, `${cuts} cuts`);
    assert.ok(seen.recovered.length >= 2 && seen.recovered.every((one) => one === true), `recovered: ${seen.recovered}`);
    assert.deepEqual(seen.gap, []);
    assert.deepEqual(seen.refused, []);
    // Every event once and in order, whatever the line did. The numbers between them are ticks.
    for (const { numbers } of uncut) assert.deepEqual(seen.numbers, numbers);

    // Ticks in both encodings: signed, the same picture, and everybody's end at the end.
    for (const heard of uncut) {
      await eventually(() => statuses(heard, first.id).length > 0 && statuses(heard, first.id).every((one) => one === 'FIN'), 'everybody in');
      assert.ok(heard.ticks.length > 10, `${heard.ticks.length} ticks`);
      assert.deepEqual([...new Set(heard.ticks.map((tick) => tick.trust))], ['verified']);
      assert.ok(heard.ticks.some((tick) => tick.keyframe) && heard.ticks.some((tick) => !tick.keyframe));
      assert.deepEqual(heard.refused, []);
      assert.deepEqual(heard.gap, []);
    }
    const [json, binary] = uncut.map(({ ticks }) => new Map(ticks.map(({ tick }) => [tick.seq, tick])));
    assert.deepEqual([...binary.values()], [...json.values()]);

    const rider = rest[0].rider_id;
    await office.post('/api/race/dsq', { track_id: track, moto_id: first.id, rider_id: rider, reason: 'blocked another rider' });
    await office.post('/api/race/alert', { track_id: track, level: 'info', text: 'Next class to the gate' });
    await eventually(() => live.picture().alerts.length === 1, 'the alert on the board');
    await sameAsNewcomer(live, options, 'after a ruling');
    assert.equal(shown().results.find((row) => row.rider_id === rider).status, 'DSQ');

    // Another run counts anew: the board says so, and goes on.
    const { http } = central;
    await central.stop();
    central = await bench.central({ http: `127.0.0.1:${http}`, args: ['--demo'] });
    await eventually(() => live.picture().complete && live.state().phase === 'live' && seen.recovered.at(-1) === false, 'the board after the restart');
    await office.stage(second.id, track);
    await eventually(() => live.picture().complete && live.picture().motos[0]?.motoId === second.id, 'the next gate on the board');
  } finally {
    live?.close();
    for (const { board } of uncut) board.close();
    line?.close();
    await bench.close();
  }
});
