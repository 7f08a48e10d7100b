// What can go wrong at a track, each as one fault: strike(world, next) makes it happen and gives the way to heal it.
// `group`: two faults of one group exclude each other in an episode. `next` gives seeded numbers in [0, 1).
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';

import { eventually, sleep } from '../e2e/system.mjs';
import { ANSWERS, LINES } from './proxy.mjs';

const DAY_US = 86_400_000_000;
const hasDisk = (world) => Boolean(world.disk);
const tcp = (world) => world.line === 'tcp';
const serial = (world) => world.line === 'serial';

const answer = (mode, weight = 1) => ({
  name: mode, weight, group: 'network',
  strike: async (world) => {
    world.proxy.set(mode);
    return async () => world.proxy.set('pass');
  },
});

// A disk that changes bytes under us: some pages of the spool are overwritten while nobody has it open.
function damage(file, next, pages) {
  const fd = openSync(file, 'r+');
  const size = fstatSync(fd).size;
  for (let i = 0; i < pages; ++i) {
    const at = Math.floor(next() * Math.max(1, size - 64));
    writeSync(fd, Buffer.from(Array.from({ length: 32 }, () => Math.floor(next() * 256))), 0, 32, at);
  }
  closeSync(fd);
}

export const FAULTS = [
  { name: 'kill_gateway', weight: 8, group: 'gateway', strike: async (world) => {
    await world.killGateway();
    return () => world.startGateway();
  } },
  { name: 'stop_gateway', weight: 2, group: 'gateway', strike: async (world) => {
    await world.stopGateway();
    return () => world.startGateway();
  } },
  { name: 'power_cut', weight: 8, group: 'gateway', needs: hasDisk, strike: async (world) => {
    world.powerless = true;
    world.disk.cut();
    await world.killGateway();
    world.disk.restore();
    return async () => { world.powerless = false; await world.startGateway(); };
  } },
  { name: 'disk_full', weight: 4, group: 'disk', needs: hasDisk, strike: async (world, next) => {
    world.disk.fill(next() < 0.5 ? 0 : Math.floor(next() * 1_000_000));
    await sleep(300 + next() * 500);
    return async () => world.disk.unfill();
  } },
  { name: 'sync_eio', weight: 3, group: 'disk', strike: async (world, next) => {
    world.failSync(true);
    await sleep(100 + next() * 300);
    return async () => { world.failSync(false); };
  } },
  { name: 'line_lost', weight: 4, group: 'line', needs: tcp, strike: async (world) => { world.sim.write('disconnect'); } },
  { name: 'decoder_away', weight: 3, group: 'line', needs: tcp, strike: async (world) => {
    world.sim.write('refuse on');
    world.sim.write('disconnect');
    return async () => world.sim.write('refuse off');
  } },
  { name: 'half_open', weight: 0.15, group: 'line', needs: tcp, strike: async (world) => {
    world.sim.write('silent on');
    await sleep(21_000);
    return async () => world.sim.write('silent off');
  } },
  { name: 'unplug', weight: 6, group: 'line', needs: serial, strike: async (world) => {
    world.sim.write('unplug');
    return async () => world.sim.write('replug');
  } },
  { name: 'missed_on_wire', weight: 3, group: 'wire', strike: async (world, next) => { world.sim.write(`miss-on-wire ${1 + Math.floor(next() * 5)}`); } },
  { name: 'noise_on_wire', weight: 3, group: 'wire', strike: async (world) => {
    world.sim.write('corrupt 0.01');
    return async () => world.sim.write('corrupt 0');
  } },
  { name: 'decoder_clock_set', weight: 1, group: 'decoder_clock', strike: async (world, next) => { world.sim.write(`rtc step ${Math.floor(next() * 7200) + 1}`); } },
  { name: 'wall_clock_jump', weight: 3, group: 'clock', strike: async (world, next) => {
    world.wallOffset(next() < 0.5 ? DAY_US : -DAY_US);
    return async () => { if (next() < 0.5) world.wallOffset(0); };
  } },
  { name: 'kill_central', weight: 3, group: 'central', strike: async (world) => {
    await world.killCentral();
    return () => world.startCentral();
  } },
  { name: 'corrupt_spool', weight: 2, group: 'gateway', strike: async (world, next) => {
    await world.killGateway();
    damage(`${world.home}/spool.db`, next, 1 + Math.floor(next() * 3));
    return () => world.startGateway();
  } },
  ...Object.keys(ANSWERS).map((mode) => answer(mode)),
  ...LINES.map((mode) => answer(mode)),
];
export { eventually };
