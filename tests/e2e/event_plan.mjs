// What is written down before the day begins: classes, riders, the entry list as CSV, and which mishap strikes which race.
// Everything follows from the seed and the number of riders.
import { random } from './system.mjs';

// Chips stand so far apart that the simulator's strangers and late riders are nobody of the event.
export const FIRST_CHIP = 7_000_001;
export const CHIP_STEP = 520;
export const LOAN_CHIP = 7_900_001;  // lent at the office

// Fourteen classes ride; "Girls 5-6" is too small and rides with the boys. Every structure that the rule books have up to
// quarters; `late` riders come after the first moto and are not on the list.
export const CLASSES = [
  { name: 'Boys 5-6', riders: 5, format: 'motos_only', book: 'club' },
  { name: 'Girls 5-6', riders: 2, format: 'motos_only', book: 'usabmx', into: 'Boys 5-6' },
  { name: 'Boys 7', riders: 8, format: 'motos_only', book: 'club' },
  { name: 'Girls 7', riders: 9, format: 'motos_main', book: 'club' },
  { name: 'Boys 8', riders: 12, format: 'motos_main', book: 'uci' },
  { name: 'Girls 8', riders: 15, format: 'motos_semis_main', book: 'club' },
  { name: 'Boys 9', riders: 20, format: 'motos_semis_main', book: 'uci' },
  { name: 'Girls 9', riders: 6, format: 'motos_main', scoring: 'transfer', book: 'usabmx' },
  { name: 'Boys 10', riders: 9, format: 'motos_main', scoring: 'transfer', book: 'usabmx' },
  { name: 'Girls 10', riders: 16, format: 'motos_semis_main', scoring: 'transfer', book: 'club' },
  { name: 'Boys 11', riders: 3, format: 'motos_only', scoring: 'transfer', book: 'club' },
  { name: 'Girls 11', riders: 5, format: 'motos_main', book: 'uci', late: 1 },
  { name: 'Men', riders: 34, format: 'motos_quarters_semis_main', book: 'uci', elastic: true },
  { name: 'Women', riders: 19, format: 'motos_main', book: 'club', late: 1 },
  { name: 'Cruiser', riders: 15, format: 'motos_semis_main', book: 'uci' },
];
const FEWEST_MEN = 33;  // fewer of them need no quarters
const MOST_MEN = 64;

// The classes with so many riders in all, late ones included: the men are more or fewer.
export function classesFor(riders) {
  const rest = CLASSES.filter((c) => !c.elastic).reduce((sum, c) => sum + c.riders + (c.late ?? 0), 0);
  const men = riders - rest;
  if (!Number.isInteger(riders) || men < FEWEST_MEN || men > MOST_MEN)
    throw new Error(`--riders has to be from ${rest + FEWEST_MEN} to ${rest + MOST_MEN}: the classes need as many`);
  return CLASSES.map((c) => ({ scoring: 'total_points', late: 0, ...c, riders: c.elastic ? men : c.riders }));
}

const FIRST = ['Maja', 'Liv', 'Ask', 'Noor', 'Bram', 'Zoë', 'Tom', 'Ida', 'Per', 'Ada'];
const LAST = ['Lindqvist', "O'Neil", 'de Vries', 'Maes', 'Holm', 'Nowak', 'Roux', 'Berg'];

// Riders in the order of the list; `late` ones are made at the office.
export function ridersFor(classes, seed) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const riders = [];
  for (const its of classes) {
    for (let i = 0; i < its.riders + its.late; ++i) {
      riders.push({
        class: its.name, late: i >= its.riders, first_name: pick(FIRST), last_name: pick(LAST),
        plate_number: String(100 + riders.length), transponder_id: FIRST_CHIP + CHIP_STEP * riders.length,
      });
    }
  }
  return riders;
}

const COLUMNS = ['class', 'plate_number', 'first_name', 'last_name', 'transponder_id'];
const cell = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export const csvOf = (rows, columns = COLUMNS) =>
  [columns, ...rows.map((row) => columns.map((name) => cell(String(row[name] ?? ''))))].map((line) => line.join(',')).join('\n') + '\n';

// The list as somebody typed it: with the lines (the head is 1) that are wrong and what of them.
export function badList(riders) {
  const rows = riders.filter((r) => !r.late).map((r) => ({ ...r }));
  const faults = [];
  const spoil = (at, column, value, why) => { rows[at][column] = value; faults.push({ line: at + 2, column, why }); };
  spoil(3, 'transponder_id', 'seven', /transponder_id/);
  spoil(17, 'last_name', '', /last_name/);
  spoil(40, 'class', '', /class is missing/);
  spoil(60, 'transponder_id', String(rows[59].transponder_id), /this transponder is/);
  return { csv: csvOf(rows), faults };
}

// What always happens somewhere: knobs of the simulator and how often.
export const MISTAKES = { dns: 0.03, dnf: 0.04, 'dead-chip': 0.03, miss: 0.02, double: 0.15, 'gate-double': 0.2, 'wrong-lane': 0.04, 'late-entry': 0.04, walker: 0.3 };

// Whom officials speak of: by place at the finish line, or by place on the sheet where the race is still to come.
// knobs: the simulator's, for this race only. start: 'hand' where the official presses the button.
export const INCIDENTS = [
  { class: 'Boys 7', round: 'moto1', group: 1, knobs: { 'gate-lost': 1, 'dead-chip': 0, walker: 0 } },
  { class: 'Boys 8', round: 'moto2', group: 1, knobs: { 'gate-lost': 1, walker: 0 } },
  { class: 'Girls 9', round: 'moto1', group: 1, knobs: { 'gate-lost': 1, 'dead-chip': 0, walker: 0, dnf: 0, dns: 0 }, say: [['rel', 1]] },
  { class: 'Women', round: 'moto1', group: 1, knobs: { 'gate-lost': 1, 'gate-double': 0, walker: 0 }, start: 'hand' },
  { class: 'Girls 8', round: 'moto2', group: 2, knobs: { 'gate-double': 1, double: 1, walker: 1 } },
  { class: 'Boys 9', round: 'moto1', group: 1, knobs: { 'dead-chip': 0.4 } },
  { class: 'Women', round: 'moto2', group: 2, knobs: { 'dead-chip': 0.4 } },
  { class: 'Men', round: 'moto1', group: 2, knobs: { 'wrong-lane': 1 } },
  { class: 'Cruiser', round: 'moto1', group: 2, knobs: { 'late-entry': 1 } },
  { class: 'Girls 7', round: 'moto1', group: 1, say: [['dsq', 1]], then: 'scratch' },
  { class: 'Boys 8', round: 'moto1', group: 1, knobs: { dnf: 0, dns: 0, 'dead-chip': 0 }, say: [['rel', 2]] },
  { class: 'Men', round: 'moto2', group: 3, knobs: { 'dead-chip': 0 }, say: [['rel', 1], ['rel', 3]] },
  { class: 'Girls 8', round: 'moto1', group: 1, knobs: { 'dead-chip': 0, miss: 0 }, say: [['dsq', 3], ['undo']] },
  { class: 'Boys 9', round: 'moto2', group: 1, rerun: true },
  { class: 'Boys 9', round: 'moto1', group: 2, knobs: { 'dead-chip': 0, miss: 0 }, say: [['photo', 2, 1]] },
  { class: 'Boys 10', round: 'moto1', group: 1, knobs: { 'dead-chip': 0, dns: 0, dnf: 0 }, say: [['dsq', 1]] },
  { class: 'Girls 10', round: 'moto2', group: 1, knobs: { 'dead-chip': 0 }, say: [['dnf', 1]] },
  { class: 'Women', round: 'moto3', group: 1, knobs: { 'dead-chip': 0 }, say: [['dns', 2]] },
  { class: 'Girls 10', round: 'moto1', group: 2, loan: 1 },
  { class: 'Men', round: 'moto3', group: 1, knobs: { 'dead-chip': 0, 'gate-lost': 0 } },
  { class: 'Women', round: 'main', group: 1, knobs: { 'dead-chip': 0, miss: 0, dnf: 0, dns: 0 } },
  { class: 'Girls 8', round: 'main', group: 1, knobs: { 'dead-chip': 0, miss: 0, dns: 0 } },
];
// Never at the gate, though entered.
export const NO_SHOW = { class: 'Girls 11', entry: 1 };
export const incidentOf = (moto) =>
  INCIDENTS.find((one) => one.class === moto.class_name && one.round === moto.round_type && one.group === moto.group) ?? {};
