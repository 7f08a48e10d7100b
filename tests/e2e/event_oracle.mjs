// The results worked out a second time, from what really happened in each race (the simulator's truth) and what the
// officials said, by the rules in docs/competition.md, docs/race.md and the rule books. Shares no code with central, and
// reads nothing that central worked out: of the draw only who was drawn into which group and lane.
//
// `wrong` names one rule to get wrong on purpose (WRONG below): the control that shows that the comparison can fail.
import { raceOf } from './event_oracle_race.mjs';
import { rankClass } from './event_oracle_rank.mjs';
import { filledRound, lateGroup } from './event_oracle_fill.mjs';
import { BOOKS, laterRounds, transferRow } from './event_oracle_rules.mjs';

export const WRONG = [
  'points', 'dnf', 'dns', 'rel', 'dsq', 'tie', 'last_time', 'transfer', 'combine', 'fill', 'seeds', 'snake', 'lanes', 'need_start', 'late',
  'scratch', 'merge', 'rerun', 'manual', 'undo', 'photo', 'protest', 'estimate', 'fewer_motos', 'main',
];

const LANES = 8;

// One class from its draw to its ranking: { heats: [..], rows: [..] }.
class ClassDay {
  constructor(record, its, wrong) {
    Object.assign(this, { record, its, wrong, book: BOOKS[its.book], heats: [] });
    const drawn = its.draw.filter((m) => m.round === 'moto1').flatMap((m) => m.entries);
    this.riders = drawn.length;
    this.groups = its.draw.filter((m) => m.round === 'moto1').length;
    this.row = its.scoring === 'transfer' ? transferRow(this.riders) : null;
    this.later = this.row ? this.row.rounds : laterRounds(this.riders, its.format);
    this.changes = record.changes.filter((c) => c.class_id === its.id);
  }

  // The last attempt counts; the gates before it are what had happened when it went to the gate.
  gateOf(slot) {
    const attempts = this.record.gates.map((gate, at) => ({ gate, at })).filter((one) => one.gate.moto_id === slot.moto_id);
    return this.wrong === 'rerun' ? attempts[0] : attempts.at(-1);
  }
  slots(round) { return this.its.draw.filter((m) => m.round === round).sort((a, b) => a.group - b.group); }
  firstAt(round) { return Math.min(...this.slots(round).map((slot) => this.gateOf(slot)?.at ?? Infinity)); }
  scratchedBefore(at) {
    return new Set(this.changes.filter((c) => c.what === 'scratch' && c.at <= at && this.wrong !== 'scratch').map((c) => c.rider_id));
  }

  // A heat as it was ridden: who had to be in it, and what became of them.
  ride(slot, riders, seeds = null) {
    const at = this.gateOf(slot);
    const heat = { slot, round: slot.round, group: slot.group, riders, seeds, gate: at?.gate ?? null, lines: [] };
    if (at) heat.lines = raceOf({ gate: at.gate, riders, book: this.book, wrong: this.wrong });
    this.heats.push(heat);
    return heat;
  }

  rideDrawn() {
    const late = lateGroup(this);
    for (const slot of this.its.draw.filter((m) => !m.vacant)) {
      const at = this.gateOf(slot)?.at ?? Infinity;
      const riders = slot.entries.map((e) => e.rider_id);
      for (const { change, group } of late) if (change.at <= at && group === slot.group && slot.round !== 'moto1') riders.push(change.rider_id);
      const gone = this.scratchedBefore(at);
      this.ride(slot, riders.filter((rider) => !gone.has(rider)));
    }
  }
  rideFilled(round) {
    const filled = filledRound(this, round, this.scratchedBefore(this.firstAt(round)));
    for (const slot of this.slots(round)) this.ride(slot, [...filled[slot.group - 1]], filled[slot.group - 1]);
  }

  run() {
    this.rideDrawn();
    for (let moto = 2; this.row?.transfers.length && moto <= this.row.transfers.length; ++moto) this.rideFilled(`moto${moto}`);
    for (const round of this.later) this.rideFilled(round);
    return { heats: this.heats, rows: rankClass(this), lanes: LANES };
  }
}

// { class id -> { heats, rows } }.
export function recompute(record, wrong = null) {
  if (wrong && !WRONG.includes(wrong)) throw new Error(`no rule is called ${wrong}: ${WRONG.join(', ')}`);
  return Object.fromEntries(record.classes.map((its) => [its.id, new ClassDay(record, its, wrong).run()]));
}
