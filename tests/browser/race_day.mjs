// A believable club race day as a pure function of a seed: who starts, and every event of each race with its time.
// Times are those of BMX.md's table (club experts: hill about 2 s, lap 36 to 45 s); the last race's order is never the
// first loop's. Nothing here knows of sockets or clocks.

const kLoops = [
  { id: "loop-hill", name: "Hill", decoder: "D0000C01", atS: 2.05, spreadS: 0.12 },
  { id: "loop-corner1", name: "First corner", decoder: "D0000C02", atS: 8.0, spreadS: 0.28 },
  { id: "loop-corner2", name: "Second corner", decoder: "D0000C03", atS: 18.2, spreadS: 0.55 },
  { id: "loop-pro", name: "Last straight", decoder: "D0000C04", atS: 28.6, spreadS: 0.8 },
  { id: "loop-finish", name: "Finish", decoder: "D0000C05", atS: 37.4, spreadS: 1.1 },
];

const kClasses = [
  ["Boys 13–14", "moto2"],
  ["Girls 15–16", "semi"],
  ["Elite Men", "main"],
  ["Cruiser 30–39", "moto1"],
  ["Junior Women", "quarter"],
];

const kNames = [
  ["Jonas", "Keller"],
  ["Mats", "van den Berg"],
  ["Luca", "Moretti"],
  ["Noah", "Baumgartner"],
  ["Emil", "Sørensen"],
  ["Théo", "Lefèvre"],
  ["Finn", "O'Reilly"],
  ["Kacper", "Wiśniewski"],
  ["Lina", "Schneider"],
  ["Sanne", "de Vries"],
  ["Chloé", "Martin"],
  ["Zoe", "Claessens"],
  ["Mia", "Andersson"],
  ["Aoife", "Byrne"],
  ["Saya", "Nakamura"],
  ["Elena", "Horáková"],
];

const kPlates = ["7", "118", "24", "961", "33", "402", "85", "1204", "12", "266", "5", "371", "90", "648", "17", "555"];

/** When a staged moto's gate drops, and how long a result stands, in seconds. */
const kOnGateS = 9;
const kResultS = 14;

/** Mulberry32: small, seeded, the same everywhere. */
function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function loopRows() {
  return kLoops.map((loop, index) => ({
    loop_id: loop.id,
    loop_name: loop.name,
    loop_position: index + 1,
    decoder_id: loop.decoder,
    noise: 22 + index * 7,
    temperature: 24 + index,
    gps_status: 1,
    satellites: 9,
    last_seen: 0,
  }));
}

function ridersOf(index, random) {
  const first = (index % 2) * 8;
  const lanes = [1, 2, 3, 4, 5, 6, 7, 8].sort(() => random() - 0.5);
  return lanes.map((lane, slot) => ({
    rider_id: `rider-${first + slot + 1}`,
    first_name: kNames[first + slot][0],
    last_name: kNames[first + slot][1],
    plate_number: kPlates[first + slot],
    transponder_id: 10_000 + first + slot,
    lane,
  }));
}

/** One passing per rider and loop, in the order of time. One rider of each third race falls after the first corner. */
function passingsOf(index, riders, random) {
  const fallen = index % 3 === 0 ? riders[5].rider_id : null;
  const passings = [];
  for (const rider of riders) {
    const pace = random() - 0.5;
    let lastUs = 0;
    kLoops.forEach((loop, order) => {
      if (rider.rider_id === fallen && order > 1) return;
      const luck = (random() - 0.5) * 0.9;
      const seconds = loop.atS + loop.spreadS * (pace * 2 + luck);
      lastUs = Math.max(lastUs + 500_000, Math.round(seconds * 1e6));
      passings.push({ rider, loop, order, elapsedUs: lastUs });
    });
  }
  return passings.sort((a, b) => a.elapsedUs - b.elapsedUs);
}

function positionsOf(riders, latest, loopLeaders) {
  const order = [...latest.values()].sort((a, b) => b.order - a.order || a.elapsedUs - b.elapsedUs);
  return order.map(({ rider, loop, order: at, elapsedUs }, index) => ({
    rider_id: rider.rider_id,
    plate_number: rider.plate_number,
    first_name: rider.first_name,
    last_name: rider.last_name,
    lane: rider.lane,
    position: index + 1,
    last_loop: loop.name,
    elapsed_us: elapsedUs,
    gap_to_leader_us: elapsedUs - loopLeaders.get(at),
    finished: at === kLoops.length - 1,
    dnf: false,
  }));
}

function resultsOf(riders, positions) {
  const placed = positions.filter((line) => line.finished);
  const fallen = riders.filter((rider) => !placed.some((line) => line.rider_id === rider.rider_id));
  const out = fallen.map((rider) => ({
    rider_id: rider.rider_id,
    plate_number: rider.plate_number,
    first_name: rider.first_name,
    last_name: rider.last_name,
    position: riders.length,
    elapsed_us: null,
    gap_to_leader_us: null,
    dnf: true,
    dns: false,
  }));
  const done = placed.map(({ lane, last_loop, finished, ...line }) => ({ ...line, dnf: false, dns: false }));
  return [...done, ...out];
}

/**
 * Race number `index` of the day. `speed` 10 makes it ten times as short, elapsed times included, so that the page's
 * clock and the splits still agree. Returns the moto and its events {atUs, payload, passing?}, `atUs` counted from staging.
 */
export function raceOf(index, { seed = 1, speed = 1 } = {}) {
  const random = randomOf(seed * 1000 + index);
  const [class_name, round_type] = kClasses[index % kClasses.length];
  const riders = ridersOf(index, random);
  const moto = { moto_id: `moto-${index + 1}`, class_name, round_type };
  const gateUs = Math.round((kOnGateS * 1e6) / speed);
  const events = [
    { atUs: 0, payload: { event_type: "race_staged", ...moto, riders } },
    { atUs: gateUs, payload: { event_type: "gate_drop", moto_id: moto.moto_id } },
  ];
  const lastUs = addPassings(events, moto, riders, passingsOf(index, riders, random), gateUs, speed);
  return { moto, events, lengthUs: lastUs + Math.round((kResultS * 1e6) / speed) };
}

function addPassings(events, moto, riders, passings, gateUs, speed) {
  const latest = new Map();
  const leaders = new Map();
  let positions = [];
  let atUs = gateUs;
  for (const slow of passings) {
    const passing = { ...slow, elapsedUs: Math.round(slow.elapsedUs / speed) };
    if (!leaders.has(passing.order)) leaders.set(passing.order, passing.elapsedUs);
    latest.set(passing.rider.rider_id, passing);
    positions = positionsOf(riders, latest, leaders);
    atUs = gateUs + passing.elapsedUs;
    const line = positions.find((other) => other.rider_id === passing.rider.rider_id);
    events.push(...passingEvents(atUs, moto.moto_id, passing, line, positions));
  }
  const results = resultsOf(riders, positions);
  atUs += Math.round(1.2e6 / speed);
  events.push({ atUs, payload: { event_type: "race_finished", moto_id: moto.moto_id, results } });
  return atUs;
}

function passingEvents(atUs, moto_id, passing, line, positions) {
  const { rider_id, position, elapsed_us, gap_to_leader_us, finished } = line;
  const split = { moto_id, rider_id, loop_name: passing.loop.name, is_finish: finished };
  const events = [
    {
      atUs,
      passing: passing.loop.decoder,
      payload: { event_type: "split_time", ...split, elapsed_us, position, gap_to_leader_us },
    },
    { atUs, payload: { event_type: "positions_update", moto_id, positions } },
  ];
  if (!finished) return events;
  const done = { moto_id, rider_id, finish_position: position, elapsed_us, gap_to_leader_us };
  return [...events, { atUs, payload: { event_type: "rider_finished", ...done } }];
}
