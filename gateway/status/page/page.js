"use strict";
// Three lamps, a sentence, the last passings. Everything that comes from outside is put in as text, never as markup.

const kStatusEveryMs = 1000;
const kAnswerWithinMs = 3000;
// Older than this nobody should trust what stands here.
const kStaleMs = 3500;
const kRows = 12;
const kWords = { green: "Good", amber: "Look", red: "Act now", unknown: "Not known" };
const kColours = { green: "#0b6b30", amber: "#d98200", red: "#b00020", unknown: "#59636e" };

const byId = (id) => document.getElementById(id);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Leaves the page alone where nothing changed, so that a screen reader is not told the same again.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const count = (n) => Number(n ?? 0).toLocaleString("en");

function span(us) {
  const s = Math.floor(us / 1e6);
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  return s < 96 * 3600 ? `${Math.floor(s / 3600)} h` : `${count(Math.floor(s / 86400))} days`;
}

function clock(us) {
  if (!us) return "never";
  return new Date(us / 1000).toLocaleTimeString("en-GB");
}

function bytes(n) {
  if (n < 1e6) return `${(n / 1e3).toFixed(0)} kB`;
  return n < 1e9 ? `${(n / 1e6).toFixed(1)} MB` : `${(n / 1e9).toFixed(1)} GB`;
}

async function ask(path, options = {}, within = kAnswerWithinMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), within);
  try {
    const answer = await fetch(path, { cache: "no-store", signal: stop.signal, ...options });
    return { ok: answer.ok, body: await answer.json() };
  } finally {
    clearTimeout(timer);
  }
}

// ---- lamps ----

let lastGood = 0;
let saidOnce = false;

function showLamp(name, lamp) {
  const node = byId(`lamp-${name}`);
  const level = lamp && kWords[lamp.level] ? lamp.level : "unknown";
  node.dataset.level = level;
  node.querySelector("use").setAttribute("href", `#shape-${level}`);
  put(node.querySelector(".word"), kWords[level]);
  put(node.querySelector(".says"), lamp?.sentence ?? "");
}

function showVerdict(level, sentence, action) {
  document.body.dataset.overall = level;
  byId("verdict-shape").setAttribute("href", `#shape-${level}`);
  put(byId("sentence"), sentence);
  put(byId("action"), action);
  document.title = `${level === "green" ? "" : `${kWords[level]}: `}${sentence}`;
  const disc = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="${kColours[level]}"/></svg>`;
  byId("icon").href = `data:image/svg+xml,${encodeURIComponent(disc)}`;
}

function showFindings(lamps) {
  // The worst one is the big sentence already.
  const rest = lamps.findings.filter((one) => one.sentence !== lamps.sentence);
  byId("also").hidden = rest.length === 0;
  const rows = rest.map((one) => {
    const row = el("li", "", one.sentence);
    row.dataset.level = one.level === "green" ? "unknown" : one.level;
    if (one.action) row.append(el("span", "", one.action));
    return row;
  });
  byId("findings").replaceChildren(...rows);
}

function decoderFacts(decoder) {
  const facts = [`${count(decoder.passings)} passings`];
  if (decoder.noise !== null) facts.push(`noise ${decoder.noise}`);
  if (decoder.temperature_c !== null) facts.push(`${decoder.temperature_c} °C`);
  if (decoder.input_voltage_dv !== null) facts.push(`${(decoder.input_voltage_dv / 10).toFixed(1)} V`);
  if (decoder.clock_offset_us !== null) {
    facts.push(`clock ${decoder.clock_offset_us >= 0 ? "+" : "−"}${(Math.abs(decoder.clock_offset_us) / 1e6).toFixed(2)} s`);
  }
  if (decoder.missing > 0) facts.push(`${count(decoder.missing)} missing`);
  if (decoder.recovered > 0) facts.push(`${count(decoder.recovered)} fetched again`);
  return facts;
}

function lineNode(line, startedAgo) {
  const node = el("div", "decoder");
  node.append(el("b", "", line.name || line.place));
  const facts = el("div", "facts");
  const heard = line.bytes > 0 ? `last byte ${span(line.silent_for_us)} ago` : `nothing heard for ${span(Math.min(line.silent_for_us, startedAgo))}`;
  const all = [line.place, heard, `${count(line.records)} records`];
  if (line.reconnects > 0) all.push(`opened again ${count(line.reconnects)}×`);
  if (line.driver.damaged_frames > 0) all.push(`${count(line.driver.damaged_frames)} damaged`);
  if (line.passive) all.push("listens only");
  facts.append(...all.map((text) => el("span", "", text)));
  node.append(facts);
  for (const decoder of line.driver.decoders) {
    const row = el("div", "facts");
    const name = [decoder.model, decoder.decoder_id].filter(Boolean).join(" ");
    row.append(...[name, ...decoderFacts(decoder)].map((text) => el("span", "", text)));
    node.append(row);
  }
  return node;
}

function showNumbers(picture) {
  const { disk, central, power } = picture;
  const rows = [
    ["Waits to be sent", count(disk.pending)],
    ["Room on disk", disk.room_s === null ? "plenty" : span(disk.room_s * 1e6)],
    ["Used", `${bytes(disk.bytes)}${disk.bound_bytes ? ` of ${bytes(disk.bound_bytes)}` : ""}`],
    ["Last saved", clock(disk.last_commit_us)],
    ["Central has", count(central.acknowledged)],
    ["Last word of central", clock(central.last_ack_us)],
  ];
  if (disk.quarantined > 0) rows.push(["Refused by central", count(disk.quarantined)]);
  if (central.clock_offset_us !== null && Math.abs(central.clock_offset_us) >= 1e6) {
    rows.push(["Laptop clock", `${span(Math.abs(central.clock_offset_us))} ${central.clock_offset_us > 0 ? "behind" : "ahead"}`]);
  }
  if (power.percent !== null) rows.push(["Battery", `${power.percent} %${power.on_battery ? "" : ", plugged in"}`]);
  byId("numbers").replaceChildren(...rows.flatMap(([name, value]) => [el("dt", "", name), el("dd", "", value)]));
}

function show({ picture, lamps }) {
  put(byId("track"), picture.track);
  put(byId("client"), picture.client);
  put(byId("version"), `holeshot-gateway ${picture.version} · running for ${span(picture.up_for_us)}`);
  showVerdict(kWords[lamps.overall] ? lamps.overall : "unknown", lamps.sentence, lamps.action);
  for (const name of ["decoder", "disk", "central"]) showLamp(name, lamps[name]);
  showFindings(lamps);
  byId("decoders").replaceChildren(...picture.lines.map((line) => lineNode(line, picture.up_for_us)));
  showNumbers(picture);
}

function showAge() {
  const age = performance.now() - lastGood;
  const lost = saidOnce ? age > kStaleMs : performance.now() > kStaleMs;
  document.body.dataset.link = lost ? "lost" : "live";
  if (lost) {
    showVerdict("unknown", "Connection to the gateway lost", "Check that this laptop is on and the gateway runs. This page comes back by itself.");
    for (const name of ["decoder", "disk", "central"]) showLamp(name, { level: "unknown", sentence: "" });
    put(byId("age"), saidOnce ? `Data ${span(age * 1000)} old` : "The gateway does not answer");
  } else if (saidOnce) {
    put(byId("age"), age < 2000 ? "Live" : `Data ${span(age * 1000)} old`);
  }
}

async function statusLoop() {
  for (;;) {
    try {
      const { ok, body } = await ask("/api/status");
      if (ok) {
        lastGood = performance.now();
        saidOnce = true;
        show(body);
      }
    } catch {
      // Shown by its age.
    }
    showAge();
    await sleep(kStatusEveryMs);
  }
}

// ---- sound ----

let audio = null;

function beep(frequency, atS, lengthS, loudness) {
  const from = audio.currentTime + atS;
  const tone = audio.createOscillator();
  const gain = audio.createGain();
  tone.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, from);
  gain.gain.exponentialRampToValueAtTime(loudness, from + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.0001, from + lengthS);
  tone.connect(gain).connect(audio.destination);
  tone.start(from);
  tone.stop(from + lengthS + 0.02);
}

// One high tone for a crossing, two low ones where somebody should look, a click when central has it.
function sound(what) {
  if (!audio) return;
  if (what === "passing") beep(1320, 0, 0.18, 0.6);
  if (what === "odd") [0, 0.22].forEach((at) => beep(330, at, 0.2, 0.7));
  if (what === "central") beep(2640, 0, 0.05, 0.25);
}

function toggleSound() {
  const button = byId("sound");
  if (audio) {
    void audio.close();
    audio = null;
  } else {
    audio = new AudioContext();
    void audio.resume();
    sound("passing");
  }
  button.setAttribute("aria-pressed", String(audio !== null));
  put(button, audio ? "Sound is on" : "Sound on");
}

// ---- passings ----

const passings = new Map();

const isOdd = (passing) => passing.flagged || passing.resent || passing.refused;

function whereText(passing) {
  if (passing.refused) return ["refused", "✗ refused"];
  if (passing.at_central) return ["central", "✓ central"];
  return passing.kept ? ["disk", "saved"] : ["none", "not saved yet"];
}

function nameOf(passing) {
  return passing.label ? `${passing.label}` : passing.transponder;
}

function marksOf(passing) {
  const marks = [];
  if (passing.flagged) marks.push("check");
  if (passing.resent) marks.push("sent again");
  if (passing.battery_low) marks.push("battery low");
  return marks.map((text) => el("span", "mark", text));
}

function whereNode(passing) {
  const [at, text] = whereText(passing);
  const node = el("span", "at", text);
  node.dataset.at = at;
  return node;
}

function rowNode(passing) {
  const row = el("li");
  row.dataset.number = passing.number;
  const name = el("b", "", nameOf(passing));
  if (passing.label) name.append(el("span", "small", ` ${passing.transponder}`));
  name.append(...marksOf(passing));
  row.append(el("span", "", clock(passing.captured_at_us)), name, whereNode(passing));
  return row;
}

function showNewest(passing, isNew) {
  const node = byId("newest");
  delete node.dataset.none;
  node.dataset.number = passing.number;
  const details = [passing.label ? passing.transponder : "", clock(passing.captured_at_us), `loop ${passing.decoder_id}`];
  if (passing.strength !== undefined) details.push(`strength ${passing.strength}`);
  if (passing.hits !== undefined) details.push(`${passing.hits} hits`);
  node.replaceChildren(el("span", "big", nameOf(passing)), whereNode(passing), ...marksOf(passing), el("span", "small", details.filter(Boolean).join(" · ")));
  node.querySelector(".at").classList.add("small");
  if (!isNew) return;
  node.classList.remove("fresh");
  void node.offsetWidth; // starts the animation again
  node.classList.add("fresh");
}

function showPassings(isNew) {
  const newest = [...passings.values()].sort((a, b) => b.number - a.number);
  for (const old of newest.slice(200)) passings.delete(old.number);
  if (newest.length > 0) showNewest(newest[0], isNew);
  byId("passings").replaceChildren(...newest.slice(1, kRows + 1).map(rowNode));
}

function takePassings(list, quiet) {
  let fresh = false;
  for (const passing of list) {
    const before = passings.get(passing.number);
    passings.set(passing.number, passing);
    if (quiet) continue;
    if (!before) {
      fresh = true;
      sound(isOdd(passing) ? "odd" : "passing");
    } else if (passing.at_central && !before.at_central) {
      sound("central");
    } else if (isOdd(passing) && !isOdd(before)) {
      sound("odd");
    }
  }
  if (list.length > 0) showPassings(fresh);
}

async function passingsLoop() {
  let board = null;
  let version = null;
  for (;;) {
    try {
      const { ok, body } = await ask(`/api/passings${version === null ? "" : `?after=${version}`}`, {}, 30_000);
      if (!ok) throw new Error("no passings");
      if (board !== null && body.board !== board) {
        // The gateway was started again: its numbers begin anew, and what it holds is shown without a sound.
        passings.clear();
        board = version = null;
        continue;
      }
      takePassings(body.passings, board === null);
      ({ board, version } = body);
    } catch {
      await sleep(kStatusEveryMs);
    }
  }
}

async function flush() {
  put(byId("flush-answer"), "Asking …");
  try {
    const { body } = await ask("/api/control/flush", { method: "POST", headers: { "X-Holeshot-Control": "1" } });
    put(byId("flush-answer"), body.done ?? [body.error, body.hint].filter(Boolean).join(": "));
  } catch {
    put(byId("flush-answer"), "The gateway does not answer.");
  }
}

byId("sound").addEventListener("click", toggleSound);
byId("flush").addEventListener("click", () => void flush());
setInterval(showAge, 500);
void statusLoop();
void passingsLoop();
