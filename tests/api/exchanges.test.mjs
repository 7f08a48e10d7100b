// docs/api.yaml says what REST really answers. The REST tests of central/http run once more with their exchanges recorded, and
// every body is held against its schema: answers of all of them, requests where they were taken. HOLESHOT_HTTP_TEST: the program.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Contract, readDocument } from "./contract.mjs";

const DRIVEN_BY_THE_DOCUMENT = "RestDocument.";
const ANY_OBJECT = new Set(["before", "after", "asked"]);
const document = readDocument(fileURLToPath(new URL("../../docs/api.yaml", import.meta.url)));
const contract = new Contract(document);
let folder;
let exchanges;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "holeshot-api-"));
  const file = process.env.HOLESHOT_EXCHANGES ?? join(folder, "exchanges.jsonl");
  if (!process.env.HOLESHOT_EXCHANGES) {
    const env = { ...process.env, HOLESHOT_EXCHANGES: file };
    await promisify(execFile)(process.env.HOLESHOT_HTTP_TEST, ["--gtest_filter=Rest*", "--gtest_brief=1"], { env, maxBuffer: 1 << 26 });
  }
  exchanges = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const ofDocument = () => exchanges.filter((one) => one.test.startsWith(DRIVEN_BY_THE_DOCUMENT));
const withJson = () => ofDocument().filter((one) => one.content_type.includes("json") && one.response !== "");

test("every body is what the document says", () => {
  const faults = new Map();
  for (const exchange of exchanges) {
    for (const fault of contract.faultsOf(exchange)) faults.set(fault, `${fault}\n    ${exchange.test}: ${exchange.response.slice(0, 300)}`);
  }
  assert.equal([...faults.values()].join("\n"), "");
});

test("every operation was asked for with success by the test that the document drives", () => {
  assert.deepEqual(contract.unseen(ofDocument()), []);
});

test("control: an operation that nobody asks for is named", () => {
  const operation = contract.operationOf("GET", "/api/tracks");
  const rest = ofDocument().filter((one) => contract.operationOf(one.method, one.path) !== operation);
  assert.deepEqual(contract.unseen(rest), ["GET /api/tracks 200"]);
});

// The object itself, or the first of a list.
function sample(body) {
  const value = Array.isArray(body) ? body[0] : body;
  return value !== null && typeof value === "object" ? value : null;
}
function tampered(exchange, tamper) {
  const body = JSON.parse(exchange.response);
  const object = sample(body);
  if (!object) return null;
  tamper(object);
  return { ...exchange, response: JSON.stringify(body) };
}

test("control: a body that misses a field, has one more, or one of another type is refused", () => {
  let tried = 0;
  for (const exchange of withJson()) {
    const names = Object.keys(sample(JSON.parse(exchange.response)) ?? {});
    const optional = contract.optionalOf(exchange);
    for (const name of names) {
      const wrong = tampered(exchange, (object) => (object[name] = { not: "this" }));
      // What stood before a change may be any object.
      if (!ANY_OBJECT.has(name)) assert.notDeepEqual(contract.faultsOf(wrong), [], `${exchange.path}: ${name} of another type`);
      if (optional.has(name)) continue;
      const without = tampered(exchange, (object) => delete object[name]);
      assert.notDeepEqual(contract.faultsOf(without), [], `${exchange.path}: without ${name}`);
      tried += 2;
    }
    const more = tampered(exchange, (object) => (object.never_heard_of = 1));
    if (more) assert.notDeepEqual(contract.faultsOf(more), [], `${exchange.path}: with a field that is not documented`);
  }
  assert.ok(tried > 500, `${tried} tampered bodies`);
});

test("control: a status and a query that are not documented are refused, and so is a request that does not fit", () => {
  const rider = ofDocument().find((one) => one.method === "POST" && one.path === "/api/riders" && one.status === 201);
  assert.deepEqual(contract.faultsOf(rider), []);
  assert.notDeepEqual(contract.faultsOf({ ...rider, status: 299 }), []);
  assert.notDeepEqual(contract.faultsOf({ ...rider, path: "/api/riders?what=1" }), []);
  assert.notDeepEqual(contract.faultsOf({ ...rider, request: '{"first_name":"A"}' }), []);
  assert.notDeepEqual(contract.faultsOf({ ...rider, request: "" }), []);
});
