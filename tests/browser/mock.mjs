// A stand-in for holeshot-central, for work on the page: serves web/dist, /race/config, /api/tracks and the programme,
// and plays race_day.mjs over /ws/v1/live as the contract has it. Not a second central: no engine, no log, one track.
//
//   node tests/browser/mock.mjs [--port 8080] [--speed 1] [--seek SECONDS] [--seed 1] [--tracks 1]

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocketServer } from "./deps.mjs";
import { loopRows, raceOf } from "./race_day.mjs";

const kDist = fileURLToPath(new URL("../../web/dist", import.meta.url));
const kTypes = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const kTrackId = "zurich";
const kTrackName = "Pumpwerk Zürich";
const kStatusEveryMs = 1012;

const nowUs = () => Date.now() * 1000;

/** The track: plays race after race on the wall clock, and keeps what a snapshot has to tell. */
class Track {
  constructor(options, publish) {
    this.options = options;
    this.publish = publish;
    this.rows = loopRows();
    this.live = { phase: "idle", riders: [], positions: [] };
    this.lastPassingUs = 0;
    this.index = -1;
    this.queue = [];
    this.epoch = `mock-${nowUs()}`;
    this.seq = { race: 0, decoder: 0 };
    this.startNext(nowUs() - Math.round((options.seek ?? 0) * 1e6));
    this.play(true);
    for (const row of this.rows) row.last_seen = nowUs();
  }

  startNext(atUs) {
    this.index += 1;
    this.race = raceOf(this.index, this.options);
    this.queue = this.race.events.map((event) => ({ ...event, atUs: atUs + event.atUs }));
    this.endUs = atUs + this.race.lengthUs;
  }

  /** Plays all that is due. `quiet`: before anybody could listen. */
  play(quiet = false) {
    for (;;) {
      while (this.queue.length > 0 && this.queue[0].atUs <= nowUs()) this.emit(this.queue.shift(), quiet);
      if (this.queue.length > 0 || this.endUs > nowUs()) return;
      this.startNext(this.endUs);
    }
  }

  emit({ atUs, payload, passing }, quiet) {
    const told = payload.event_type === "gate_drop" ? { ...payload, timestamp_us: atUs } : payload;
    this.remember(told);
    if (passing) this.pass(passing, atUs, quiet);
    this.frame("race", told, quiet);
  }

  remember(event) {
    const type = event.event_type;
    if (type === "race_staged") this.live = { ...this.race.moto, phase: "staged", riders: event.riders, positions: [] };
    if (type === "gate_drop") Object.assign(this.live, { phase: "racing", gate_drop_time_us: event.timestamp_us });
    if (type === "positions_update") this.live.positions = event.positions;
    if (type === "race_finished") this.finish(event.results);
  }

  finish(results) {
    this.live.phase = "finished";
    const out = new Set(results.filter((line) => line.dnf).map((line) => line.rider_id));
    this.live.positions = this.live.positions.map((line) => ({ ...line, dnf: out.has(line.rider_id) }));
  }

  pass(decoder, atUs, quiet) {
    this.lastPassingUs = atUs;
    this.hear(decoder, atUs, "PASSING", { decoder_id: decoder }, quiet);
  }

  hear(decoder, atUs, message_type, payload, quiet) {
    const row = this.rows.find((one) => one.decoder_id === decoder);
    row.last_seen = Math.max(row.last_seen, atUs);
    const message = { message_type, captured_at_us: atUs, payload: { message_type, ...payload } };
    this.frame("decoder", { message, source_event_id: `${decoder}-${atUs}` }, quiet);
  }

  /** One decoder after the other; the second corner's loop lies near a generator. */
  status(turn) {
    const row = this.rows[turn % this.rows.length];
    const wave = Math.round(6 * Math.sin(turn / 3));
    row.noise = row.loop_id === "loop-corner2" ? 68 + wave : 30 + (turn % this.rows.length) * 4 + wave;
    const { noise, gps_status, temperature, satellites, decoder_id } = row;
    this.hear(decoder_id, nowUs(), "STATUS", { noise, gps_status, temperature, satellites, decoder_id });
  }

  frame(channel, payload, quiet = false) {
    this.seq[channel] += 1;
    if (!quiet) this.publish(this.envelope("event", channel, payload));
  }

  envelope(kind, channel, payload) {
    const event = { kind, channel, track_id: kTrackId, event_id: null, epoch: this.epoch };
    return { ...event, seq: this.seq[channel], ts_us: nowUs(), payload };
  }

  snapshot(channel, viewers) {
    if (channel === "decoder") return this.envelope("snapshot", "decoder", { rows: this.rows });
    const finished_count = this.live.positions.filter((line) => line.finished).length;
    const counts = { finished_count, total_riders: this.live.riders.length, viewers };
    const moto = { ...this.live, ...counts };
    const track = { track_name: kTrackName, last_passing_us: this.lastPassingUs, last_status_us: nowUs() };
    const motos = this.live.moto_id ? [moto] : [];
    return this.envelope("snapshot", "race", { event_type: "state_snapshot", ...moto, ...track, motos });
  }
}

class Viewers {
  constructor(heartbeatMs) {
    this.open = new Map();
    this.silent = false;
    this.refuse = false;
    this.dropNext = 0;
    this.snapshotsSent = 0;
    this.timer = setInterval(() => this.heartbeat(), heartbeatMs);
  }

  add(socket, channels, track) {
    this.track = track;
    if (this.refuse) return socket.close(1013);
    this.open.set(socket, channels);
    socket.on("close", () => this.open.delete(socket));
    socket.on("message", (data) => this.received(socket, JSON.parse(String(data))));
    this.snapshots(socket);
  }

  received(socket, message) {
    if (message.type === "subscribe") this.snapshots(socket);
    if (message.type === "heartbeat") this.beat(socket);
  }

  snapshots(socket) {
    this.snapshotsSent += 1;
    for (const channel of this.open.get(socket)) this.send(socket, this.track.snapshot(channel, this.count()));
  }

  publish(envelope) {
    if (envelope.channel === "race" && this.dropNext > 0) {
      this.dropNext -= 1;
      return;
    }
    for (const [socket, channels] of this.open) if (channels.includes(envelope.channel)) this.send(socket, envelope);
  }

  heartbeat() {
    for (const socket of this.open.keys()) this.beat(socket);
  }

  beat(socket) {
    const payload = { server_time_us: nowUs(), seq: this.track.seq.race, viewers: this.count(), dropped: 0 };
    this.send(socket, this.track.envelope("heartbeat", "race", payload));
  }

  count() {
    return 1203 + this.open.size;
  }

  send(socket, envelope) {
    if (!this.silent) socket.send(JSON.stringify(envelope));
  }

  closeAll(code) {
    for (const socket of this.open.keys()) socket.close(code);
  }

  end() {
    clearInterval(this.timer);
    for (const socket of this.open.keys()) socket.terminate();
  }
}

function comingMotos(track) {
  return [1, 2, 3, 4].map((ahead) => {
    const { moto } = raceOf(track.index + ahead);
    return { id: moto.moto_id, class_id: moto.class_name, round_type: moto.round_type, sequence: ahead, status: "pending" };
  });
}

function apiAnswer(path, track, options) {
  const tracks = [{ id: kTrackId, name: kTrackName, location_label: "Zürich, Switzerland" }];
  if (options.tracks > 1) tracks.push({ id: "grenchen", name: "BMX Track Grenchen", location_label: "Grenchen, Switzerland" });
  const classes = [0, 1, 2, 3, 4].map((index) => raceOf(index).moto.class_name).map((name) => ({ id: name, name }));
  const event = { id: "event-1", name: "Autumn Cup", track_id: kTrackId, status: "active", classes };
  const answers = {
    "/api/tracks": tracks,
    "/api/events": [event],
    "/api/events/event-1": event,
    "/api/events/event-1/motos": comingMotos(track),
  };
  return answers[path];
}

async function serveFile(path, response) {
  const name = path === "/" ? "index.html" : normalize(path).replace(/^(\.\.[/\\])+/, "");
  try {
    const body = await readFile(join(kDist, name));
    response.writeHead(200, { "content-type": kTypes[extname(name)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server.address().port));
  });
}

/** Starts a mock; `viewers` on the result lets a test fall silent, lose frames or close connections. */
export async function startMock(options = {}) {
  const viewers = new Viewers(options.heartbeatMs ?? 10_000);
  const track = new Track(options, (envelope) => viewers.publish(envelope));
  viewers.track = track;
  const state = { configDown: false };
  const live = createServer((request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ server: live, path: "/ws/v1/live" });
  sockets.on("connection", (socket, request) => {
    const query = new URL(request.url, "http://mock").searchParams;
    viewers.add(socket, (query.get("channels") ?? "race").split(","), track);
  });
  const livePort = await listen(live, 0);
  const web = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://mock");
    const config = { live_url: null, live_port: livePort, keys: [] };
    const answer = pathname === "/race/config" ? config : apiAnswer(pathname, track, options);
    if (state.configDown && pathname === "/race/config") return response.writeHead(503).end();
    if (answer === undefined) return void serveFile(pathname, response);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const port = await listen(web, options.port ?? 0);
  let turn = 0;
  const timers = [setInterval(() => track.play(), 10), setInterval(() => track.status(turn++), kStatusEveryMs)];
  for (let first = 0; first < 5; first += 1) track.status(turn++);
  const close = async () => {
    for (const timer of timers) clearInterval(timer);
    viewers.end();
    sockets.close();
    web.closeAllConnections();
    await Promise.all([web, live].map((server) => new Promise((done) => server.close(done))));
  };
  return { url: `http://127.0.0.1:${port}/`, viewers, track, state, close };
}

async function main() {
  const text = { type: "string" };
  const { values } = parseArgs({ options: { port: text, speed: text, seek: text, seed: text, tracks: text } });
  const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  const mock = await startMock({ port: 8080, ...options });
  console.log(`mock central at ${mock.url}`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void mock.close().then(() => process.exit(0)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
