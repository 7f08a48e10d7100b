// One track on a bad day: a decoder (the simulator), a gateway on a disk of its own, the fault proxy, central, and the
// books: what the decoder issued (its truth file) against what central's log holds.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, statSync, writeSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { Bench, eventually, sleep } from '../e2e/system.mjs';
import { Disk } from './disk.mjs';
import { FaultProxy } from './proxy.mjs';

const TRACK = 'zolder';
const passingKey = (decoder, number, rtc) => `${decoder}:${number}:${rtc}`;

// New lines of a file that somebody appends to.
class Follower {
  constructor(file) { this.file = file; this.at = 0; this.rest = ''; }
  lines() {
    let fd;
    try { fd = openSync(this.file, 'r'); } catch { return []; }
    const size = statSync(this.file).size;
    const bytes = Buffer.alloc(size - this.at);
    readSync(fd, bytes, 0, bytes.length, this.at);
    closeSync(fd);
    this.at = size;
    const parts = (this.rest + bytes.toString()).split('\n');
    this.rest = parts.pop();
    return parts.map((line) => JSON.parse(line));
  }
}

export class World {
  // `passive`: the control, a gateway that may not ask for what it missed.
  constructor({ bin, line = 'tcp', rate = 40, seed = 1, passive = false }) {
    Object.assign(this, { bin, line, rate, seed, passive });
    this.bench = new Bench({ bin });
    this.issued = new Map();      // passings by key -> raw hex
    this.statuses = new Map();    // raw hex -> how often issued
    this.arrived = new Map();     // passings at central by key -> { boot, seq }
    this.seqs = new Map();        // boot -> set of seqs seen
    this.highest = new Map();     // boot -> highest seq
    this.named = new Set();       // passings that a loss report names
    this.held = new Map();        // what was at stake when a disk was damaged
    this.wrong = { duplicates: 0, disorder: 0, altered: 0, unissued: 0, conflicts: 0 };
    this.complaints = [];
    this.restarts = 0;
    this.requeues = 0;
    this.crashes = [];
    this.events = 0;
  }

  async open() {
    const why = Disk.possible();
    if (!why) this.disk = new Disk(this.bench.dir, { bin: this.bin });
    this.home = this.disk ? this.disk.mountpoint : this.bench.file('home');
    if (!this.disk) mkdirSync(this.home);
    this.faultsFile = this.bench.file('faults');
    this.faultsFd = openSync(this.faultsFile, 'w+');
    writeSync(this.faultsFd, Buffer.alloc(64), 0, 64, 0);
    this.central = await this.bench.central();
    this.centralHttp = `127.0.0.1:${this.central.http}`;
    this.proxy = new FaultProxy(this.central.url);
    await this.proxy.listen();
    await this.startDecoder();
    this.followCentral();
    this.truth = new Follower(this.bench.file('truth.jsonl'));
    await this.startGateway();
  }

  async startDecoder() {
    const args = ['--commands', '--truth', this.bench.file('truth.jsonl'), '--seed', this.seed, '--passings-per-second', this.rate];
    if (this.line === 'serial') {
      this.port = this.bench.file('ttyUSB0');
      this.sim = this.bench.start('holeshot-sim', ['--listen', '127.0.0.1:0', '--pty', '--pty-link', this.port, ...args]);
      await this.sim.port('p3');
      this.decoder = `serial://${this.port}?baud=115200`;
      await eventually(() => { try { return statSync(this.port); } catch { return false; } }, 'the pty');
    } else {
      this.sim = await this.bench.sim(args);
      this.decoder = this.sim.url;
    }
  }

  async startGateway() {
    this.control = this.bench.file('control.sock');
    this.gateway = this.bench.start('holeshot-gateway', ['run', '--track-id', TRACK, '--client-id', 'laptop',
      '--central', this.proxy.url, '--decoder', this.decoder, '--spool', path.join(this.home, 'spool.db'),
      '--status', 'off', '--control', this.control, '--keep-free-mb', 2, '--drain-kb-per-s', 0, '--log-level', 'info', ...(this.passive ? ['--passive'] : [])],
    { env: { LD_PRELOAD: path.join(this.bin, 'holeshot-faults.so'), HOLESHOT_FAULTS_FILE: this.faultsFile } });
    const mine = this.gateway;
    mine.exited.then(({ code, signal }) => {
      if (mine.expected || this.closing) return;
      this.lastWords = `${JSON.stringify({ code, signal })} ${mine.stderr.slice(-1500)}`;
      if (signal || ![0, 3, 4].includes(code)) this.crashes.push({ code, signal, stderr: mine.stderr.slice(-2000) });
    });
  }
  // What systemd does: a gateway that ended by itself is started again.
  async supervise() {
    if (this.gateway && this.gateway.ended && !this.powerless) { ++this.restarts; await this.startGateway(); }
  }
  async killGateway() { this.gateway.expected = true; await this.gateway.kill(); }
  async stopGateway() {
    this.gateway.expected = true;
    this.gateway.child.kill('SIGTERM');
    const timer = setTimeout(() => this.gateway.child.kill('SIGKILL'), 5_000);
    await this.gateway.exited;
    clearTimeout(timer);
  }
  async killCentral() { await this.central.kill(); }
  async startCentral() { this.central = await this.bench.central({ http: this.centralHttp }); }

  wallOffset(us) { const b = Buffer.alloc(8); b.writeBigInt64LE(BigInt(us)); writeSync(this.faultsFd, b, 0, 8, 0); }
  failSync(on) { writeSync(this.faultsFd, Buffer.from([on ? 1 : 0]), 0, 1, 8); }

  // A request to the gateway's control socket; rejects where it does not answer.
  ask(method, route, body = '') {
    return new Promise((resolve, reject) => {
      const request = http.request({ socketPath: this.control, method, path: route, timeout: 5_000,
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), 'X-Holeshot-Control': '1', Host: 'localhost' } }, (answer) => {
        let text = '';
        answer.on('data', (part) => { text += part; });
        answer.on('end', () => (answer.statusCode < 300 ? resolve(text ? JSON.parse(text) : {}) : reject(new Error(`${route}: ${answer.statusCode} ${text}`))));
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`${route}: no answer`)));
      request.end(body);
    });
  }

  followCentral() {
    this.tail = spawn(path.join(this.bin, 'holeshot-central'), ['log', 'tail', '--data', this.bench.file('central'), '--subject', `timing.ingest.raw.v1.${TRACK}`, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.tailErrors = '';
    this.tail.stderr.on('data', (data) => { this.tailErrors = (this.tailErrors + data).slice(-4000); });
    createInterface({ input: this.tail.stdout }).on('line', (line) => this.took(JSON.parse(line)));
  }

  complain(kind, text) {
    ++this.wrong[kind];
    if (this.complaints.length < 20) this.complaints.push(`${kind}: ${text}`);
  }
  took(event) {
    ++this.events;
    const { boot_id, seq } = event.event_id_context;
    const seqs = this.seqs.get(boot_id) ?? this.seqs.set(boot_id, new Set()).get(boot_id);
    if (seqs.has(seq)) this.complain('duplicates', `${boot_id}:${seq}`);
    seqs.add(seq);
    if (seq < (this.highest.get(boot_id) ?? 0) && !this.mayComeLate) this.complain('disorder', `${boot_id}:${seq} after ${this.highest.get(boot_id)}`);
    this.highest.set(boot_id, Math.max(seq, this.highest.get(boot_id) ?? 0));
    if (event.message_type !== 'PASSING') return;
    const { decoder_id, passing_number, rtc_time_us, raw } = event.payload;
    const key = passingKey(decoder_id, passing_number, rtc_time_us);
    if (this.arrived.has(key)) this.complain('duplicates', `passing ${key}: ${boot_id}:${seq} and ${this.arrived.get(key)}`);
    this.arrived.set(key, `${boot_id}:${seq}`);
    this.raws ??= new Map();
    this.raws.set(key, raw);
  }
  // Until central has heard of every decoder. What one issued before the gateway first heard it is nobody's promise: it
  // may hold years.
  async warmUp() {
    const decoders = () => new Map([...this.arrived.keys()].map((key) => key.split(':')).map(([id, number]) => [id, Number(number)]).sort((a, b) => b[1] - a[1]));
    await eventually(() => decoders().size === 4, 'four decoders at central');
    this.readTruth();
    for (const [id, first] of decoders()) {
      for (const key of this.issued.keys()) if (key.startsWith(`${id}:`) && Number(key.split(':')[1]) < first) this.issued.delete(key);
    }
  }
  // Reads on in the decoder's own books.
  readTruth() {
    for (const entry of this.truth.lines()) {
      if (entry.kind === 'passing') this.issued.set(passingKey(entry.decoder_id, entry.number, entry.rtc_us), entry.hex);
    }
  }
  missing() { return [...this.issued.keys()].filter((key) => !this.arrived.has(key) && !this.named.has(key)); }

  // Waits until central has every passing that was issued up to now; gives what never came.
  async converge(limit_ms = this.passive ? 3_000 : 60_000) {
    this.readTruth();
    const due = this.missing();
    const deadline = Date.now() + limit_ms;
    let open = due;
    for (let turn = 0; open.length > 0 && Date.now() < deadline; ++turn) {
      await this.supervise();
      if (turn % 10 === 0) await this.ask('POST', '/api/control/flush').catch(() => {});
      // What central's wrong answers put into quarantine a person puts back; it comes after what was sent meanwhile.
      if (turn % 20 === 19) {
        this.mayComeLate = true;
        const said = await this.ask('POST', '/api/control/requeue').catch(() => ({}));
        if (said.message && !/^0 /.test(said.message)) ++this.requeues;
      }
      await sleep(30);
      if (turn % 100 === 99) this.nameLosses(this.held);
      open = open.filter((key) => !this.arrived.has(key) && !this.named.has(key));
    }
    this.mayComeLate = false;
    this.readTruth();
    for (const [key, raw] of this.raws ?? []) {
      if (!this.issued.has(key)) this.complain('unissued', key);
      else if (this.issued.get(key).toLowerCase() !== raw) this.complain('altered', key);
    }
    this.raws = new Map();
    return open;
  }
  // What the spool holds and central has not, while nobody has it open: passing -> boot:seq.
  async pendingPassings() {
    const out = await this.bench.command('holeshot-gateway', ['spool', 'list', '--spool', path.join(this.home, 'spool.db'), '--state', 'pending', '--type', 'PASSING', '--limit', 1_000_000, '--json']);
    const held = new Map();
    for (const line of out.split('\n').filter(Boolean)) {
      const { envelope } = JSON.parse(line);
      const { boot_id, seq } = envelope.event_id_context;
      held.set(passingKey(envelope.payload.decoder_id, envelope.payload.passing_number, envelope.payload.rtc_time_us), { boot_id, seq });
    }
    return held;
  }
  // Of what the disk itself lost: those that a loss report names are no longer waited for.
  nameLosses(held) {
    const reports = readdirSync(this.home).filter((name) => name.endsWith('.loss.json')).map((name) => JSON.parse(readFileSync(path.join(this.home, name), 'utf8')));
    const ranges = reports.flatMap((r) => r.ranges);
    for (const key of this.missing()) {
      const at = held.get(key);
      const named = at && (ranges.some((r) => r.boot_id === at.boot_id && r.first_seq <= at.seq && at.seq <= r.last_seq) || reports.some((r) => !r.end_known));
      if (named) this.named.add(key);
    }
  }
  log() { return `${this.gateway.stderr}\nended before: ${this.lastWords ?? '-'}\nat home: ${this.look()}`; }
  look() { try { return `${execFileSync('ls', ['-la', this.home], { stdio: 'pipe' })}free: ${this.disk?.free()}`; } catch (error) { return error.message; } }
  async close() {
    this.closing = true;
    this.tail?.kill();
    this.proxy?.close();
    for (const program of this.bench.programs) program.expected = true;
    for (const program of this.bench.programs) if (!program.ended) await program.kill();
    this.disk?.close();
    await this.bench.close();
  }
}
