// A whole event by simulator, gateway and central, from the entry list to official results, by REST alone and in fast time:
// two gates within 30 s, everything that riders, chips, loops and officials do wrong or decide. Then the results are worked
// out again from what really happened (event_oracle.mjs) and compared, race for race and class for class.
//
//   node tests/e2e/event_day.mjs [--riders 180] [--seed 1] [--speed 60] [--rough 1] [--bin DIR] [--keep DIR] [--quiet]
//
// --rough is how many times as often things go wrong.
// --keep leaves record.json (what was raced and said), seen.json (what REST answered) and the truth file in DIR.
// Status 0: all equal; 1: differences, which are printed, or the day broke off.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { differences } from './event_compare.mjs';
import { bringIn } from './event_entries.mjs';
import { EventDesk } from './event_desk.mjs';
import { EventOffice } from './event_office.mjs';
import { raceTheDay } from './event_races.mjs';
import { SimTrack } from './event_track.mjs';
import { Bench, BIN } from './system.mjs';

const TRACK = 'zolder';

// Resolves with { record, seen, summary }: what happened and was said, what REST has of it, and how often which.
export async function runDay({ riders = 180, seed = 1, speed = 60, rough = 1, bin = BIN, keep = null, say = () => {} } = {}) {
  const bench = new Bench({ bin });
  try {
    const central = await bench.central();
    const office = new EventOffice(central.url, TRACK);
    await office.setUp('Cup of Zolder');
    const track = await SimTrack.start(bench, { seed, speed, rough });
    const gateway = bench.gateway({ central: central.url, decoders: [track.url], track: TRACK });
    const day = await bringIn(office, { riders, seed, say });
    await raceTheDay(office, track, day, say);
    const seen = await new EventDesk(office, day, say).publish();
    await gateway.stop();
    await central.stop();
    const again = await bench.command('holeshot-central', ['replay', '--data', bench.file('central'), '--track', TRACK, '--verify', '--json']).catch((error) => error.stdout);
    seen.replay = JSON.parse(again);
    if (keep) {
      mkdirSync(keep, { recursive: true });
      writeFileSync(path.join(keep, 'record.json'), JSON.stringify(day.record, null, 1));
      writeFileSync(path.join(keep, 'seen.json'), JSON.stringify(seen, null, 1));
      cpSync(track.file, path.join(keep, 'races.jsonl'));
    }
    return { record: day.record, seen };
  } catch (error) {
    if (keep) cpSync(bench.dir, keep, { recursive: true, filter: (file) => !file.endsWith('.control') });  // a socket
    error.message += `\n${bench.programs.map((p) => `${p.name}: ${p.stderr.slice(-1500)}`).join('\n')}`;
    throw error;
  } finally {
    await bench.close();
  }
}

// How often what happened, for whoever reads along.
export function summaryOf(record) {
  const truths = record.gates.map((gate) => gate.truth);
  const of = (pick) => truths.reduce((sum, truth) => sum + pick(truth), 0);
  const riders = (is) => of((t) => t.riders.filter(is).length);
  const said = {};
  for (const gate of record.gates) for (const one of gate.said) said[one.what] = (said[one.what] ?? 0) + 1;
  return {
    riders: Object.keys(record.riders).length, classes: record.classes.length, gates: record.gates.length,
    overlapping: record.gates.filter((gate, i) => i > 0 && gate.truth.gate_us - record.gates[i - 1].truth.gate_us < 30_000_000).length,
    mistakes: {
      dns: riders((r) => r.status === 'DNS'), dnf: riders((r) => r.status === 'DNF'), dead_chip: riders((r) => r.dead_chip),
      wrong_lane: riders((r) => r.sheet_lane !== null && r.lane !== r.sheet_lane), off_the_sheet: riders((r) => r.sheet_lane === null),
      missed: riders((r) => !r.dead_chip && r.crossings.some((c) => c.reports === 0)), read_twice: riders((r) => r.crossings.some((c) => c.reports > 1)),
      gate_lost: truths.filter((t) => t.pulses === 0).length, gate_doubled: truths.filter((t) => t.pulses > 1).length,
      walkers: of((t) => t.walkers.length),
    },
    said, changes: record.changes.map((change) => change.what),
  };
}

async function main() {
  const { values } = parseArgs({ options: {
    riders: { type: 'string', default: '180' }, seed: { type: 'string', default: '1' }, speed: { type: 'string', default: '60' },
    rough: { type: 'string', default: '1' }, bin: { type: 'string', default: BIN }, keep: { type: 'string' }, quiet: { type: 'boolean', default: false },
  } });
  const begun = Date.now();
  const say = values.quiet ? () => {} : (text) => console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const { record, seen } = await runDay({ riders: Number(values.riders), seed: Number(values.seed), speed: Number(values.speed), rough: Number(values.rough), bin: values.bin, keep: values.keep, say });
  const found = differences(record, seen);
  for (const one of found) console.log(`DIFFERENT  ${one}`);
  console.log(JSON.stringify({ ...summaryOf(record), differences: found.length, seconds: Math.round((Date.now() - begun) / 1000) }));
  return found.length === 0 ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().then((status) => { process.exitCode = status; }, (error) => { console.error(error); process.exitCode = 1; });
}
