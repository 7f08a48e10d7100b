// A race day in fast time for one gateway: does its memory stay flat, do its files stay bounded, and does its log hold
// nothing that a person would not want to read on a day on which nothing went wrong?
//
//   node tests/soak/gateway_soak.mjs [--bin DIR] [--hours 8] [--speed 60] [--seed N] [--json]
//   status 0 all as wanted, 3 not, 1 no verdict
import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { Bench, BIN, eventually, sleep } from '../e2e/system.mjs';

const SAMPLE_MS = 2_000;
// Flat: the last quarter of the day may not lie above the second one by more than this. (The first one is warming up:
// caches of SQLite and of the allocator.)
const FLAT_KB = 1_024;
// The spool keeps some acknowledged rows for inspection and its log: bounded, whatever the day's length.
const SPOOL_BYTES = 40 << 20;

// In fast time the decoder's clock runs as much too fast, and the gateway is right to say so. Nothing else is excused.
const FAST_CLOCK = /the decoder's clock (was set|runs)/;

const status = (pid) => readFileSync(`/proc/${pid}/status`, 'utf8');
const rssKb = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(status(pid))[1]);
const threads = (pid) => Number(/^Threads:\s+(\d+)/m.exec(status(pid))[1]);
const cpuSeconds = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const bytes = (file) => { try { return statSync(file).size; } catch { return 0; } };
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

export async function gatewaySoak({ bin = BIN, hours = 8, speed = 60, seed = 1, say = () => {} } = {}) {
  const bench = new Bench({ bin });
  try {
    const central = await bench.central();
    const sim = await bench.sim(['--speed', speed, '--interval', 45, '--groups', 40, '--seed', seed]);
    const gateway = bench.gateway({ central: central.url, decoders: [sim.url], args: ['--log-level', 'info'] });
    const { pid } = gateway.child;
    const spool = bench.file('spool.db');
    await eventually(() => bytes(spool) > 0, 'the spool');
    const samples = [];
    const began = Date.now();
    const ends = began + (hours * 3_600_000) / speed;
    while (Date.now() < ends) {
      await sleep(Math.min(SAMPLE_MS, Math.max(1, ends - Date.now())));
      samples.push({ rss: rssKb(pid), threads: threads(pid), spool: bytes(spool), wal: bytes(`${spool}-wal`) });
      say((Date.now() - began) / (ends - began), samples.at(-1));
    }
    const cpu = cpuSeconds(pid), seconds = (Date.now() - began) / 1000;
    const lines = gateway.stderr.split('\n');  // of the day; what ends here is not part of it
    await sim.stop();
    await eventually(async () => (await bench.spoolStats()).pending === 0, 'the spool to drain');
    const { acked, quarantined } = await bench.spoolStats();
    await gateway.stop();
    const quarter = (n) => samples.slice(Math.floor((samples.length * n) / 4), Math.floor((samples.length * (n + 1)) / 4));
    const second = mean(quarter(1).map((s) => s.rss)), last = mean(quarter(3).map((s) => s.rss));
    const complaints = lines.filter((line) => /\b(warn|error|warning|critical)\b/i.test(line));
    const warnings = complaints.filter((line) => !FAST_CLOCK.test(line));
    const most = (pick) => Math.max(...samples.map(pick));
    return { hours, speed, seed, seconds: Math.round(seconds), records: acked, quarantined, rss_kb_second_quarter: Math.round(second), rss_kb_last_quarter: Math.round(last),
      rss_kb_most: most((s) => s.rss), threads_most: most((s) => s.threads), spool_bytes_most: most((s) => s.spool), wal_bytes_most: most((s) => s.wal),
      cpu_percent_of_a_core: Number(((cpu / seconds) * 100).toFixed(2)), records_per_s: Number((acked / seconds).toFixed(1)), warnings: warnings.length, of_the_fast_clock: complaints.length - warnings.length, first_warnings: warnings.slice(0, 5),
      flat: last - second <= FLAT_KB, bounded: most((s) => s.spool + s.wal) <= SPOOL_BYTES };
  } finally {
    await bench.close();
  }
}
export const wanted = (r) => r.flat && r.bounded && r.warnings === 0 && r.quarantined === 0 && r.records > 0;

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { bin: { type: 'string' }, hours: { type: 'string' }, speed: { type: 'string' }, seed: { type: 'string' }, json: { type: 'boolean' } } });
  let said = 0;
  const report = await gatewaySoak({ bin: values.bin, hours: Number(values.hours ?? 8), speed: Number(values.speed ?? 60), seed: Number(values.seed ?? 1),
    say: (part, s) => { if (part - said >= 0.05 || part >= 1) { said = part; process.stderr.write(`${Math.round(part * 100)} % of the day: ${s.rss} KB, spool ${s.spool} bytes\n`); } } });
  console.log(values.json ? JSON.stringify(report) : JSON.stringify(report, null, 1));
  process.exitCode = wanted(report) ? 0 : 3;
}
