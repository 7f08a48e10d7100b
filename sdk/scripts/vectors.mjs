// Makes tests/vectors/*.json: what the C++ rooms and the SDK must agree on, byte for byte. Uses node:crypto and code of
// its own, nothing of the SDK, so that a mistake there cannot hide here. Fixed keys: the same files every time.
//   node scripts/vectors.mjs           writes the files
//   node scripts/vectors.mjs --check   fails where a file differs from what would be written

import { createHash, createHmac, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const kFolder = fileURLToPath(new URL("../../tests/vectors/", import.meta.url));
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/** RFC 8785 for values whose numbers are integers: Array.sort compares UTF-16 code units, as the RFC does. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Error(`not an integer: ${value}`);
  return JSON.stringify(value);
}

function keyOf(kid, seedHex) {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seedHex, "hex")]);
  const secret = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const x = createPublicKey(secret).export({ format: "jwk" }).x;
  return { kid, seedHex, secret, x, publicHex: Buffer.from(x, "base64url").toString("hex") };
}

function ed25519(key, message) {
  const sig = sign(null, message, key.secret);
  if (!verify(null, message, createPublicKey(key.secret), sig)) throw new Error("a signature that does not verify");
  return sig;
}

// --- canonical.json -----------------------------------------------------------------------------------------------

const canonicalTexts = [
  ["the contract's vector", ' { "type" : "chat", "content":"hello" } '],
  ["keys by UTF-16 code units (RFC 8785, 3.2.3)", '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}'],
  ["every level sorted, arrays as they are", '{"b":[{"z":1,"a":[]},2,"x",null,true],"a":{}}'],
  ["escapes", '{"e":"\\u001f\\/\\b\\f\\n\\r\\t\\"\\\\ \\u00e9 \\u20ac \\ud83d\\ude00"}'],
  ["largest integers", '[9007199254740991,-9007199254740991,0]'],
  ["negative zero is zero", '{"b":-0}'],
  ["an empty key", '{"":1,"a":2}'],
  ["names that look like numbers stay text", '{"10":1,"9":2,"1":3}'],
  ["a scalar", '"x"'],
];
const canonicalRefused = [
  ["a fraction", '{"a":1.5}'],
  ["too large", "9007199254740992"],
  ["too small", "-9007199254740992"],
  ["cut off", '{"a":1'],
  ["empty", ""],
];

function canonicalVectors() {
  const cases = canonicalTexts.map(([name, json]) => {
    const text = canonical(JSON.parse(json));
    return { name, json, canonical: text, sha256: sha256(text) };
  });
  return { about: "JSON text -> canonical form (contract, section 2), and its SHA-256.", cases,
    refused: canonicalRefused.map(([name, json]) => ({ name, json })) };
}

// --- hmac.json ----------------------------------------------------------------------------------------------------

function hmacVectors() {
  const rows = [
    ["a batch", "ingest_batch", "zolder", "gate-laptop", "01JAZ3V9QX5T8W1M4N7P0R2S6D", 1761297300123,
      { contract_version: "track_ingest.v2", track_id: "zolder", events: [] }],
    ["a heartbeat", "ingest_heartbeat", "zolder", "gate-laptop", "01JAZ3V9QX5T8W1M4N7P0R2S6E", 1761297310123,
      { track_id: "zolder", client_id: "gate-laptop", lamps: { decoder: "green", disk: "green", central: "amber" } }],
    ["letters beyond ASCII", "ingest_batch", "t_1", "c-1", "tx", 1,
      { contract_version: "track_ingest.v2", track_id: "t_1", events: [{ note: "Zoë, 🏁" }] }],
  ];
  const keyHex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  const cases = rows.map(([name, type, track_id, client_id, txn_id, ts_ms, value]) => {
    const body = canonical(value);
    const payload_hash = sha256(body);
    const signing_text = `v=1|t=${type}|stream_id=${track_id}|sender_id=${client_id}|txn_id=${txn_id}|ts=${ts_ms}|payload_hash=${payload_hash}`;
    const sig = createHmac("sha256", Buffer.from(keyHex, "hex")).update(signing_text).digest("hex");
    return { name, kid: "k1", key_hex: keyHex, type, track_id, client_id, txn_id, ts_ms, body, payload_hash, signing_text, sig };
  });
  return { about: "Request signatures of a gateway (contract, section 2): HMAC-SHA256 of signing_text, hex.", cases };
}

// --- ed25519.json -------------------------------------------------------------------------------------------------

const kRfc8032 = [
  ["9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""],
  ["4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"],
  ["c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"],
];
export const kKeys = [keyOf("live-1", "11".repeat(32)), keyOf("live-2", "22".repeat(32))];

export function signedEnvelope(key, envelope) {
  const unsigned = { ...envelope, kid: key.kid };
  const text = canonical(unsigned);
  const sig = ed25519(key, Buffer.from(text)).toString("base64url");
  return { canonical: text, sig, json: canonical({ ...unsigned, sig }) };
}

function envelopeOf(seq, payload, more = {}) {
  return { kind: "event", channel: "race", track_id: "zolder", event_id: null, epoch: 7, seq, ts_us: 1761297300123456, payload, ...more };
}

function ed25519Vectors() {
  const results = [1, 2].map((position) => ({
    rider_id: `r${position}`, plate_number: `${40 + position}`, first_name: position === 1 ? "Zoë" : "Bo", last_name: "🏁 Ride",
    position, elapsed_us: 34_000_000 + position * 250_123, gap_to_leader_us: (position - 1) * 250_123, dnf: false, dns: false }));
  const rows = [
    ["race_finished", kKeys[0], envelopeOf(412, { event_type: "race_finished", moto_id: "m1", results })],
    ["alert", kKeys[1], envelopeOf(413, { event_type: "alert", id: "a1", level: "warning", text: "Ambulance on the second straight" }, { event_id: "ev1" })],
  ];
  return {
    about: "Ed25519: RFC 8032 section 7.1, and envelopes signed over their canonical form without `sig` (`kid` is signed). `sig` and `x` are base64url without padding.",
    keys: kKeys.map((key) => ({ kid: key.kid, alg: "Ed25519", seed_hex: key.seedHex, public_hex: key.publicHex, x: key.x })),
    rfc8032: kRfc8032.map(([seed, message]) => {
      const key = keyOf("rfc", seed);
      return { seed_hex: seed, public_hex: key.publicHex, message_hex: message, sig_hex: ed25519(key, Buffer.from(message, "hex")).toString("hex") };
    }),
    envelopes: rows.map(([name, key, envelope]) => ({ name, kid: key.kid, ...signedEnvelope(key, envelope) })),
  };
}

// --- tick_frames.json ---------------------------------------------------------------------------------------------

export const kStatusCodes = { RACING: 0, FIN: 1, DNF: 2, DNS: 3, DSQ: 4, REL: 5 };
const kKeyframe = 1, kSigned = 2;

/** The bytes of a tick, without the signature. `lanes`: what the frame carries, distances as it carries them. */
export function tickBytes(tick, lanes, signed) {
  const out = Buffer.alloc(32 + lanes.length * 8);
  out.write("HS", 0, "latin1");
  out.writeUInt8(1, 2);
  out.writeUInt8((tick.keyframe ? kKeyframe : 0) | (signed ? kSigned : 0), 3);
  out.writeBigUInt64LE(BigInt(tick.seq), 4);
  out.writeBigUInt64LE(BigInt(tick.base_seq), 12);
  out.writeBigUInt64LE(BigInt(tick.tick_ts), 20);
  out.writeUInt16LE(tick.tick_index % 65536, 28);
  out.writeUInt8(lanes.length, 30);
  out.writeUInt8(tick.slot, 31);
  lanes.forEach((lane, i) => {
    out.set([lane.lane, lane.rank, kStatusCodes[lane.status], 0], 32 + i * 4);
    out.writeFloatLE(lane.distance_mm / 1000, 32 + lanes.length * 4 + i * 4);
  });
  return out;
}

/** What a delta carries: the lanes that differ from the keyframe, distance and speed as differences. */
export function changedLanes(lanes, base) {
  const before = new Map(base.map((lane) => [lane.lane, lane]));
  return lanes.filter((lane) => canonical(lane) !== canonical(before.get(lane.lane) ?? null)).map((lane) => {
    const from = before.get(lane.lane);
    return { ...lane, distance_mm: lane.distance_mm - from.distance_mm, speed_mm_s: lane.speed_mm_s - from.speed_mm_s };
  });
}

export function encodeTick(key, scope, tick, base) {
  const lanes = tick.keyframe ? tick.lanes : changedLanes(tick.lanes, base);
  const { moto_id, tick_index, tick_ts, elapsed_us, keyframe, base_seq } = tick;
  const payload = { event_type: "race_tick", moto_id, tick_index, tick_ts, elapsed_us, keyframe, base_seq, lanes };
  const envelope = { kind: "event", channel: "race", track_id: scope.track_id, event_id: null, epoch: scope.epoch, seq: tick.seq, ts_us: tick.tick_ts * 1000, payload };
  const signedJson = signedEnvelope(key, envelope);
  const body = tickBytes(tick, lanes, true);
  const context = `holeshot.tick.v1|${scope.track_id}|${scope.epoch}|${moto_id}|`;
  const binary = Buffer.concat([body, ed25519(key, Buffer.concat([Buffer.from(context, "ascii"), body]))]);
  return { json: signedJson.json, context, binary };
}

function tickVectors() {
  const scope = { track_id: "zolder", epoch: 7 };
  const key = kKeys[0];
  const lane = (number, rank, distance_mm, speed_mm_s, status = "RACING") => ({ lane: number, rank, distance_mm, speed_mm_s, status });
  const at = (seq, tick_index, keyframe, base_seq, slot, moto_id, lanes) => ({
    seq, tick_index, keyframe, base_seq, slot, moto_id, tick_ts: 1761297300000 + tick_index * 50, elapsed_us: tick_index * 50_000, lanes });
  const first = at(101, 20, true, 101, 0, "m1", [lane(1, 2, 8_123, 9_100), lane(2, 1, 8_900, 9_400), lane(3, 3, 7_001, 8_800),
    lane(4, 4, 0, 0, "DNS"), lane(8, 5, 6_999, 8_700)]);
  const second = at(102, 21, false, 101, 0, "m1", [lane(1, 2, 8_580, 9_150), lane(2, 1, 9_371, 9_420), lane(3, 3, 7_443, 8_840),
    lane(4, 4, 0, 0, "DNS"), lane(8, 5, 7_433, 8_680)]);
  const third = at(104, 22, false, 101, 0, "m1", [lane(1, 1, 9_940, 9_350), lane(2, 2, 9_840, 9_410), lane(3, 3, 7_885, 8_860),
    lane(4, 4, 0, 0, "DNS"), lane(8, 5, 6_999, 0, "DNF")]);
  const other = at(105, 0, true, 105, 1, "m2", [lane(1, 1, 0, 0), lane(2, 2, 0, 0)]);
  const last = at(900, 700, true, 900, 0, "m1", [lane(1, 1, 402_337, 0, "FIN"), lane(2, 2, 398_001, 11_777), lane(3, 0, 201_404, 0, "DSQ"),
    lane(4, 0, 0, 0, "DNS"), lane(8, 0, 120_000, 0, "REL")]);
  const frames = [["keyframe", first, null], ["delta", second, first], ["delta, an overtaking and a fall", third, first],
    ["keyframe of the moto in slot 1", other, null], ["finish, and all statuses", last, null]].map(([name, tick, base]) => {
    const { json, context, binary } = encodeTick(key, scope, tick, base?.lanes ?? []);
    return { name, kid: key.kid, ...scope, picture: tick, base: base?.lanes ?? null, json, binary_context: context, binary_hex: binary.toString("hex") };
  });
  return { about: "Ticks: the whole picture (all lanes, absolute), the keyframe's lanes that a delta builds on, and the signed frame in both encodings.",
    status_codes: kStatusCodes, frames };
}

// --- writing ------------------------------------------------------------------------------------------------------

const kFiles = { "canonical.json": canonicalVectors, "hmac.json": hmacVectors, "ed25519.json": ed25519Vectors, "tick_frames.json": tickVectors };

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(kFolder, { recursive: true });
  let differ = 0;
  for (const [name, make] of Object.entries(kFiles)) {
    const text = `${JSON.stringify(make(), null, 2)}\n`;
    const path = kFolder + name;
    if (!process.argv.includes("--check")) writeFileSync(path, text);
    else if (!existsSync(path) || readFileSync(path, "utf8") !== text) { console.error(`${path} differs: run npm run vectors`); differ += 1; }
  }
  process.exitCode = differ > 0 ? 1 : 0;
}
