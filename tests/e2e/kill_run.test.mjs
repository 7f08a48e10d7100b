import assert from 'node:assert/strict';
import { test } from 'node:test';

import { killRun } from './kill_run.mjs';

test('fifty kills lose nothing, double nothing and keep the order', async () => {
  const report = await killRun({ kills: 50, seed: 20 });
  console.log(JSON.stringify(report));
  assert.ok(report.kills >= 50, 'kills were made');
  assert.ok(report.gateway_kills > 10 && report.central_kills > 10, 'of both programs');
  assert.ok(report.events > 1000, 'while data flowed');
  for (const promise of ['lost', 'unspooled', 'duplicates', 'disorder', 'altered', 'unreadable']) assert.equal(report[promise], 0, promise);
});
