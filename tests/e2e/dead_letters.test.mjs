// Dead letters with the real programs: what central refused is found, mended and put back from the command line, the
// race engine hears of it, and nothing goes in twice whatever is repeated or killed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Bench } from './system.mjs';

const TRACK = 'zolder';

const envelope = (seq, payload = {}) => ({
  captured_at_us: 1_795_687_200_000_000 + seq,
  event_id: '01HZX3V8J7Q4W2N5B6C7D8E9F0',
  event_id_context: { boot_id: 'b1', client_id: 'gw', seq },
  message_type: 'STATUS',
  payload: { decoder_id: 'D0000C01', message_type: 'STATUS', noise: 40, raw: '8e8f', ...payload },
  track_id: TRACK,
});

// A central, and the words to speak with it.
class Desk {
  constructor(bench) {
    this.bench = bench;
    this.data = bench.file('central');
  }
  async start() {
    this.central = this.bench.start('holeshot-central', ['serve', '--data', this.data, '--http', '127.0.0.1:0', '--live', '127.0.0.1:0']);
    this.url = `http://127.0.0.1:${await this.central.port('http')}`;
  }
  async post(events) {
    const answer = await fetch(`${this.url}/api/ingest/batch`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ contract_version: 'track_ingest.v2', track_id: TRACK, events }),
    });
    assert.equal(answer.status, 200);
    return answer.json();
  }
  // Status, output and errors of `holeshot-central dlq ...`.
  run(...args) {
    const done = spawnSync(path.join(this.bench.bin, 'holeshot-central'), args, { encoding: 'utf8', timeout: 60_000 });
    return { status: done.status, out: done.stdout, err: done.stderr };
  }
  over_rest(action, ...args) { return this.run('dlq', action, '--central', this.url, ...args); }
  on_disk(action, ...args) { return this.run('dlq', action, '--data', this.data, ...args); }
  letters(state = 'all') { return JSON.parse(this.on_disk('list', '--json', '--state', state, '--limit', '1000').out); }
  raw() {
    const out = this.run('log', 'dump', '--data', this.data, '--track', TRACK, '--subject', 'timing.ingest.raw.v1.*').out;
    return out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }
  mended(seq, payload) {
    const file = this.bench.file(`mended-${seq}.json`);
    writeFileSync(file, `${JSON.stringify(envelope(seq, payload), null, 2)}\n`);  // as an editor leaves it
    return file;
  }
}

async function with_desk(run) {
  const bench = new Bench();
  try {
    const desk = new Desk(bench);
    await desk.start();
    await run(desk);
  } finally {
    await bench.close();
  }
}

test('a refused event is listed, shown, mended, put back, and reaches the engine', () => with_desk(async (desk) => {
  const reply = await desk.post([envelope(1), { ...envelope(2), event_id_context: { boot_id: 'b1', client_id: 'gw', seq: 0 } }]);
  assert.equal(reply.accepted, 1);
  assert.equal(reply.rejected[0].code, 'bad_seq');

  const [letter] = desk.letters();
  assert.equal(letter.state, 'open');
  assert.match(desk.on_disk('list').out, new RegExp(`${letter.id}.*open.*ingest.*bad_seq.*${TRACK}`));
  assert.match(desk.over_rest('list').out, new RegExp(letter.id));
  assert.match(desk.on_disk('show', letter.id).out, /"seq":0/);

  const as_it_is = desk.over_rest('replay', letter.id);
  assert.equal(as_it_is.status, 1);
  assert.match(as_it_is.err, /dlq fix/);
  assert.equal(desk.raw().length, 1, 'nothing went in');

  const noise = 47;
  const fixed = desk.over_rest('fix', letter.id, '--file', desk.mended(2, { noise }), '--reason', 'seq was cut off', '--actor', 'anna');
  assert.equal(fixed.status, 0, fixed.err);
  assert.match(fixed.out, /gw:b1:2/);
  const stored = desk.raw();
  assert.deepEqual(stored.map((one) => one.event_id_context.seq), [1, 2]);
  assert.equal(stored[1].payload.noise, noise);

  const shown = JSON.parse(desk.on_disk('show', letter.id, '--json').out);
  assert.equal(shown.state, 'replayed');
  assert.deepEqual([shown.resolutions[0].action, shown.resolutions[0].actor, shown.resolutions[0].reason], ['fixed', 'anna', 'seq was cut off']);

  const twice = desk.over_rest('fix', letter.id, '--file', desk.mended(2, { noise }));
  assert.equal(twice.status, 1);
  assert.match(twice.err, /already/);
  assert.equal(desk.raw().length, 2, 'nothing went in twice');
  assert.equal((await desk.post([envelope(2, { noise })])).duplicates, 1, "the mended event has its own key: the gateway's retry is known");

  const metrics = await (await fetch(`${desk.url}/metrics`)).text();
  assert.match(metrics, /holeshot_dead_letters_total\{code="bad_seq",source="ingest"\} 1/);
  assert.match(metrics, /holeshot_dead_letters_open\{code="bad_seq",source="ingest"\} 0/);
}));

test('a poison event of the engine comes again at the end, mended, and is applied', () => with_desk(async (desk) => {
  // An envelope for ingest, but no engine can read it: a passing without a time.
  const poison = { ...envelope(1), message_type: 'PASSING', payload: { decoder_id: 'D0000C01', message_type: 'PASSING', raw: '8e8f', transponder_id: 5 } };
  assert.equal((await desk.post([poison])).accepted, 1);
  const letters = await desk.central.until(() => { const all = desk.letters(); return all.length > 0 && all; }, 'a dead letter');
  assert.notEqual(letters[0].source, 'ingest');
  assert.equal(letters[0].offset, 1);
  const whole = { ...poison, payload: { ...poison.payload, rtc_time_us: 1 } };
  const file = desk.bench.file('whole.json');
  writeFileSync(file, JSON.stringify(whole));
  const fixed = desk.over_rest('fix', letters[0].id, '--file', file);
  assert.equal(fixed.status, 0, fixed.err);
  assert.match(fixed.out, new RegExp(`dlq:${letters[0].id}:1`));
  assert.equal(desk.raw().length, 2, 'the first version stays, the mended one stands behind it');
  // Applied: replaying the track finds one unreadable input, as before, and no second letter came of the mended one.
  const verdict = JSON.parse(desk.run('replay', '--data', desk.data, '--track', TRACK, '--verify', '--json').out);
  assert.equal(verdict.inputs, 2);
  assert.equal(desk.letters().length, 1);
}));

test('without a central the log itself is opened, and with one it is not', () => with_desk(async (desk) => {
  const bad = { ...envelope(2), event_id_context: { boot_id: 'b1', client_id: 'gw', seq: 0 } };
  await desk.post([bad]);
  const [letter] = desk.letters();
  const beside = desk.on_disk('discard', letter.id, '--reason', 'x');
  assert.equal(beside.status, 1);
  assert.match(beside.err, /leave out --data/);

  await desk.central.kill();
  assert.equal(desk.over_rest('discard', letter.id, '--reason', 'x').status, 1);
  assert.equal(desk.on_disk('discard', letter.id, '--reason', 'a test transponder').status, 0);
  assert.equal(desk.letters()[0].state, 'discarded');
  assert.equal(desk.on_disk('reopen', letter.id).status, 0);
  assert.equal(desk.on_disk('fix', letter.id, '--file', desk.mended(2)).status, 0);

  await desk.start();
  assert.equal(desk.letters()[0].state, 'replayed');
  assert.equal((await desk.post([envelope(2)])).duplicates, 1);
}));

test('many at once, over kills of central, and every event once', () => with_desk(async (desk) => {
  await desk.post(Array.from({ length: 300 }, (_, i) => envelope(i + 1)));
  // The same keys with other bytes: conflicts, which may be put back as they are.
  const reply = await desk.post(Array.from({ length: 300 }, (_, i) => envelope(i + 1, { noise: 99 })));
  assert.equal(reply.rejected.length, 300);
  for (let round = 0; round < 3; ++round) {
    const replaying = desk.bench.start('holeshot-central', ['dlq', 'replay', '--all', '--code', 'conflict', '--central', desk.url]);
    await desk.central.until(() => desk.letters('replayed').length > 40 * round || replaying.ended, 'some letters put back');
    await desk.central.kill();
    await replaying.exited;
    await desk.start();
  }
  const rest = desk.over_rest('replay', '--all', '--code', 'conflict');
  assert.equal(rest.status, 0, rest.err);
  assert.equal(desk.letters('replayed').length, 300);
  const stored = desk.raw();
  assert.equal(stored.length, 600);
  assert.equal(new Set(stored.map((one) => `${one.event_id_context.seq} ${one.payload.noise}`)).size, 600);
}));

test('wrong usage is said with status 2', () => with_desk(async (desk) => {
  for (const args of [['replay'], ['replay', 'x', '--all'], ['discard', 'x'], ['list', '--state', 'shut'], ['fix', 'x'], ['show']]) {
    const done = desk.over_rest(...args);
    assert.equal(done.status, 2, `${args}: ${done.out}${done.err}`);
  }
  assert.equal(desk.over_rest('show', '00000000000000ff').status, 1);
  assert.equal(desk.run('dlq', 'list', '--data', desk.bench.file('none')).status, 1);
  assert.equal(desk.run('log', 'dump', '--data', desk.data, '--from', '-15m').status, 0, 'a time may begin with a dash');
}));
