// Captured -> visible: from the moment the gateway read a passing's last byte to the moment a WebSocket client of central
// holds its split time, on this machine, over whole simulated races. Two stores are synced on the way (spool and log), so
// the floor is two bare write+fdatasync of an envelope's size, measured in the same run.
//
//   node tests/bench/latency.mjs [--bin DIR] [--motos N]
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { gateOrder, RaceOffice } from '../../tools/demo/race_office.mjs';
import { Bench, BIN, sleep } from '../e2e/system.mjs';
import { LiveClient } from '../e2e/live_client.mjs';

const SPEED = 8;

// The wall clock in microseconds: performance.now() tied to the edge of a millisecond, anew every second, since the wall
// clock is being steered.
function wallClock() {
  let base = 0, tiedAt = -Infinity;
  return () => {
    if (performance.now() - tiedAt > 1000) {
      const start = Date.now();
      let now = start;
      while (now === start) now = Date.now();
      tiedAt = performance.now();
      base = now * 1000 - tiedAt * 1000;
    }
    return base + performance.now() * 1000;
  };
}

// The viewer has a thread of its own: what is measured is not how busy the race office is.
async function watch({ port, track }) {
  const wallUs = wallClock(), took = [];
  wallUs();
  const viewer = await LiveClient.connect(port, `track_id=${track}&channels=race`, (envelope) => {
    // An event's ts_us is that of its source: when the gateway captured the passing.
    if (envelope.kind === 'event' && envelope.payload.event_type === 'split_time') took.push((wallUs() - envelope.ts_us) / 1000);
  });
  parentPort.once('message', async () => {
    await viewer.close();
    parentPort.postMessage(took);
  });
  parentPort.postMessage('ready');
}
const told = (worker) => new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); });

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

// Spaced as passings are: a disk that is asked again at once answers faster than one that has gone to rest.
async function syncFloor(bench, rounds) {
  const file = openSync(bench.file('floor'), 'w');
  const envelope = Buffer.alloc(700, 0x61);
  const took = [];
  for (let i = 0; i < rounds; ++i) {
    await sleep(10);
    const start = performance.now();
    for (let sync = 0; sync < 2; ++sync) { writeSync(file, envelope); fdatasyncSync(file); }
    took.push(performance.now() - start);
  }
  closeSync(file);
  return took.sort((a, b) => a - b);
}

async function measure() {
  const { values } = parseArgs({ options: { bin: { type: 'string', default: BIN }, motos: { type: 'string', default: '9' } } });
  const bench = new Bench({ bin: values.bin });
  try {
    const central = await bench.central({ args: ['--demo'] });
    const office = new RaceOffice(central.url);
    const { track_id: track, event_id: event } = await office.seed();
    const sim = await bench.sim(['--gate-on-stdin', '--speed', SPEED]);
    bench.gateway({ central: central.url, decoders: [sim.url], track });
    const viewer = new Worker(new URL(import.meta.url), { workerData: { port: central.live, track } });
    await told(viewer);
    for (const { id } of (await office.motos(event)).slice(0, Number(values.motos))) {
      await office.stage(id, track);
      await sleep(300);
      sim.write(`gate ${gateOrder(await office.moto(id))}`);
      await office.until(id, 'finished', 60_000);
    }
    viewer.postMessage('done');
    const took = (await told(viewer)).sort((a, b) => a - b);
    await viewer.terminate();
    const floor = await syncFloor(bench, 400);
    for (const [name, q] of [['p50', 0.5], ['p95', 0.95], ['p99', 0.99]]) {
      const value = quantile(took, q), base = quantile(floor, q);
      console.log(JSON.stringify({ name: `latency.captured_to_viewer.${name}`, value, unit: 'ms', floor: base, floor_name: '2 x write+fdatasync', ratio: value / base, samples: took.length, slo_ms: 500 }));
    }
  } finally {
    await bench.close();
  }
}

await (isMainThread ? measure() : watch(workerData));
