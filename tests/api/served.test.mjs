// What a real central answers where the REST tests have a stand-in: the engines' state, the workers, the audit of what was
// ordered, and a rebuild. Every body is held against docs/api.yaml.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Bench, eventually } from "../e2e/system.mjs";
import { Contract, readDocument } from "./contract.mjs";

const contract = new Contract(readDocument(fileURLToPath(new URL("../../docs/api.yaml", import.meta.url))));
let bench;
let central;

before(async () => {
  bench = new Bench();
  central = await bench.central({ args: ["--demo"] });
});
after(() => bench.close());

async function ask(method, path, body) {
  const request = body === undefined ? "" : JSON.stringify(body);
  const answer = await fetch(central.url + path, { method, ...(request && { body: request }) });
  const response = await answer.text();
  const exchange = { method, path, request, status: answer.status, content_type: answer.headers.get("content-type") ?? "", response };
  assert.deepEqual(contract.faultsOf(exchange), [], response);
  return response === "" ? null : JSON.parse(response);
}

test("a track that nothing has come from is idle, and so is one whose engine has nothing on it", async () => {
  const { event_id } = await ask("POST", "/api/seed-demo");
  assert.equal((await ask("GET", "/api/race/state")).phase, "idle");
  assert.ok(event_id);
});

test("a moto on the gate, ruled on, undone, and audited", async () => {
  const [event] = await ask("GET", "/api/events");
  const [moto] = await ask("GET", `/api/events/${event.id}/motos`);
  await ask("POST", "/api/race/stage", { moto_id: moto.id, reason: "first of the day" });
  const { phase, snapshot } = await ask("GET", "/api/race/state");
  assert.equal(phase, "staged");
  assert.equal(snapshot.motos[0].moto_id, moto.id);
  await ask("POST", "/api/race/alert", { text: "wind" });
  const gate = await ask("POST", "/api/race/gate");
  const rider_id = moto.entries[0].rider_id;
  const ruling = await ask("POST", "/api/race/dnf", { rider_id, reason: "fell" });
  assert.equal((await ask("GET", `/api/race/intents/${ruling.intent_id}`)).accepted, true);
  await ask("POST", "/api/race/undo", { undoes: ruling.intent_id });
  await ask("POST", "/api/race/force-finish");
  assert.equal((await ask("GET", "/race/state")).snapshot.motos[0].results.length, moto.entries.length);
  const lines = await ask("GET", "/api/race/audit?track_id=demo");
  const line = lines.find((one) => one.intent_id === gate.intent_id && one.kind === "intent_result");
  assert.equal(line.before[0].status, "staged");
  assert.equal(line.after[0].status, "racing");
  assert.ok((await ask("GET", "/api/audit?kind=intent")).some((one) => one.id === gate.intent_id && one.accepted));
  await ask("GET", "/api/audit");
  assert.equal((await ask("GET", `/api/motos/${moto.id}/history`)).history.length, 1);
});

test("workers, and a rebuild that finds everything right", async () => {
  const workers = await eventually(async () => {
    const { workers: all } = await ask("GET", "/api/workers");
    return all.length === 2 && all;
  }, "a projection and a race");
  assert.deepEqual(workers.map((one) => one.kind).sort(), ["projection", "race"]);
  assert.deepEqual((await ask("POST", "/api/read/rebuild")).changed, []);
});
