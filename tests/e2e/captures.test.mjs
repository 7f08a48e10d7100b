// Real decoder bytes through simulator, gateway and central in random splits: the log holds exactly the frames that a
// second, independent reading of P3 finds, in order, once each. The captures overlap: a passing that stands in two of
// them is one that was sent again, and is kept once.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { crc16, expected, frames } from './p3_oracle.mjs';
import { Bench, captures, eventually } from './system.mjs';

function decoderBytes(dir) {
  const [head, ...rows] = readFileSync(path.join(dir, 'INDEX.tsv'), 'utf8').trim().split('\n').map((l) => l.split('\t'));
  const at = (name) => head.indexOf(name);
  const wanted = rows.filter((r) => r[at('family')] === 'P3' && r[at('direction')] === 'dec->pc');
  assert.ok(wanted.length > 30, 'INDEX.tsv lists the P3 captures');
  return Buffer.concat(wanted.map((r) => readFileSync(path.join(dir, r[at('file')]))));
}

function withoutRepeats(all) {
  const seen = new Set();
  return all.filter((frame) => {
    const { message_type, raw, decoder_id, passing_number, rtc_time_us } = expected(frame);
    if (message_type !== 'PASSING' || !decoder_id || passing_number === undefined || rtc_time_us === undefined) return true;
    return !seen.has(raw) && seen.add(raw);
  });
}

async function through(bytes, seed) {
  const bench = new Bench();
  try {
    const recording = bench.file('recording.bin');
    writeFileSync(recording, bytes);
    const central = await bench.central();
    const sim = await bench.sim(['--recording', recording, '--chunk', 'random', '--seed', seed, '--speed', 0]);
    const gateway = bench.gateway({ central: central.url, decoders: [sim.url] });
    const want = withoutRepeats(frames(bytes));
    await eventually(async () => (await bench.dump()).length >= want.length, `${want.length} envelopes in the log`);
    await eventually(async () => (await bench.spoolStats()).pending === 0, 'an empty spool');
    await gateway.stop();
    await sim.stop();
    await central.stop();
    return { want, got: await bench.dump(), stats: await bench.spoolStats() };
  } finally {
    await bench.close();
  }
}

function compare({ want, got, stats }) {
  assert.equal(got.length, want.length);
  want.forEach((frame, i) => {
    const { payload, message_type, event_id_context: context, contract_version, track_id } = got[i];
    const reading = expected(frame);
    for (const [field, value] of Object.entries(reading)) assert.deepEqual(payload[field], value, `event ${i}: ${field}`);
    assert.equal(message_type, reading.message_type);
    assert.equal(contract_version, 'track_ingest.v2');
    assert.equal(track_id, 'zolder');
    assert.equal(context.seq, i + 1);
    assert.ok(got[i].ingested_at_us >= got[i].captured_at_us - 1_000_000);
    // Absent on the wire is absent in the payload.
    if (message_type === 'PASSING') {
      for (const field of ['transponder_id', 'transponder_string', 'strength', 'hits', 'utc_time_us', 'decoder_id']) {
        assert.equal(field in payload, field in reading, `event ${i}: ${field} invented or dropped`);
      }
    }
  });
  assert.equal(new Set(got.map((e) => e.event_id)).size, got.length, 'every event_id once');
  assert.equal(stats.quarantined, 0);
}

const dir = captures();
for (const seed of [1, 2, 3]) {
  test(`every decoder capture arrives once, in order, as P3 reads it (splits ${seed})`,
    { skip: dir ? false : 'no captures: set HOLESHOT_CAPTURES or place them at ../shared/captures' },
    async () => compare(await through(decoderBytes(dir), seed)));
}

// The same without captures: frames made here, by hand, with damage between them.
test('damaged frames are skipped and their neighbours arrive whole', async () => {
  const good = (n) => Buffer.from(`8e0233000000000001000104${le(n, 4)}03042cc37b0004086831ebb56e03040005025c0006021d0008020000810413180400` + '8f', 'hex');
  const bytes = Buffer.concat([Buffer.from('0d0a00ff', 'hex'), seal(good(1)), damage(seal(good(2))), seal(good(3)).subarray(0, 20), seal(good(4)), seal(good(5))]);
  const outcome = await through(bytes, 7);
  assert.deepEqual(outcome.got.map((e) => e.payload.passing_number), [1, 4, 5]);
  compare(outcome);
});

const le = (n, size) => Buffer.from(Array.from({ length: size }, (_, i) => (n >> (8 * i)) & 255)).toString('hex');
const damage = (frame) => { const copy = Buffer.from(frame); copy[20] ^= 0x04; return copy; };
function seal(frame) {
  const plain = Buffer.from(frame);
  plain.writeUInt16LE(plain.length, 2);
  plain.writeUInt16LE(crcOf(plain), 4);
  const inner = [...plain.subarray(1, -1)].flatMap((b) => (b >= 0x8d && b <= 0x8f ? [0x8d, b + 0x20] : [b]));
  return Buffer.from([0x8e, ...inner, 0x8f]);
}
function crcOf(plain) {
  const zeroed = Buffer.from(plain);
  zeroed[4] = zeroed[5] = 0;
  return crc16(zeroed);
}
