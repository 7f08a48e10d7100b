// The live listener against an independent client (`ws` from npm) and against frames that no client would send: RFC 6455, and
// sections 4 and 7 of docs/contract.md. Nothing here knows central/live.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { Bench } from './system.mjs';
import { closeFrame, frame, KEY, RawSocket, request } from './ws_raw.mjs';

const { WebSocket } = createRequire(new URL('../../sdk/package.json', import.meta.url))('ws');
const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;
const LIVE = '/ws/v1/live?track_id=zolder';

let bench, port;
before(async () => {
  bench = new Bench();
  port = (await bench.central()).live;
});
after(() => bench.close());

// What `ws` sees: envelopes and pongs in order, the close code, or the answer that refused it.
function viewer(path, protocols = [], options = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options);
  const seen = { socket, said: [], pongs: [], waiters: [] };
  const wake = () => { for (const waiter of seen.waiters.splice(0)) waiter(); };
  socket.on('message', (data, binary) => { seen.said.push({ binary, envelope: JSON.parse(String(data)) }); wake(); });
  socket.on('pong', (data) => { seen.pongs.push(String(data)); wake(); });
  socket.on('open', () => { seen.open = true; wake(); });
  socket.on('error', (error) => { seen.error = error; wake(); });
  socket.on('close', (code, reason) => { seen.closed = { code, reason: String(reason) }; wake(); });
  socket.on('unexpected-response', (_, response) => {
    let body = '';
    response.on('data', (data) => { body += data; });
    response.on('end', () => { seen.refused = { status: response.statusCode, type: response.headers['content-type'], body }; wake(); });
  });
  seen.until = async (found, what) => {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const value = found();
      if (value) return value;
      assert.ok(Date.now() < deadline, `not in time: ${what}; closed ${JSON.stringify(seen.closed)} ${seen.error ?? ''}`);
      await new Promise((resolve) => { seen.waiters.push(resolve); setTimeout(resolve, 1000); });
    }
  };
  seen.snapshot = () => seen.until(() => seen.said.find(({ envelope }) => envelope.kind === 'snapshot'), 'a snapshot');
  seen.error_ = (code) => seen.until(() => seen.said.find(({ envelope }) => envelope.kind === 'error' && envelope.payload.code === code), `error ${code}`);
  seen.close = async (code) => { socket.close(code); return (await seen.until(() => seen.closed, 'the close')).code; };
  return seen;
}

describe('handshake, by ws', () => {
  for (const [offered, chosen] of [[[], ''], [['holeshot.v1.json'], 'holeshot.v1.json'], [['holeshot.v1.binary'], 'holeshot.v1.binary'],
    [['holeshot.v1.binary', 'holeshot.v1.json'], 'holeshot.v1.json'], [['other', 'holeshot.v1.binary'], 'holeshot.v1.binary']]) {
    test(`of ${JSON.stringify(offered)} it chooses "${chosen}"`, async () => {
      const seen = viewer(LIVE, offered);
      await seen.snapshot();
      assert.equal(seen.socket.protocol, chosen);
      assert.equal(await seen.close(1000), 1000);
    });
  }
  test('the query chooses between both', async () => {
    const seen = viewer(`${LIVE}&encoding=binary`, ['holeshot.v1.json', 'holeshot.v1.binary']);
    await seen.snapshot();
    assert.equal(seen.socket.protocol, 'holeshot.v1.binary');
    await seen.close(1000);
  });
  test('a compression that it does not speak is not agreed to', async () => {
    const seen = viewer(LIVE, [], { perMessageDeflate: true });
    await seen.snapshot();
    assert.equal(seen.socket.extensions, '');
    await seen.close(1000);
  });
  for (const [path, status, code] of [['/ws/v1/live', 400, 'track_id_required'], ['/ws/v1/live?track_id=', 400, 'track_id_required'],
    ['/ws/v1/live?track_id=a%20b', 400, 'invalid_track_id'], [`${LIVE}&from=yesterday`, 400, 'invalid_from'], [`${LIVE}&encoding=xml`, 400, 'invalid_encoding'],
    [`${LIVE}&track_id=spa`, 400, 'invalid_query'], ['/nowhere', 404, 'not_found']]) {
    test(`${path} is ${status} ${code}`, async () => {
      const seen = viewer(path);
      const answer = await seen.until(() => seen.refused, 'a refusal');
      assert.equal(answer.status, status);
      assert.equal(answer.type, 'application/problem+json');
      assert.equal(JSON.parse(answer.body).code, code);
    });
  }
});

describe('what is said, by ws', () => {
  test('a snapshot comes first, with everything that an envelope has', async () => {
    const seen = viewer(LIVE);
    const { binary, envelope } = await seen.snapshot();
    assert.equal(binary, false);
    assert.deepEqual(Object.keys(envelope), ['channel', 'epoch', 'event_id', 'kind', 'payload', 'seq', 'track_id', 'ts_us']);
    assert.equal(envelope.track_id, 'zolder');
    await seen.close(1000);
  });
  test('/ws says nothing before it is asked, and refuses everything at once', async () => {
    const seen = viewer('/ws');
    await seen.until(() => seen.open, 'the upgrade');
    seen.socket.send(JSON.stringify({ type: 'subscribe', payload: {} }));
    await seen.error_('invalid_filter');
    assert.equal(seen.said.length, 1);
    seen.socket.send(JSON.stringify({ type: 'subscribe', payload: { tracks: ['zolder'] } }));
    assert.equal((await seen.snapshot()).envelope.track_id, 'zolder');
    await seen.close(1000);
  });
  test('an unknown channel is told, and the rest works', async () => {
    const seen = viewer(`${LIVE}&channels=tv,race`);
    await seen.snapshot();
    assert.equal((await seen.error_('unknown_channel')).envelope.payload.channel, 'tv');
    await seen.close(1000);
  });
  test('what is no message is told, and the connection stays', async () => {
    const seen = viewer(LIVE);
    await seen.snapshot();
    for (const wrong of ['', 'x', '[]', '{"type":"shout"}', '{"type":"subscribe","payload":{"tracks":"zolder"}}']) seen.socket.send(wrong);
    seen.socket.send(Buffer.from([1, 2, 3]));
    await seen.until(() => seen.said.filter(({ envelope }) => envelope.kind === 'error').length === 6, 'six errors');
    seen.socket.send(JSON.stringify({ type: 'heartbeat', payload: {} }));
    await seen.until(() => seen.said.find(({ envelope }) => envelope.kind === 'heartbeat' && envelope.payload.client_id), 'its numbers');
    await seen.close(1000);
  });
  test('a ping is answered with its own words, also between two fragments', async () => {
    const seen = viewer(LIVE);
    await seen.snapshot();
    seen.socket.ping('a'.repeat(125));
    seen.socket.send('{"type":"hea', { fin: false });
    seen.socket.ping('between');
    seen.socket.send('rtbeat","payl', { fin: false });
    seen.socket.send('oad":{}}', { fin: true });
    await seen.until(() => seen.said.find(({ envelope }) => envelope.payload.client_id), 'its numbers');
    assert.deepEqual(seen.pongs, ['a'.repeat(125), 'between']);
    await seen.close(1000);
  });
  for (const code of [1000, 3000, 4000, 4999]) {
    test(`a close with ${code} is answered with it`, async () => {
      const seen = viewer(LIVE);
      await seen.snapshot();
      assert.equal(await seen.close(code), code);
    });
  }
  test('16 KiB is a message, one byte more is 1009', async () => {
    const seen = viewer(LIVE);
    await seen.snapshot();
    seen.socket.send('x'.repeat(16 * 1024));
    await seen.error_('invalid_message');
    seen.socket.send('x'.repeat(16 * 1024 + 1));
    assert.equal((await seen.until(() => seen.closed, 'the close')).code, 1009);
  });
  test('a flood is 4429', async () => {
    const seen = viewer(LIVE);
    await seen.snapshot();
    for (let i = 0; i < 201; i += 1) seen.socket.send('{"type":"heartbeat","payload":{}}');
    assert.equal((await seen.until(() => seen.closed, 'the close')).code, 4429);
  });
});

describe('handshake, by hand', () => {
  const answered = async (bytes) => {
    const raw = await RawSocket.open(port);
    raw.send(bytes);
    const head = await raw.head();
    raw.destroy();
    return head ?? 'hung up';
  };
  test('the accept key is that of RFC 6455', async () => {
    const head = await answered(request(LIVE));
    const accept = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.ok(head.includes(`Sec-WebSocket-Accept: ${accept}\r\n`), head);
  });
  for (const [what, bytes, status] of [
    ['another case of the names', request(LIVE, { Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' }), 101],
    ['no Upgrade', request(LIVE, { Upgrade: null }), 426],
    ['no Connection', request(LIVE, { Connection: null }), 426],
    ['another version', request(LIVE, { 'Sec-WebSocket-Version': '8' }), 426],
    ['no version', request(LIVE, { 'Sec-WebSocket-Version': null }), 426],
    ['no key', request(LIVE, { 'Sec-WebSocket-Key': null }), 400],
    ['a short key', request(LIVE, { 'Sec-WebSocket-Key': 'AAAA' }), 400],
    ['no Host', request(LIVE, { Host: null }), 400],
    ['HTTP/1.0', request(LIVE, {}, { version: 'HTTP/1.0' }), 400],
    ['POST', request(LIVE, {}, { method: 'POST' }), 405],
    ['a body', request(LIVE, { 'Content-Length': '5' }), 400],
    ['bare line feeds', request(LIVE, { 'X-A': 'b\nX-C: d' }), 400],
    ['a folded line', request(LIVE, { 'X-A': 'b\r\n c' }), 400],
    ['a head of 9 KiB', request(LIVE, { 'X-A': 'x'.repeat(9 * 1024) }), 431],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n', 400],
  ]) {
    test(`${what} is ${status}`, async () => assert.match(await answered(bytes), new RegExp(`^HTTP/1\\.1 ${status} `)));
  }
  test('a refusal of the version names the one that works', async () => {
    assert.match(await answered(request(LIVE, { 'Sec-WebSocket-Version': '8' })), /\r\nSec-WebSocket-Version: 13\r\n/);
  });
  test('a head that comes byte by byte, and frames in the packet of the head', async () => {
    const raw = await RawSocket.open(port);
    for (const byte of Buffer.from(request(LIVE))) raw.send(Buffer.from([byte]));
    assert.match(await raw.head(), /^HTTP\/1\.1 101 /);
    raw.destroy();
    const quick = await RawSocket.open(port);
    quick.send(Buffer.concat([Buffer.from(request(LIVE)), frame(PING, 'early')]));
    await quick.head();
    for (let next = await quick.frame(); ; next = await quick.frame()) {
      assert.ok(next, 'a pong');
      if (next.opcode === PONG) { assert.equal(String(next.data), 'early'); break; }
    }
    quick.destroy();
  });
});

describe('frames, by hand', () => {
  const bad = Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xed, 0xa0, 0x80]);  // a surrogate
  const cases = [
    ['no mask', [frame(TEXT, '{}', { masked: false })], 1002],
    ['a reserved bit', [frame(TEXT, '{}', { rsv: 4 })], 1002],
    ['a reserved bit of a control frame', [frame(PING, '', { rsv: 1 })], 1002],
    ['a reserved data opcode', [frame(3, '')], 1002],
    ['a reserved control opcode', [frame(11, '')], 1002],
    ['a ping in fragments', [frame(PING, 'a', { fin: false })], 1002],
    ['a ping of 126 bytes', [frame(PING, 'x'.repeat(126))], 1002],
    ['a continuation of nothing', [frame(0, 'x')], 1002],
    ['a message inside a message', [frame(TEXT, '{', { fin: false }), frame(TEXT, '}')], 1002],
    ['a length that is written too long', [frame(TEXT, '{}', { lengthBytes: 2 })], 1002],
    ['a length of more than 63 bits', [frame(TEXT, '', { lengthBytes: 8, claims: 1n << 63n })], 1002],
    ['a message that says it is huge', [frame(TEXT, '', { lengthBytes: 8, claims: 1n << 40n })], 1009],
    ['fragments that are too much together', [frame(TEXT, 'x'.repeat(10_000), { fin: false }), frame(0, 'x'.repeat(10_000))], 1009],
    ['text that is no UTF-8', [frame(TEXT, bad)], 1007],
    ['text whose fragments are none', [frame(TEXT, Buffer.from([0xf0, 0x9f]), { fin: false }), frame(0, 'x')], 1007],
    ['text that ends within a character', [frame(TEXT, Buffer.from([0xf0, 0x9f, 0x98]))], 1007],
    ['a close of one byte', [frame(CLOSE, 'x')], 1002],
    ['a close that may not be sent (1005)', [closeFrame(1005)], 1002],
    ['a close that nobody defined (999)', [closeFrame(999)], 1002],
    ['a close beyond all (5000)', [closeFrame(5000)], 1002],
    ['a close whose reason is no UTF-8', [closeFrame(1000, bad)], 1007],
    ['an empty close', [frame(CLOSE)], 1005],
    // At once only: what is still on its way when the server has closed is answered with a reset, and that may overtake the close.
    ['a close, and more after it', [closeFrame(1000), frame(TEXT, '{}', { rsv: 7 })], 1000, 'at once'],
  ];
  const joined = async () => {
    const raw = await RawSocket.open(port);
    raw.send(request(LIVE));
    assert.match(await raw.head(), /^HTTP\/1\.1 101 /);
    return raw;
  };
  for (const [what, frames, code, only] of cases) {
    test(`${what} is ${code}`, async () => {
      const raw = await joined();
      raw.send(Buffer.concat(frames));
      const got = await raw.closeCode();
      // A close without a code is answered without one; both say normal.
      assert.ok(got === code || (code === 1005 && got === 1000), `got ${got}`);
      assert.ok(await raw.ended(), 'and it hangs up');
    });
    if (only) continue;
    test(`${what}, byte by byte, is ${code}`, async () => {
      const raw = await joined();
      for (const byte of Buffer.concat(frames).subarray(0, 600)) raw.send(Buffer.from([byte]));
      if (Buffer.concat(frames).length > 600) raw.send(Buffer.concat(frames).subarray(600));
      const got = await raw.closeCode();
      assert.ok(got === code || (code === 1005 && got === 1000), `got ${got}`);
      raw.destroy();
    });
  }
  test('an unasked pong and an empty ping are fine, and nothing of the server is masked', async () => {
    const raw = await joined();
    raw.send(Buffer.concat([frame(PONG, 'x'), frame(PING), frame(BINARY, ''), frame(TEXT, '{"type":"heartbeat"}')]));
    const seen = [];
    while (!seen.some((one) => one.opcode === TEXT && String(one.data).includes('client_id'))) {
      const next = await raw.frame();
      assert.ok(next, 'still there');
      assert.equal(next.masked, false);
      seen.push(next);
    }
    assert.ok(seen.some((one) => one.opcode === PONG && one.data.length === 0));
    raw.send(closeFrame(1000));
    assert.equal(await raw.closeCode(), 1000);
    assert.ok(await raw.ended());
  });
  test('a peer that hangs up in the middle of a frame is forgotten', async () => {
    const raw = await joined();
    raw.send(frame(TEXT, 'x'.repeat(100)).subarray(0, 20));
    raw.destroy();
    const other = viewer(LIVE);
    await other.snapshot();
    await other.close(1000);
  });
  test('garbage is never more than the end of its own connection', async () => {
    const steady = viewer(LIVE);
    await steady.snapshot();
    let seed = 1;
    const random = () => { seed = (Math.imul(seed, 1103515245) + 12345) >>> 0; return seed / 2 ** 32; };
    for (let round = 0; round < 40; round += 1) {
      const raw = await joined();
      raw.send(Buffer.from(Array.from({ length: 1 + Math.floor(random() * 400) }, () => Math.floor(random() * 256))));
      raw.destroy();
    }
    steady.socket.ping('still');
    await steady.until(() => steady.pongs.includes('still'), 'a pong');
    await steady.close(1000);
  });
});

describe('without WebSocket', () => {
  const url = (path) => `http://127.0.0.1:${port}${path}`;
  test('a stream begins with its snapshot', async () => {
    const abort = new AbortController();
    const response = await fetch(url('/race/stream?track_id=zolder'), { headers: { Accept: 'text/event-stream' }, signal: abort.signal });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const reader = response.body.getReader();
    let text = '';
    while (!/^data: .*\n\n/m.test(text)) {
      const { done, value } = await reader.read();
      assert.ok(!done, text);
      text += Buffer.from(value).toString();
    }
    assert.match(text, /^retry: \d+\n: welcome\n\n/);
    assert.equal(JSON.parse(/^data: (.*)$/m.exec(text)[1]).kind, 'snapshot');
    abort.abort();
  });
  test('a poll has the snapshot, and then waits for what it was told to', async () => {
    const first = await (await fetch(url('/race/poll?track_id=zolder'))).json();
    assert.equal(first.frames[0].kind, 'snapshot');
    assert.equal(first.recovered, false);
    const next = await (await fetch(url(`/race/poll?track_id=zolder&epoch=${first.epoch}&since_seq=${first.next_seq - 1}&wait_ms=50`))).json();
    assert.deepEqual({ ...next, epoch: 0 }, { epoch: 0, frames: [], next_seq: first.next_seq, recovered: true });
  });
  test('what is missing is said as a problem', async () => {
    for (const path of ['/race/stream', '/race/poll']) {
      const response = await fetch(url(path));
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, 'track_id_required');
    }
  });
});
