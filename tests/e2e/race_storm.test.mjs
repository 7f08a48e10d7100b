// A small storm of races on each log (tests/e2e/race_storm.mjs); ./dev race-storm runs the large one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { raceStorm } from './race_storm.mjs';

function hasNats() {
  try { execFileSync(process.env.HOLESHOT_NATS_SERVER ?? 'nats-server', ['--version'], { stdio: 'ignore' }); return true; }
  catch { return false; }
}

for (const log of ['sqlite', 'nats']) {
  test(`three tracks race through kills on ${log}, and what is stored follows from the log`, { skip: log === 'nats' && !hasNats() }, async () => {
    const report = await raceStorm({ motos: 4, seed: 7, log });
    console.log(JSON.stringify(report));
    assert.equal(report.by_riders + report.by_office, 12, 'every moto came to an end');
    assert.ok(report.by_riders > 0, 'riders brought some of them there');
    assert.ok(report.kills.gateway + report.kills.central + report.kills.bus > 2, 'kills were made');
    assert.ok(report.derived > 100, 'while there was something to derive');
    assert.deepEqual(report.named, [], 'differences between log and race events');
    assert.equal(report.differences, 0);
    assert.deepEqual(report.mended, [], 'tables that were not what the log says');
  });
}
