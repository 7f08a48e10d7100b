// A whole event by simulator, gateway, central and REST comes to the results that follow from what really happened; and
// the comparison can fail: with any one rule wrong, the oracle disagrees with what REST answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differences } from './event_compare.mjs';
import { runDay, summaryOf } from './event_day.mjs';
import { WRONG } from './event_oracle.mjs';

const SEED = 1;

test('180 riders in 14 classes, from the entry list to official results', async (t) => {
  const { record, seen } = await runDay({ riders: 180, seed: SEED });
  const summary = summaryOf(record);
  t.diagnostic(JSON.stringify(summary));

  await t.test('every race, round and class is as it was', () => {
    assert.deepEqual(differences(record, seen), []);
    assert.equal(summary.riders, 180);
    assert.equal(summary.classes, 14);
  });
  await t.test('everything that goes wrong went wrong', () => {
    for (const [mistake, count] of Object.entries(summary.mistakes)) assert.ok(count > 0, `somebody or something had to: ${mistake}`);
    for (const what of ['dsq', 'rel', 'dnf', 'dns', 'photo', 'place', 'time']) assert.ok(summary.said[what] > 0, `officials had to say ${what}`);
    for (const start of ['pulse', 'hill', 'hand']) assert.ok(record.gates.some((gate) => gate.start === start), `a race started from ${start}`);
    for (const what of ['late', 'scratch']) assert.ok(summary.changes.includes(what), `somebody was ${what}`);
    assert.ok(summary.overlapping > 0, 'two gates dropped within 30 s');
  });
  for (const wrong of WRONG) {
    await t.test(`a wrong rule is noticed: ${wrong}`, () => assert.notEqual(differences(record, seen, wrong).length, 0));
  }
});
