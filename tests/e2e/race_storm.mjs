// Races on several tracks at once, by simulator, gateway and REST, while gateways, central and (with --log nats) the bus
// are killed at random, seeded moments. Riders, chips and decoders make their mistakes meanwhile. Afterwards, for every
// track: `replay --verify` must find the stored race events to be what follows from the log, byte for byte; and
// `read rebuild` must find nothing to mend.
//
//   node tests/e2e/race_storm.mjs [--bin DIR] [--tracks N] [--motos N] [--seed N] [--log sqlite|nats] [--calm]
//
// Prints one line of JSON; status 0 kept, 3 a promise broken, 1 no verdict. --calm kills nothing.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { RaceOffice, gateOrder } from '../../tools/demo/race_office.mjs';
import { Bench, BIN, eventually, random, sleep } from './system.mjs';

const SPEED = 60;  // a race of 40 s takes two thirds of one
const RACE_LIMIT_MS = 6_000;  // a kill fits into it; who is missing then, a dead chip perhaps, the office does not wait for
const MOTOS_OF_A_CLASS = 3;
const RIDERS = 8;
const LOOPS = ['Hill', 'Corner 1', 'Corner 2', 'Finish'];
const MISTAKES = ['--dead-chip', 0.02, '--walker', 0.3, '--double', 0.1, '--miss', 0.03, '--gate-double', 0.1, '--dns', 0.02];

const freePort = () => new Promise((resolve, reject) => {
  const server = net.createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// A NATS server on a folder of its own, killed and started again on the same port.
class Bus {
  static async start(dir) {
    const bus = new Bus();
    bus.port = await freePort();
    bus.config = path.join(dir, 'nats.conf');
    mkdirSync(path.join(dir, 'nats'), { recursive: true });
    writeFileSync(bus.config, `listen: 127.0.0.1:${bus.port}\njetstream { store_dir: "${path.join(dir, 'nats')}", max_file_store: 1000000000000 }\n`);
    await bus.run();
    return bus;
  }
  get url() { return `nats://127.0.0.1:${this.port}`; }
  async run() {
    this.child = spawn(process.env.HOLESHOT_NATS_SERVER ?? 'nats-server', ['-c', this.config], { stdio: 'ignore' });
    this.exited = new Promise((resolve) => { this.child.on('exit', resolve); this.child.on('error', resolve); });
    await eventually(() => new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1', () => { socket.end(); resolve(true); });
      socket.on('error', () => resolve(false));
    }), 'the bus to listen');
  }
  async kill() { this.child.kill('SIGKILL'); await this.exited; }
  async fall() { await this.kill(); await this.run(); }
}

// The same again until central is there to take it. What it refuses is the caller's.
async function stubbornly(ask, limit_ms = 60_000) {
  const deadline = Date.now() + limit_ms;
  for (;;) {
    try { return await ask(); }
    catch (error) {
      const away = error.status === undefined || error.status >= 500;
      if (!away || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

// A track, its event and enough classes for so many motos. Riders are those whom the simulator knows.
async function setUp(office, track, motos) {
  await office.post('/api/tracks', { id: track, name: track, gate_beacon_id: 9992 });
  for (const [i, name] of LOOPS.entries()) {
    await office.post(`/api/tracks/${track}/loops`, { name, decoder_id: `D0000C0${i + 1}`, position: i + 1, is_finish: i === LOOPS.length - 1 });
  }
  const { id } = await office.post('/api/events', { name: `Storm at ${track}`, date: '2026-11-26', track_id: track });
  const number = Number(track.replace(/\D/g, ''));
  for (let i = 0; i * MOTOS_OF_A_CLASS < motos; ++i) {
    await office.addClass(id, `Class ${i + 1}`, 7_000_001 + number * 100_000 + i * RIDERS, RIDERS);
  }
  return (await office.motos(id)).slice(0, motos).map((moto) => moto.id);
}

const statusOf = async (office, moto) => (await stubbornly(() => office.moto(moto))).status;

async function stageUntilTaken(office, track, moto) {
  for (;;) {
    try {
      await stubbornly(() => office.stage(moto, track));
      if (['staged', 'racing', 'finished'].includes(await statusOf(office, moto))) return;
    } catch (error) {
      // An answer that a kill swallowed: it may be on the gate already, or what stands there is in the way.
      if (['staged', 'racing'].includes(await statusOf(office, moto))) return;
      await stubbornly(() => office.post('/api/race/reset', { track_id: track })).catch(() => {});
    }
    await sleep(100);
  }
}

// One moto from the gate to its result. True where the riders ended it, false where the office had to.
async function race(office, track, moto, sim) {
  await stageUntilTaken(office, track, moto);
  sim.write(`gate ${gateOrder(await stubbornly(() => office.moto(moto)))}`);
  try {
    await eventually(async () => (await statusOf(office, moto)) === 'finished', 'a result', RACE_LIMIT_MS, 150);
    return true;
  } catch {
    await stubbornly(() => office.post('/api/race/force-finish', { track_id: track })).catch(() => {});
    await stubbornly(() => office.post('/api/race/reset', { track_id: track })).catch(() => {});
    return false;
  }
}

// Kills until it is told to end. Moments are counted in motos, so a slow machine has as many as a quick one: kill upon
// kill, a central that never has the time to work off its log would race nobody.
async function killer(world, next, count) {
  for (let due = 0; !world.over; due = world.done + next() * 3) {
    await eventually(() => world.over || world.done >= due, 'the next moto', 600_000);
    await sleep(next() * 1500);
    if (world.over) return;
    const dice = next();
    if (dice < 0.5) {
      const which = Math.floor(next() * world.gateways.length);
      await world.gateways[which].kill();
      ++count.gateway;
      world.gateways[which] = world.startGateway(which);
    } else if (dice < 0.8 || !world.bus) {
      await world.central.kill();
      ++count.central;
      await sleep(next() * 300);
      world.central = await world.startCentral();
    } else {
      await world.bus.fall();
      ++count.bus;
    }
  }
}

async function startWorld(bench, tracks, log, seed) {
  const world = { over: false, done: 0, bus: log === 'nats' ? await Bus.start(bench.dir) : null };
  const at = { http: `127.0.0.1:${await freePort()}`, live: `127.0.0.1:${await freePort()}` };
  world.startCentral = () => bench.central({ ...at, args: world.bus ? ['--log', world.bus.url] : [] });
  world.central = await world.startCentral();
  world.sims = await Promise.all(tracks.map((_, i) => bench.sim(['--speed', SPEED, '--gate-on-stdin', '--no-status', '--seed', seed * 100 + i, ...MISTAKES])));
  world.startGateway = (i) => bench.gateway({ central: `http://${at.http}`, decoders: [world.sims[i].url], track: tracks[i], client: `laptop-${i}`, spool: bench.file(`spool${i}.db`) });
  world.gateways = tracks.map((_, i) => world.startGateway(i));
  world.office = new RaceOffice(`http://${at.http}`);
  return world;
}

// Everything that was captured is at central, and worked off.
async function settle(bench, world) {
  for (const i of world.gateways.keys()) {
    await eventually(async () => (await bench.spoolStats(bench.file(`spool${i}.db`))).pending === 0, `spool ${i} to drain`, 120_000);
  }
  for (const one of [...world.sims, ...world.gateways]) await one.stop();
  await eventually(async () => (await world.office.get('/api/workers')).workers.every((worker) => worker.lag === 0), 'the workers to catch up', 120_000);
  await world.central.stop();
}

async function verdict(bench, tracks) {
  const data = bench.file('central');
  const result = { derived: 0, differences: 0, named: [] };
  for (const track of tracks) {
    const out = await bench.command('holeshot-central', ['replay', '--data', data, '--track', track, '--verify', '--json']).catch((error) => error.stdout);
    const report = JSON.parse(out);
    result.derived += report.derived;
    result.differences += report.difference_count;
    for (const { kind, ordinal } of report.differences.slice(0, 5)) result.named.push(`${track} ${kind} #${ordinal}`);
  }
  result.mended = JSON.parse(await bench.command('holeshot-central', ['read', 'rebuild', '--data', data, '--json'])).changed;
  return result;
}

export async function raceStorm({ bin = BIN, tracks = 3, motos = 60, seed = 1, log = 'sqlite', calm = false } = {}) {
  const bench = new Bench({ bin });
  let world;
  try {
    const names = Array.from({ length: tracks }, (_, i) => `hill${i}`);
    world = await startWorld(bench, names, log, seed);
    const lists = [];
    for (const track of names) lists.push(await setUp(world.office, track, motos));
    const kills = { gateway: 0, central: 0, bus: 0 };
    let byRiders = 0, byOffice = 0;
    const killing = calm ? Promise.resolve() : killer(world, random(seed), kills);
    await Promise.all(names.map(async (track, i) => {
      for (const moto of lists[i]) {
        await race(world.office, track, moto, world.sims[i]) ? ++byRiders : ++byOffice;
        ++world.done;
      }
    }));
    world.over = true;
    await killing;
    await settle(bench, world);
    return { seed, log, tracks, motos: tracks * motos, by_riders: byRiders, by_office: byOffice, kills, ...await verdict(bench, names) };
  } finally {
    if (world) world.over = true;
    await bench.close();
    if (world?.bus) await world.bus.kill();
  }
}

export const clean = (report) => report.derived > 0 && report.differences === 0 && report.mended.length === 0;

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values: v } = parseArgs({ options: { bin: { type: 'string' }, tracks: { type: 'string' }, motos: { type: 'string' }, seed: { type: 'string' }, log: { type: 'string' }, calm: { type: 'boolean' } } });
  const report = await raceStorm({ bin: v.bin, tracks: Number(v.tracks ?? 3), motos: Number(v.motos ?? 60), seed: Number(v.seed ?? 1), log: v.log ?? 'sqlite', calm: v.calm ?? false });
  console.log(JSON.stringify(report));
  process.exitCode = clean(report) ? 0 : 3;
}
