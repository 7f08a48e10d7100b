// Captured -> visible: from the moment the gateway read a passing's last byte to the moment a WebSocket client of central
// holds its split time, on this machine, over whole simulated races. Two stores are synced on the way (spool and log), so
// the floor is two bare write+fdatasync of an envelope's size, measured in the same run.
//
//   node tests/bench/latency.mjs [--bin DIR] [--motos N]
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { gateOrder, RaceOffice } from '../../tools/demo/race_office.mjs';
import { Bench, BIN, sleep } from '../e2e/system.mjs';
import { LiveClient } from '../e2e/live_client.mjs';

const { values } = parseArgs({ options: { bin: { type: 'string', default: BIN }, motos: { type: 'string', default: '9' } } });
const SPEED = 8;

const wallUs = (() => {
  // performance.now() rises evenly; it is tied once to the wall clock, at the edge of a millisecond.
  const start = Date.now();
  let now = start;
  while (now === start) now = Date.now();
  const base = now * 1000 - performance.now() * 1000;
  return () => base + performance.now() * 1000;
})();
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

function syncFloor(bench, rounds) {
  const file = openSync(bench.file('floor'), 'w');
  const envelope = Buffer.alloc(700, 0x61);
  const took = [];
  for (let i = 0; i < rounds; ++i) {
    const start = performance.now();
    for (let sync = 0; sync < 2; ++sync) { writeSync(file, envelope); fdatasyncSync(file); }
    took.push(performance.now() - start);
  }
  closeSync(file);
  return took.sort((a, b) => a - b);
}

const bench = new Bench({ bin: values.bin });
try {
  const central = await bench.central({ args: ['--demo'] });
  const office = new RaceOffice(central.url);
  const { track_id: track, event_id: event } = await office.seed();
  const sim = await bench.sim(['--gate-on-stdin', '--speed', SPEED]);
  bench.gateway({ central: central.url, decoders: [sim.url], track });
  const took = [];
  const viewer = await LiveClient.connect(central.live, `track_id=${track}&channels=race`, (envelope) => {
    // An event's ts_us is that of its source: when the gateway captured the passing.
    if (envelope.kind === 'event' && envelope.payload.event_type === 'split_time') took.push((wallUs() - envelope.ts_us) / 1000);
  });
  for (const { id } of (await office.motos(event)).slice(0, Number(values.motos))) {
    await office.stage(id, track);
    await sleep(300);
    sim.write(`gate ${gateOrder(await office.moto(id))}`);
    await office.until(id, 'finished', 60_000);
  }
  await viewer.close();
  took.sort((a, b) => a - b);
  const floor = syncFloor(bench, 400);
  for (const [name, q] of [['p50', 0.5], ['p95', 0.95], ['p99', 0.99]]) {
    const value = quantile(took, q), base = quantile(floor, q);
    console.log(JSON.stringify({ name: `latency.captured_to_viewer.${name}`, value, unit: 'ms', floor: base, floor_name: '2 x write+fdatasync', ratio: value / base, samples: took.length, slo_ms: 500 }));
  }
} finally {
  await bench.close();
}
