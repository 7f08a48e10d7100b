// The three programs as a test sees them: processes with listeners, logs and exit codes.
import { spawn, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const run = promisify(execFile);
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const BIN = process.env.HOLESHOT_BIN ?? path.join(ROOT, 'build/release/bin');

export const captures = () => {
  const dir = process.env.HOLESHOT_CAPTURES ?? path.join(ROOT, '../shared/captures');
  return existsSync(path.join(dir, 'INDEX.tsv')) ? dir : null;
};

// A program under test. stdout's `listening NAME HOST:PORT` lines become ports; stderr is kept for the report.
export class Program {
  constructor(name, args, options = {}) {
    this.name = name;
    this.stderr = '';
    this.lines = [];
    this.ports = new Map();
    this.waiters = [];
    this.child = spawn(path.join(options.bin ?? BIN, name), args, {
      stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env },
    });
    this.child.stdin.on('error', () => {});  // a killed program closes its stdin
    this.exited = new Promise((resolve) => this.child.on('exit', (code, signal) => {
      this.ended = { code, signal };
      this.wake();
      resolve(this.ended);
    }));
    this.child.on('error', (error) => { this.stderr += `${error}\n`; this.ended = { code: -1, signal: null }; this.wake(); });
    this.child.stderr.on('data', (data) => { this.stderr = (this.stderr + data).slice(-200_000); });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const match = /^listening (\S+) (\S+):(\d+)$/.exec(line);
      if (match) this.ports.set(match[1], Number(match[3]));
      else this.lines.push(line);
      this.wake();
    });
  }
  wake() { for (const waiter of this.waiters.splice(0)) waiter(); }
  // Waits until `found()` gives something, the program ends, or the limit passes.
  async until(found, what, limit_ms = 20_000) {
    const deadline = Date.now() + limit_ms;
    for (;;) {
      const value = found();
      if (value !== undefined && value !== null && value !== false) return value;
      if (this.ended) throw new Error(`${this.name} ended (${JSON.stringify(this.ended)}) while waiting for ${what}\n${this.stderr.slice(-3000)}`);
      if (Date.now() > deadline) throw new Error(`${this.name}: no ${what} within ${limit_ms} ms\n${this.stderr.slice(-3000)}`);
      await new Promise((resolve) => { this.waiters.push(resolve); setTimeout(resolve, 50); });
    }
  }
  port(name) { return this.until(() => this.ports.get(name), `listener ${name}`); }
  write(line) { this.child.stdin.write(`${line}\n`); }
  async kill() { this.child.kill('SIGKILL'); return this.exited; }
  // SIGTERM must end every program cleanly with status 0.
  async stop() {
    if (this.ended) return this.ended;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGABRT'), 15_000);
    const ended = await this.exited;
    clearTimeout(timer);
    if (ended.code !== 0) throw new Error(`${this.name} ended with ${JSON.stringify(ended)} on SIGTERM\n${this.stderr.slice(-3000)}`);
    return ended;
  }
}

// A folder of its own for one test, and everything started in it is ended with it.
export class Bench {
  constructor(options = {}) {
    this.bin = options.bin ?? BIN;
    this.dir = mkdtempSync(path.join(tmpdir(), 'holeshot-e2e-'));
    this.programs = [];
  }
  file(name) { return path.join(this.dir, name); }
  start(name, args, options = {}) {
    const program = new Program(name, args.map(String), { bin: this.bin, ...options });
    this.programs.push(program);
    return program;
  }
  async central({ http = '127.0.0.1:0', live = '127.0.0.1:0', args = [], data = this.file('central') } = {}) {
    const program = this.start('holeshot-central', ['serve', '--data', data, '--http', http, '--live', live, ...args]);
    program.http = await program.port('http');
    program.live = await program.port('live');
    program.url = `http://127.0.0.1:${program.http}`;
    return program;
  }
  gateway({ central, decoders, track = 'zolder', client = 'gate-laptop', spool = this.file('spool.db'), args = [] }) {
    return this.start('holeshot-gateway', ['run', '--track-id', track, '--client-id', client, '--central', central,
      ...decoders.flatMap((d) => ['--decoder', d]), '--spool', spool, '--status', 'off', ...args]);
  }
  async sim(args, listen = '127.0.0.1:0') {
    const program = this.start('holeshot-sim', ['--listen', listen, ...args]);
    program.p3 = await program.port('p3');
    program.url = `tcp://127.0.0.1:${program.p3}`;
    return program;
  }
  async command(name, args) {
    const { stdout } = await run(path.join(this.bin, name), args.map(String), { maxBuffer: 1 << 30 });
    return stdout;
  }
  async dump(track = 'zolder', kind = 'timing.ingest.raw.v1', data = this.file('central')) {
    const out = await this.command('holeshot-central', ['log', 'dump', '--data', data, '--subject', `${kind}.${track}`]);
    return out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }
  async spoolStats(spool = this.file('spool.db')) {
    return JSON.parse(await this.command('holeshot-gateway', ['spool', 'stats', '--spool', spool, '--json']));
  }
  async close() {
    for (const program of this.programs) if (!program.ended) await program.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Polls until `check` gives something; the error says what it saw last.
export async function eventually(check, what, limit_ms = 30_000, every_ms = 100) {
  const deadline = Date.now() + limit_ms;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) { last = error; }
    if (Date.now() > deadline) throw new Error(`not within ${limit_ms} ms: ${what}${last ? `; last: ${last.message}` : ''}`);
    await sleep(every_ms);
  }
}

// Seeded numbers in [0, 1): mulberry32.
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
