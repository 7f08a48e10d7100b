// Networks that let no WebSocket through: the SDK over an event stream and over polls against the real central, through a restart
// with other numbers. What they hold is what a WebSocket's board holds. One is let in by a token.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';

import { RaceOffice } from '../../tools/demo/race_office.mjs';
import { subscribe } from '../../sdk/dist/index.js';
import { Bench, eventually } from './system.mjs';

const { WebSocket } = createRequire(new URL('../../sdk/package.json', import.meta.url))('ws');
const TOKEN = 'public-2026-0123456789';

test('a stream and polls show what a WebSocket shows', async () => {
  const bench = new Bench();
  const boards = [];
  try {
    writeFileSync(bench.file('tokens'), `${TOKEN} viewer *\n`, { mode: 0o600 });
    const args = ['--demo', '--live-tokens', bench.file('tokens')];
    let central = await bench.central({ args });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const [first, second] = await office.motos(event);
    for (const transports of [['websocket'], ['sse'], ['poll']]) {
      const board = subscribe({ url: central.url, track, token: TOKEN, WebSocket, transports });
      const seen = { recovered: [], refused: [] };
      for (const name of Object.keys(seen)) board.on(name, (value) => seen[name].push(value));
      boards.push({ board, seen, name: transports[0] });
    }
    const all = (what, check) => eventually(() => boards.every(({ board }) => check(board)), `${what}: ${JSON.stringify(boards.map(({ name, board }) => [name, board.state().phase, board.picture().seq]))}`);
    const same = (what) => {
      for (const { board, name } of boards) {
        assert.deepEqual(board.picture().motos, boards[0].board.picture().motos, `${name}, ${what}`);
        assert.deepEqual(board.picture().alerts, boards[0].board.picture().alerts, `${name}, ${what}`);
      }
    };
    await all('the first snapshot', (board) => board.picture().complete);
    await office.stage(first.id, track);
    await all('the gate', (board) => board.picture().motos[0]?.motoId === first.id);
    for (let i = 1; i <= 5; i += 1) await office.post('/api/race/alert', { track_id: track, id: `a${i}`, level: 'info', text: `alert ${i}` });
    await all('five alerts', (board) => board.picture().alerts.length === 5);
    same('before the restart');

    const { http, live } = central;
    await central.stop();
    central = await bench.central({ http: `127.0.0.1:${http}`, live: `127.0.0.1:${live}`, args });
    await all('the boards after the restart', (board) => board.state().phase === 'live' && board.picture().complete);
    await office.stage(second.id, track);
    await all('the next gate', (board) => board.picture().complete && board.picture().motos[0]?.motoId === second.id);
    same('after the restart');
    for (const { seen, name } of boards) assert.deepEqual(seen.refused, [], name);

    // Who watches, as an operator sees it: two that are connected, and one that asks.
    const viewers = await (await fetch(`${central.url}/api/admin/live?track_id=${track}`)).json();
    assert.deepEqual(new Set(viewers.map((one) => one.role)), new Set(['viewer']));
    for (const transport of ['websocket', 'sse']) assert.equal(viewers.filter((one) => one.transport === transport).length, 1, transport);
    const refused = await fetch(`http://127.0.0.1:${central.live}/race/poll?track_id=${track}`);
    assert.equal(refused.status, 401);
  } finally {
    for (const { board } of boards) board.close();
    await bench.close();
  }
});
