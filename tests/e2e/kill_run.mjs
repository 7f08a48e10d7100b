// Gateway and central are killed with SIGKILL at random, seeded moments while a decoder talks without pause. Then, over
// the whole log:
//   lost        what the spool had made durable, and the log does not hold
//   unspooled   what the log holds though the spool never did: it was uploaded before it was durable
//   duplicates  keys or event ids that stand twice
//   disorder    a source whose seq does not rise by one, or a decoder whose passing numbers do not rise
//   altered     content that differs between spool and log
// All must be 0. Bytes that were in flight to a killed gateway are outside this promise.
//
//   node tests/e2e/kill_run.mjs [--bin DIR] [--kills N] [--seed N]      status 0 kept, 3 a promise broken, 1 no verdict
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { frames } from './p3_oracle.mjs';
import { Bench, BIN, eventually, random, sleep } from './system.mjs';

const SPEED = 600;  // some hundred records a second: the uploader is never idle, so kills meet it at work

const keyOf = (e) => `${e.track_id}:${e.event_id_context.client_id}:${e.event_id_context.boot_id}:${e.event_id_context.seq}`;
const contentOf = (e) => JSON.stringify([e.event_id, e.captured_at_us, e.message_type, e.payload.raw]);

async function spooled(bench, held) {
  if (!existsSync(bench.file('spool.db'))) return;  // killed before it had made one: then it held nothing
  let out;
  try {
    out = await bench.command('holeshot-gateway', ['spool', 'list', '--spool', bench.file('spool.db'), '--state', 'all', '--limit', 1_000_000, '--json']);
  } catch (error) {
    if (held.size === 0 && /but not a spool/.test(error.message)) return;  // killed between making the file and its first commit
    throw error;
  }
  for (const line of out.split('\n').filter(Boolean)) {
    const row = JSON.parse(line);
    const envelope = row.envelope ?? row;
    held.set(keyOf(envelope), contentOf(envelope));
  }
}

// One kill after another; returns what was in the spool at each death of the gateway.
async function storm(bench, kills, next) {
  const held = new Map();
  const count = { gateway: 0, central: 0 };
  let central = await bench.central();
  const http = `127.0.0.1:${central.http}`, live = `127.0.0.1:${central.live}`;
  const sim = await bench.sim(['--speed', SPEED, '--interval', 40, '--seed', Math.floor(next() * 1e6)]);
  const start = () => bench.gateway({ central: `http://${http}`, decoders: [sim.url] });
  let gateway = start();
  for (let i = 0; i < kills; ++i) {
    await sleep(60 + next() * 500);
    const dice = next();
    if (dice < 0.6) {
      await gateway.kill();
      ++count.gateway;
      await spooled(bench, held);
      gateway = start();
    }
    if (dice > 0.5) {
      await central.kill();
      ++count.central;
      await sleep(next() * 150);
      central = await bench.central({ http, live });
    }
  }
  await sleep(500);
  await sim.stop();
  await eventually(async () => (await bench.spoolStats()).pending === 0, 'the spool to drain', 60_000);
  await gateway.stop();
  await spooled(bench, held);
  await central.stop();
  return { held, count };
}

function judge(log, held) {
  const seen = new Map(), ids = new Set(), seqs = new Map(), passings = new Map();
  const wrong = { lost: 0, unspooled: 0, duplicates: 0, disorder: 0, altered: 0, unreadable: 0 };
  for (const event of log) {
    const key = keyOf(event);
    if (seen.has(key) || ids.has(event.event_id)) ++wrong.duplicates;
    seen.set(key, contentOf(event));
    ids.add(event.event_id);
    const { boot_id, seq } = event.event_id_context;
    if (seq !== (seqs.get(boot_id) ?? 0) + 1) ++wrong.disorder;
    seqs.set(boot_id, seq);
    const { decoder_id, passing_number } = event.payload;
    // What was missed while the gateway was dead is asked for again and comes after newer ones, marked.
    if (event.message_type === 'PASSING' && !event.capture?.resent) {
      if (passing_number <= (passings.get(decoder_id) ?? 0)) ++wrong.disorder;
      passings.set(decoder_id, passing_number);
    }
    if (frames(Buffer.from(event.payload.raw, 'hex')).length !== 1) ++wrong.unreadable;
    if (!held.has(key)) ++wrong.unspooled;
  }
  for (const [key, content] of held) {
    if (!seen.has(key)) ++wrong.lost;
    else if (seen.get(key) !== content) ++wrong.altered;
  }
  return { wrong, boots: seqs.size };
}

export async function killRun({ bin = BIN, kills = 60, seed = 1 } = {}) {
  const bench = new Bench({ bin });
  try {
    const { held, count } = await storm(bench, kills, random(seed));
    const log = await bench.dump();
    const { wrong, boots } = judge(log, held);
    return { seed, kills: count.gateway + count.central, gateway_kills: count.gateway, central_kills: count.central, boots, durable: held.size, events: log.length, ...wrong };
  } finally {
    await bench.close();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { bin: { type: 'string' }, kills: { type: 'string' }, seed: { type: 'string' } } });
  const report = await killRun({ bin: values.bin, kills: Number(values.kills ?? 60), seed: Number(values.seed ?? 1) });
  console.log(JSON.stringify(report));
  const { lost, unspooled, duplicates, disorder, altered, unreadable } = report;
  process.exitCode = lost + unspooled + duplicates + disorder + altered + unreadable === 0 && report.events > 0 ? 0 : 3;
}
