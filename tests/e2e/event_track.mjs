// The simulated track as the office's people see it: a gate that drops for the riders on it, mishaps that come and go, and
// what really happened, by the simulator's truth file.
import { readFileSync } from 'node:fs';

import { MISTAKES } from './event_plan.mjs';

const WORST = 0.6;
const rougher = (times) => Object.fromEntries(Object.entries(MISTAKES).map(([name, p]) => [name, Math.min(WORST, p * times)]));
const flags = (knobs) => Object.entries(knobs).flatMap(([name, p]) => [`--${name}`, p]);

// A gate stands up again, with the next riders on it, no sooner after a drop than this.
const GATE_RESET_US = 10_000_000;

export class SimTrack {
  static async start(bench, { seed, speed, rough = 1 }) {
    const track = new SimTrack();
    track.speed = speed;
    track.usual = { ...rougher(rough), 'gate-lost': 0 };
    track.file = bench.file('races.jsonl');
    // With a fix the decoders' times are comparable, so strict rule books give times, too.
    track.sim = await bench.sim(['--gate-on-stdin', '--gps', '--speed', speed, '--seed', seed, '--riders', 7, '--race-truth', track.file, ...flags(rougher(rough))]);
    track.now_of = { ...track.usual };
    track.races = 0;
    track.walks = new Map();  // chip -> when its rider is off the track, in race time
    return track;
  }
  get url() { return this.sim.url; }

  // The usual mistakes but for these.
  set(knobs = {}) {
    const wanted = { ...this.usual, ...knobs };
    for (const [name, p] of Object.entries(wanted)) {
      if (this.now_of[name] !== p) this.sim.write(`${name} ${p}`);
    }
    this.now_of = wanted;
  }
  // Drops the gate; resolves with what happens in the race.
  async gate(chips) {
    await this.gateIsUp();
    const from = this.sim.lines.length;
    this.sim.write(`gate ${chips.join(',')}`);
    await this.sim.until(() => this.sim.lines.slice(from).some((line) => line.startsWith('{"race"') || line.startsWith('error')), 'the gate');
    const error = this.sim.lines.slice(from).find((line) => line.startsWith('error'));
    if (error) throw new Error(error);
    const truth = JSON.parse(readFileSync(this.file, 'utf8').trim().split('\n')[this.races]);
    if (truth.race !== ++this.races) throw new Error(`race ${this.races} is not in the truth file`);
    this.clock = { race_us: truth.gate_us, at_ms: Date.now() };
    for (const walk of truth.walkers) if (walk.of_this_race) this.walks.set(walk.transponder_id, walk.us);
    return truth;
  }
  // Race time, not later than it is.
  now() { return this.clock ? this.clock.race_us + (Date.now() - this.clock.at_ms) * 1000 * this.speed : 0; }
  async gateIsUp() {
    while (this.clock && this.now() < this.clock.race_us + GATE_RESET_US) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // Nobody races while he walks over a loop: these come to the gate once they are off the track.
  async offTheTrack(chips) {
    const margin_us = 1_000_000;
    for (;;) {
      const until = Math.max(0, ...chips.map((chip) => (this.walks.get(chip) ?? -margin_us) + margin_us));
      if (this.now() >= until) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
