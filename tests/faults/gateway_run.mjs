// Seeded episodes of bad luck for one gateway after the other, and after each episode the question whether every
// passing that the decoder issued is at central, once, in order, unaltered.
//
//   node tests/faults/gateway_run.mjs [--bin DIR] [--episodes N] [--seed N] [--worlds N] [--only FAULT,FAULT] [--passive] [--json]
//   --passive is the control: a gateway that may not ask again must lose what the line lost, and the run must say so
//   status 0 nothing lost, 3 a promise broken, 1 no verdict
import { parseArgs } from 'node:util';

import { BIN, random, sleep } from '../e2e/system.mjs';
import { FAULTS } from './episodes.mjs';
import { World } from './world.mjs';

// Enough to open each one's books side by side on two cores.
const WORLDS = 4;

async function episode(world, next, only) {
  const usable = FAULTS.filter((f) => (only.length === 0 || only.includes(f.name)) && (!f.needs || f.needs(world)));
  const weights = usable.reduce((sum, f) => sum + f.weight, 0);
  const draw = () => { let at = next() * weights; return usable.find((f) => (at -= f.weight) < 0) ?? usable[0]; };
  const chosen = [draw()];
  while (next() < 0.4 && chosen.length < 3) {
    const other = draw();
    if (!chosen.some((f) => f.group === other.group)) chosen.push(other);
  }
  const heals = [];
  for (const fault of chosen) {
    heals.push((await fault.strike(world, next)) ?? (async () => {}));
    await sleep(next() * 60);
  }
  await sleep(50 + next() * 400);
  heals.sort(() => next() - 0.5);
  for (const heal of heals) await heal();
  await world.supervise();
  const lost = await world.converge();
  return { faults: chosen.map((f) => f.name), lost };
}

async function runWorld(index, { bin, episodes, seed, only, passive, progress }) {
  const next = random(seed * 1000 + index);
  const world = new World({ bin, line: index % 4 === 1 ? 'serial' : 'tcp', seed: seed * 1000 + index, passive });
  const count = {};
  const report = { episodes: 0, passings: 0, events: 0, lost: [], crashes: [], restarts: 0, named: 0 };
  try {
    await world.open();
    await world.warmUp();
    for (let i = 0; i < episodes; ++i) {
      const { faults, lost } = await episode(world, next, only);
      for (const name of faults) count[name] = (count[name] ?? 0) + 1;
      ++report.episodes;
      if (lost.length > 0) {
        report.lost.push({ episode: i, faults, lost: lost.slice(0, 10), how_many: lost.length, gateway: world.log().slice(-3000) });
        break;  // the books would only repeat it
      }
      progress(report.episodes);
    }
  } finally {
    await world.close();
  }
  Object.assign(report, { passings: world.issued.size, events: world.events, crashes: world.crashes, restarts: world.restarts, wrong: world.wrong, complaints: world.complaints, named: world.named?.size ?? 0, count });
  return report;
}

export async function gatewayRun({ bin = BIN, episodes = 1000, seed = 1, worlds = WORLDS, only = [], passive = false, say = () => {} } = {}) {
  const done = Array(worlds).fill(0);
  const began = Date.now();
  const share = (i) => Math.floor(episodes / worlds) + (i < episodes % worlds ? 1 : 0);
  const parts = await Promise.all(done.map((_, i) => runWorld(i, { bin, episodes: share(i), seed, only, passive,
    progress: (n) => { done[i] = n; say(done.reduce((a, b) => a + b), episodes, (Date.now() - began) / 1000); } })));
  const sum = (pick) => parts.reduce((total, part) => total + pick(part), 0);
  const count = {};
  for (const part of parts) for (const [name, n] of Object.entries(part.count)) count[name] = (count[name] ?? 0) + n;
  return {
    seed, episodes: sum((p) => p.episodes), seconds: Math.round((Date.now() - began) / 1000), passings: sum((p) => p.passings), events: sum((p) => p.events),
    lost: sum((p) => p.lost.reduce((n, l) => n + l.how_many, 0)), named_losses: sum((p) => p.named),
    duplicates: sum((p) => p.wrong.duplicates), disorder: sum((p) => p.wrong.disorder), altered: sum((p) => p.wrong.altered), unissued: sum((p) => p.wrong.unissued),
    crashes: sum((p) => p.crashes.length), restarts: sum((p) => p.restarts), faults: count,
    details: [...parts.flatMap((p) => p.lost), ...parts.flatMap((p) => p.crashes), ...parts.flatMap((p) => p.complaints)].slice(0, 20),
  };
}

export const kept = (r) => r.lost + r.duplicates + r.disorder + r.altered + r.unissued + r.crashes === 0;

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { bin: { type: 'string' }, episodes: { type: 'string' }, seed: { type: 'string' }, worlds: { type: 'string' }, only: { type: 'string' }, passive: { type: 'boolean' }, json: { type: 'boolean' } } });
  const tty = process.stderr.isTTY;
  const report = await gatewayRun({ bin: values.bin, episodes: Number(values.episodes ?? 1000), seed: Number(values.seed ?? 1),
    worlds: Number(values.worlds ?? WORLDS), only: values.only ? values.only.split(',') : [], passive: values.passive,
    say: (n, of, s) => { if (tty) process.stderr.write(`\r${n} of ${of} episodes, ${Math.round(s)} s`); else if (n % 50 === 0) process.stderr.write(`${n} of ${of} episodes, ${Math.round(s)} s\n`); } });
  if (tty) process.stderr.write('\n');
  console.log(values.json ? JSON.stringify(report) : JSON.stringify(report, null, 1));
  process.exitCode = kept(report) && report.passings > 0 ? 0 : 3;
}
