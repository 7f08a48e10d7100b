// Some seeded episodes in every test run; `./dev faults gateway` does a thousand. And the control: where the gateway may
// not ask the decoder again, what the line lost is lost, and the run must see it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gatewayRun, kept } from './gateway_run.mjs';

test('after every episode each passing is at central once, in order, unaltered', async () => {
  const report = await gatewayRun({ episodes: 40, seed: 3, worlds: 2 });
  assert.ok(kept(report), JSON.stringify(report, null, 1));
  assert.equal(report.episodes, 40);
  assert.ok(report.passings > 200, `${report.passings} passings are too few to mean something`);
});

test('a gateway that may not ask again loses what the line lost, and the run sees it', async () => {
  const report = await gatewayRun({ episodes: 2, seed: 1, worlds: 1, only: ['missed_on_wire'], passive: true });
  assert.ok(report.lost > 0, JSON.stringify(report, null, 1));
});
