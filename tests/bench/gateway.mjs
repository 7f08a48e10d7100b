// What a gateway costs a tired laptop, with real programs: CPU and memory at a steady 100 passings a second, all the way
// to central; and how fast a backlog leaves it for a central that has come back.
//
//   node tests/bench/gateway.mjs [--bin DIR] [--seconds N] [--backlog N]
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { Bench, BIN, eventually, sleep } from '../e2e/system.mjs';

const RATE = 100;
const ENVELOPE = Buffer.alloc(560, 'x');  // as many bytes as an envelope has in the spool
const say = (line) => console.log(JSON.stringify(line));
const ticks = (pid) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return Number(f[11]) + Number(f[12]); };
const rssKb = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

// The floor: a process that does nothing but write and sync the same bytes as often, its own CPU.
function bareSyncs(bench, seconds) {
  const fd = openSync(bench.file('floor'), 'w');
  let inSyncs = 0;
  for (let i = 0; i < RATE * seconds; ++i) {
    const began = process.cpuUsage();
    writeSync(fd, ENVELOPE);
    fdatasyncSync(fd);
    const took = process.cpuUsage(began);
    inSyncs += took.user + took.system;
  }
  closeSync(fd);
  return inSyncs / 1e4 / seconds;
}

async function steady(bin, seconds) {
  const bench = new Bench({ bin });
  try {
    const central = await bench.central();
    const sim = await bench.sim(['--passings-per-second', RATE]);
    const gateway = bench.gateway({ central: central.url, decoders: [sim.url] });
    await eventually(async () => (await bench.spoolStats()).acked > RATE, 'records at central');
    const { pid } = gateway.child;
    const before = ticks(pid), acked = (await bench.spoolStats()).acked, began = performance.now();
    await sleep(seconds * 1000);
    const cpu = (ticks(pid) - before) / 100, took = (performance.now() - began) / 1000;
    const rate = ((await bench.spoolStats()).acked - acked) / took;
    const floor = bareSyncs(bench, Math.min(seconds, 5));
    const percent = (cpu / took) * 100;
    say({ name: 'gateway_cpu_100_per_s', value: percent, unit: '% of a core', floor, floor_name: `${RATE} bare write+fdatasync/s`, ratio: percent / floor });
    say({ name: 'gateway_records_per_s', value: rate, unit: 'records/s' });
    say({ name: 'gateway_rss', value: rssKb(pid) / 1024, unit: 'MB' });
  } finally {
    await bench.close();
  }
}

async function drain(bin, backlog) {
  const bench = new Bench({ bin });
  try {
    const dead = 'http://127.0.0.1:1';
    const sim = await bench.sim(['--passings-per-second', 20_000]);
    let gateway = bench.gateway({ central: dead, decoders: [sim.url], args: ['--log-level', 'warn'] });
    await eventually(async () => (await bench.spoolStats()).pending >= backlog, 'a backlog', 180_000, 500);
    await gateway.stop();
    await sim.stop();
    const { pending } = await bench.spoolStats();
    const central = await bench.central();
    gateway = bench.gateway({ central: central.url, decoders: [sim.url], args: ['--log-level', 'warn', '--drain-kb-per-s', 0] });
    const began = performance.now();
    await eventually(async () => (await bench.spoolStats()).pending === 0, 'the drain', 180_000, 20);
    say({ name: 'gateway_drain', value: pending / ((performance.now() - began) / 1000), unit: 'envelopes/s' });
    say({ name: 'gateway_drain_backlog', value: pending, unit: 'envelopes' });
    await gateway.stop();
  } finally {
    await bench.close();
  }
}

const { values } = parseArgs({ options: { bin: { type: 'string' }, seconds: { type: 'string' }, backlog: { type: 'string' } } });
await steady(values.bin ?? BIN, Number(values.seconds ?? 20));
await drain(values.bin ?? BIN, Number(values.backlog ?? 200_000));
