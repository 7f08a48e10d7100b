// The race day: every moto of the running order to the gate and home, and what officials say of it.
import { corrections, homeOrder, isOpen, lanesToMend, lastSeen, startOf, wishes } from './event_judge.mjs';
import { changesAfter, changesBefore } from './event_changes.mjs';
import { rule } from './event_office.mjs';
import { incidentOf, LOAN_CHIP, NO_SHOW } from './event_plan.mjs';

const noShow = (day, moto) => moto.class_name === NO_SHOW.class && day.record.classes.find((c) => c.id === moto.class_id).entries[NO_SHOW.entry];

// Puts the moto on the gate; the record of this gate, or null where nobody is left to ride.
async function stage(office, track, day, id) {
  let moto = await office.moto(id);
  if (moto.filled !== undefined) {
    await office.post(`${office.classPath(moto.class_id)}/fill`);
    moto = await office.moto(id);
  }
  if (moto.entries.length === 0) return null;
  const incident = incidentOf(moto);
  const sheet = moto.entries.map((e) => ({ rider_id: e.rider_id, lane: e.lane, chip: e.rider.transponder_id })).sort((a, b) => a.lane - b.lane);
  const gate = { moto_id: id, class_id: moto.class_id, class_name: moto.class_name, round: moto.round_type, group: moto.group, sheet, seeds: moto.seeds ?? null, said: [], incident };
  await track.offTheTrack(sheet.map((entry) => entry.chip));
  await office.putOnGate(id);
  if (incident.loan && sheet[incident.loan]) {
    sheet[incident.loan].chip = LOAN_CHIP;
    await office.rule('assign-transponder', id, { rider_id: sheet[incident.loan].rider_id, transponder_id: LOAN_CHIP, replaces: true });
  }
  gate.rode = sheet.filter((entry) => entry.rider_id !== noShow(day, moto));
  return gate;
}

async function drop(office, track, day, gate) {
  track.set(gate.incident.knobs);
  const book = day.record.classes.find((c) => c.id === gate.class_id).book;
  const time_us = Date.now() * 1000;
  if (gate.incident.start === 'hand') await office.rule('gate', gate.moto_id, { time_us });
  gate.truth = await track.gate(gate.rode.map((entry) => entry.chip));
  gate.start = gate.incident.start ?? startOf(gate, book);
  if (gate.start === 'hand' && !gate.incident.start) await office.rule('gate', gate.moto_id, { time_us });
  await office.gateDropped(gate.moto_id);
  day.record.gates.push(gate);
}

async function settle(office, gate, incident = gate.incident) {
  await office.arrived(gate.moto_id, lastSeen(gate));
  if (isOpen(gate) && (await office.moto(gate.moto_id)).status === 'racing') await office.rule('force-finish', gate.moto_id);
  for (const [rider_id, lane] of lanesToMend(gate)) await office.rule('assign-lane', gate.moto_id, { rider_id, lane });
  for (const wish of wishes(gate, incident.say ?? [])) await rule(office, gate, wish);
  for (const one of corrections(gate, gate.said)) await rule(office, gate, one);
  await office.until(gate.moto_id, 'finished', 30_000);
}

// The moto again from the gate, on the same sheet; the first attempt counts for nothing.
async function again(office, track, day, old) {
  await track.offTheTrack(old.sheet.map((entry) => entry.chip));
  await office.rule('rerun', old.moto_id, { reason: 'the gate hung' });
  const moto = await office.moto(old.moto_id);
  const sheet = moto.entries.map((e) => ({ rider_id: e.rider_id, lane: e.lane, chip: e.rider.transponder_id })).sort((a, b) => a.lane - b.lane);
  const gate = { ...old, sheet, rode: sheet, said: [], incident: {} };
  await drop(office, track, day, gate);
  await settle(office, gate);
}

// Two gates within 30 s of each other: not where the second one's riders follow from the first one's result.
async function mayFollowClosely(office, first, next_id) {
  if (!next_id || first.incident.rerun || first.incident.start === 'hand') return false;
  const next = await office.moto(next_id);
  const incident = incidentOf(next);
  if (next.filled === false || incident.rerun || incident.start === 'hand') return false;
  if (next.class_id === first.class_id && next.round_type !== first.round) return false;
  return !next.entries.some((e) => first.sheet.some((entry) => entry.rider_id === e.rider_id));
}

export async function raceTheDay(office, track, day, say) {
  const { order } = day;
  for (let i = 0; i < order.length; ++i) {
    await changesBefore(office, day, order[i]);
    const first = await stage(office, track, day, order[i]);
    if (!first) continue;
    await drop(office, track, day, first);
    let second = null;
    if (i % 3 !== 2 && await mayFollowClosely(office, first, order[i + 1])) {
      second = await stage(office, track, day, order[++i]);
      if (second) await drop(office, track, day, second);
    }
    for (const gate of [first, second].filter(Boolean)) {
      await settle(office, gate);
      if (gate.incident.rerun) await again(office, track, day, gate);
      await changesAfter(office, day, gate);
      say(`${gate.class_name} ${gate.round} ${gate.group}: ${homeOrder(gate).length} of ${gate.sheet.length} home${gate.said.length ? `, ${gate.said.map((s) => s.what).join(' ')}` : ''}${gate.start === 'pulse' ? '' : `, start from ${gate.start}`}`);
    }
  }
}
