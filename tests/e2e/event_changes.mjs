// What changes between races: riders who come late or go home, a protest that moves riders from one round to another.
import { homeOrder } from './event_judge.mjs';
import { eventually } from './system.mjs';
import { rule } from './event_office.mjs';

const note = (day, what, class_id, rider_id) => day.record.changes.push({ at: day.record.gates.length, what, class_id, rider_id });
const finished = (day, class_id, round) => {
  const its = day.record.classes.find((c) => c.id === class_id);
  return its.draw.filter((m) => m.round === round).every((m) => day.record.gates.some((gate) => gate.moto_id === m.moto_id));
};

async function scratch(office, day, class_id, rider_id) {
  await office.post(`${office.classPath(class_id)}/scratches`, { rider_id, reason: 'went home' });
  note(day, 'scratch', class_id, rider_id);
}

async function enterLate(office, day, gate) {
  const late = day.riders.filter((r) => r.late && r.class === gate.class_name && !r.entered);
  if (gate.round !== 'moto1' || !late.length || !finished(day, gate.class_id, 'moto1')) return;
  for (const rider of late) {
    rider.entered = true;
    const { class: its, late: is_late, entered, ...fields } = rider;
    const { id } = await office.post('/api/riders', fields);
    await office.post(`${office.classPath(gate.class_id)}/riders`, { rider_id: id });
    day.record.riders[id] = { chip: rider.transponder_id, plate: rider.plate_number };
    note(day, 'late', gate.class_id, id);
  }
}

// The quarters are filled and wait; then the jury relegates whoever won moto 3 of group 1.
async function protestBeforeQuarters(office, day, gate) {
  if (gate.class_name !== 'Men' || gate.round !== 'moto3' || !finished(day, gate.class_id, 'moto3')) return;
  const quarter = day.record.classes.find((c) => c.id === gate.class_id).draw.find((m) => m.round === 'quarter');
  await eventually(async () => (await office.moto(quarter.moto_id)).filled === true, 'the quarters to be filled', 30_000, 20);
  const of_group_1 = day.record.gates.find((g) => g.class_id === gate.class_id && g.round === 'moto3' && g.group === 1);
  await rule(office, of_group_1, { what: 'rel', rider_id: homeOrder(of_group_1)[0], protest: true });
}

export async function changesAfter(office, day, gate) {
  if (gate.incident.then === 'scratch' && gate.said.length) await scratch(office, day, gate.class_id, gate.said[0].rider_id);
  if (gate.class_name === 'Men' && gate.round === 'moto1' && gate.group === 4) await scratch(office, day, gate.class_id, homeOrder(gate).at(-1));
  await enterLate(office, day, gate);
  await protestBeforeQuarters(office, day, gate);
}

// Somebody goes home whose quarter is filled: the next one rides.
export async function changesBefore(office, day, moto_id) {
  const moto = await office.moto(moto_id);
  if (moto.class_name !== 'Men' || moto.round_type !== 'quarter' || moto.group !== 1) return;
  await office.post(`${office.classPath(moto.class_id)}/fill`);
  await scratch(office, day, moto.class_id, (await office.moto(moto_id)).seeds[1]);
}
