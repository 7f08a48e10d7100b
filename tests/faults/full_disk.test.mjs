// A disk without one free byte, and not even the reserve: the gateway waits, says so, and begins when somebody has freed
// some. What it had is still there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { test } from 'node:test';

import { Bench, eventually } from '../e2e/system.mjs';
import { Disk } from './disk.mjs';

test('a gateway that finds a full disk waits for room', { skip: Disk.possible() || false }, async () => {
  const bench = new Bench();
  const disk = new Disk(bench.dir, { bin: bench.bin });
  try {
    const sim = await bench.sim(['--passings-per-second', '40']);
    const spool = disk.file('spool.db');
    const start = () => bench.gateway({ central: 'http://127.0.0.1:1', decoders: [sim.url], spool, args: ['--keep-free-mb', '2', '--control', 'off'] });
    let gateway = start();
    await eventually(async () => (await bench.spoolStats(spool)).pending > 20, 'records');
    await gateway.kill();
    const { pending } = await bench.spoolStats(spool);
    for (const ending of ['.reserve', '-shm']) rmSync(spool + ending, { force: true });
    try { execFileSync('sh', ['-c', `head -c 200000000 /dev/zero > '${disk.file('filler')}'`], { stdio: 'ignore' }); } catch { /* full */ }
    gateway = start();
    await gateway.until(() => /the disk is full: the spool cannot be opened/.test(gateway.stderr), 'its complaint');
    disk.unfill();
    await gateway.until(() => new RegExp(`started .*pending=${pending}`).test(gateway.stderr), 'the start');
    await gateway.stop();
  } finally {
    for (const program of bench.programs) if (!program.ended) await program.kill();
    disk.close();
    await bench.close();
  }
});
