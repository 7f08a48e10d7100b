// The officials: they see the race with their own eyes (the truth file), and say what the decoders cannot know.
const FINISH = 'D0000C04';
const LOOP_NAMES = { D0000C01: 'Hill', D0000C02: 'Corner 1', D0000C03: 'Corner 2', D0000C04: 'Finish' };

const riderOf = (gate, chip) => gate.sheet.find((one) => one.chip === chip)?.rider_id;
const truthOf = (gate, entry) => gate.truth.riders.find((one) => one.transponder_id === entry.chip);
const isSeen = (truth) => truth?.crossings.some((c) => c.reports > 0) ?? false;
const isMeasured = (truth) => truth?.crossings.some((c) => c.decoder_id === FINISH && c.reports > 0) ?? false;

// Where everybody will be seen last.
export const lastSeen = (gate) => gate.sheet.flatMap((entry) => {
  const seen = truthOf(gate, entry)?.crossings.filter((c) => c.reports > 0) ?? [];
  return seen.length ? [[entry.rider_id, LOOP_NAMES[seen.at(-1).decoder_id]]] : [];
});

// Riders of the sheet in the order in which they came home.
export const homeOrder = (gate) => gate.truth.riders
  .filter((one) => one.status === 'FIN' && riderOf(gate, one.transponder_id)).map((one) => riderOf(gate, one.transponder_id));

// Who stands in another lane than the sheet says: [rider_id, lane].
export function lanesToMend(gate) {
  const lanes = gate.rode.map((entry) => entry.lane);
  return gate.truth.riders.filter((one) => one.sheet_lane !== null && one.lane !== one.sheet_lane)
    .map((one) => [riderOf(gate, one.transponder_id), lanes[one.lane - 1]]);
}

// The office's own wishes of a race ([what, place...]), as things said of riders.
export function wishes(gate, say) {
  const home = homeOrder(gate);
  const at = (place) => home[Math.min(place, home.length) - 1];
  return say.flatMap(([what, ...places]) => {
    if (what === 'undo') return [{ what }];
    if (home.length < 2) return [];
    return what === 'photo' ? [{ what, riders: places.map(at), wish: true }] : [{ what, rider_id: at(places[0]), wish: true }];
  });
}

// What has to be said so that the result is what happened: who came home unseen, and who set off unseen.
export function corrections(gate, said) {
  const out = new Set(said.filter((s) => ['dsq', 'rel', 'dnf', 'dns'].includes(s.what) && !s.undone).map((s) => s.rider_id));
  const home = homeOrder(gate).filter((rider) => !out.has(rider));
  const walkers = gate.truth.walkers.map((walk) => riderOf(gate, walk.transponder_id));
  const list = [];
  for (const entry of gate.sheet) {
    const truth = truthOf(gate, entry);
    if (truth?.status === 'DNF' && !isSeen(truth) && !out.has(entry.rider_id)) list.push({ what: 'dnf', rider_id: entry.rider_id });
  }
  for (const rider of home) {
    const truth = truthOf(gate, gate.sheet.find((one) => one.rider_id === rider));
    if (isMeasured(truth)) continue;
    // A stopwatch runs from the true start: beside an estimated one only the judge's place helps.
    const timed = gate.start === 'pulse' && (gate.truth.race % 2 === 0 || walkers.includes(rider));
    list.push(timed ? { what: 'time', rider_id: rider, elapsed_us: truth.elapsed_us } : { what: 'place', rider_id: rider, place: home.indexOf(rider) + 1 });
  }
  return list;
}

// Riders who are not settled unless somebody ends the race.
export const isOpen = (gate) => gate.sheet.some((entry) => !isMeasured(truthOf(gate, entry)));

// Without a pulse the race starts by itself where half of its riders, at least so many, are at the hill together.
const HILL_START = { club: [2, 3_000_000], uci: [3, 1_000_000], usabmx: [2, 2_000_000] };
export function startOf(gate, book) {
  if (gate.truth.pulses > 0) return 'pulse';
  const [fewest, spread_us] = HILL_START[book];
  const at = gate.sheet.flatMap((entry) => (truthOf(gate, entry)?.crossings ?? [])
    .filter((c) => c.decoder_id === 'D0000C01' && c.reports > 0).map((c) => c.us)).sort((a, b) => a - b);
  const wanted = Math.max(fewest, Math.ceil(gate.sheet.length / 2));
  return at.some((first, i) => at.slice(i).filter((us) => us - first <= spread_us).length >= wanted) ? 'hill' : 'hand';
}
