// ./dev run: simulator (or a recording), gateway and central on this machine, one moto after another, until Ctrl-C.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { gateOrder, RaceOffice } from './race_office.mjs';

const { values: options } = parseArgs({
  options: {
    bin: { type: 'string' }, www: { type: 'string' }, recording: { type: 'string' }, speed: { type: 'string' },
    http: { type: 'string', default: '127.0.0.1:8080' }, live: { type: 'string', default: '127.0.0.1:8081' },
    data: { type: 'string' }, motos: { type: 'string' }, seed: { type: 'string', default: '1' },
  },
});
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const say = (text) => console.log(`${new Date().toTimeString().slice(0, 8)}  ${text}`);
const fail = (text) => { console.error(`./dev run: ${text}`); process.exitCode = 1; };

const kept = options.data !== undefined;
const dir = kept ? path.resolve(options.data) : mkdtempSync(path.join(tmpdir(), 'holeshot-run-'));
if (kept) mkdirSync(dir, { recursive: true });

const programs = [];
let stopping = false;

// Starts a program, resolves with the ports of its listeners once all of them are there.
function start(name, args, listeners) {
  const child = spawn(path.join(options.bin, name), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const program = { name, child, ports: new Map(), errors: [], gone: false };
  child.stdin.on('error', () => {});
  programs.push(program);
  child.on('exit', (code, signal) => {
    program.gone = true;
    if (stopping) return;
    fail(`${name} ended unexpectedly (${signal ?? `status ${code}`}):\n${program.errors.slice(-15).join('\n')}`);
    stop();
  });
  createInterface({ input: child.stderr }).on('line', (line) => { program.errors.push(line); program.errors.splice(0, program.errors.length - 200); });
  return new Promise((resolve) => {
    const ready = () => { if (program.ports.size >= listeners) resolve(program); };
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^listening (\S+) (\S+:\d+)$/.exec(line);
      if (match) program.ports.set(match[1], match[2]);
      ready();
    });
    ready();
  });
}

async function stop() {
  if (stopping) return;
  stopping = true;
  // Data flows left to right, so the programs end in that order: nothing is cut off half way.
  for (const name of ['holeshot-sim', 'holeshot-gateway', 'holeshot-central']) {
    for (const program of programs.filter((p) => p.name === name && !p.gone)) {
      const gone = new Promise((resolve) => program.child.once('exit', resolve));
      program.child.kill('SIGTERM');
      const timer = setTimeout(() => program.child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(timer);
    }
  }
  if (!kept) rmSync(dir, { recursive: true, force: true });
  say('stopped.');
  process.exit();
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

async function races(office, sim, track, event) {
  const motos = await office.motos(event);
  const count = Math.min(Number(options.motos ?? motos.length), motos.length);
  for (const { id } of motos.slice(0, count)) {
    const moto = await office.moto(id);
    if (moto.status === 'finished') continue;
    await office.stage(id, track);
    say(`on the gate: ${moto.class_name ?? moto.class_id}, ${moto.round_type}, ${moto.entries.length} riders`);
    await sleep(6000 / speed);
    sim.child.stdin.write(`gate ${gateOrder(moto)}\n`);
    const done = await office.until(id, 'finished', 120_000);
    const winner = done.entries.find((e) => e.finish_position === 1);
    say(`finished: ${winner.rider.first_name} ${winner.rider.last_name} (plate ${winner.rider.plate_number}) in ${(winner.elapsed_us / 1e6).toFixed(3)} s`);
    await sleep(8000 / speed);
  }
  say('the race day is over; the board stays until Ctrl-C.');
}

const speed = Number(options.speed ?? 1);
async function main() {
  if (options.recording && !existsSync(options.recording)) throw new Error(`no such recording: ${options.recording}`);
  if (!(speed > 0) && !options.recording) throw new Error('--speed is a number above 0');
  const central = await start('holeshot-central', ['serve', '--data', path.join(dir, 'central'), '--http', options.http,
    '--live', options.live, '--www', options.www, '--demo'], 2);
  const url = `http://${central.ports.get('http').replace('127.0.0.1', 'localhost').replace('0.0.0.0', 'localhost')}`;
  const office = new RaceOffice(url);
  const { track_id: track, event_id: event } = await office.seed();
  const source = options.recording
    ? ['--recording', path.resolve(options.recording), '--speed', options.speed ?? '1']
    : ['--gate-on-stdin', '--speed', String(speed), '--seed', options.seed];
  const sim = await start('holeshot-sim', ['--listen', '127.0.0.1:0', ...source], 1);
  const gateway = await start('holeshot-gateway', ['run', '--status', '127.0.0.1:0', '--track-id', track, '--client-id', 'demo-laptop', '--central', url,
    '--decoder', `tcp://${sim.ports.get('p3')}`, '--spool', path.join(dir, 'spool.db')], 1);
  console.log(`\n  Holeshot is running.  Live board:  ${url}/   (Ctrl-C ends it)\n  The laptop at the track:                http://${gateway.ports.get('status')}/\n`);
  if (options.recording) say(`playing ${options.recording}; health and passings show on the board`);
  else await races(office, sim, track, event);
}
main().catch((error) => { if (!stopping) { fail(error.message); stop(); } });
