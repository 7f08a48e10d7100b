import { describe, expect, it } from "vitest";
import { Authenticator, type VerifyMode } from "./authenticator.js";
import { Decoder, type Refused } from "./decode.js";
import { parseEnvelope } from "./envelope.js";
import { Feed } from "./feed.js";
import { KeyRing } from "./keys.js";
import { kEmptyPicture, reduce, type Picture } from "./picture.js";
import { random, TestKey, Track, type Random, type Sent } from "./testing/track.js";
import { builtInVerifier } from "./verifier.js";

/** More of them by `HOLESHOT_SEEDS=200 npm test`. */
const kSeeds = Number(process.env.HOLESHOT_SEEDS ?? 8);
const kKey = new TestKey("k1", 7);
const verifier = builtInVerifier();

/** The core as a subscription puts it together, and what it did with each frame. */
class Viewer {
  readonly feed = new Feed();
  readonly refused: Refused[] = [];
  readonly verdicts: string[] = [];
  private readonly decoder: Decoder;

  constructor(trackId: string, mode: VerifyMode = "require", keys = [kKey]) {
    const ring = new KeyRing(keys, null, () => 0);
    this.decoder = new Decoder(trackId, new Authenticator(mode, verifier, ring), this.feed);
  }

  async receive(wire: string | Uint8Array): Promise<string> {
    const decoded = await this.decoder.decode(wire);
    if (decoded === null) return "duplicate";
    if ("refused" in decoded) {
      this.refused.push(decoded.refused);
      if (decoded.refused.unplaced) this.feed.doubt();
      return "refused";
    }
    const { verdict } = this.feed.take(decoded.envelope);
    this.verdicts.push(verdict.kind);
    return verdict.kind;
  }

  get picture(): Picture {
    return this.feed.picture;
  }
}

/** Whatever a viewer shows as complete is what was true at that number. */
function expectTrue(picture: Picture, track: Track, note: string): void {
  if (!picture.complete) return;
  const truth = track.truth.get(`${picture.epoch}:${picture.seq}`);
  const snapshot = parseEnvelope(JSON.stringify({ kind: "snapshot", channel: "race", seq: picture.seq, epoch: picture.epoch, payload: truth }));
  const expected = reduce(kEmptyPicture, snapshot!).picture;
  const bare = (one: Picture): unknown => ({ ...one, motos: one.motos.map(({ ticks: _ticks, ...moto }) => moto) });
  expect(bare(picture), note).toEqual(bare(expected));
  for (const moto of picture.motos) {
    for (const tick of [moto.ticks.keyframe, moto.ticks.latest]) {
      if (tick === null) continue;
      const lanes = track.ticks.get(`${picture.epoch}:${tick.seq}:${moto.motoId}`)!;
      const told = lanes.map(({ lane, rank, status, distance_mm }) => ({ lane, rank, status, distanceMm: distance_mm }));
      expect(tick.lanes, `${note}: tick ${tick.seq}`).toEqual(told);
    }
  }
}

/** Changes one byte of a frame, somewhere. */
function tampered(wire: string | Uint8Array, chance: Random): string | Uint8Array {
  if (typeof wire !== "string") {
    const copy = wire.slice();
    const at = Math.floor(chance() * copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(chance() * 8));
    return copy;
  }
  const digits = [...wire.matchAll(/\d/g)].map((match) => match.index);
  const at = digits[Math.floor(chance() * digits.length)] ?? 0;
  return `${wire.slice(0, at)}${(Number(wire[at]) + 1) % 10}${wire.slice(at + 1)}`;
}

const kSigned: ReadonlySet<Sent["what"]> = new Set(["tick", "keyframe"]);

async function storm(seed: number, encoding: "json" | "binary"): Promise<{ lost: number; complete: number; frames: number; filled: number }> {
  const chance = random(seed);
  const track = new Track("zolder", kKey, encoding, random(seed + 1_000_003));
  const viewer = new Viewer("zolder");
  let held: Sent[] = [track.snapshot()];
  let counted = { lost: 0, complete: 0, frames: 0, filled: 0 };
  const everything: Sent[] = [...held];
  const filled = new Set<string>();
  /** Events that never arrived, since the last snapshot. */
  let missing: { epoch: number; seq: number }[] = [];
  for (let turn = 0; turn < 220; turn += 1) {
    if (chance() < 0.01) {
      track.restart();
      if (chance() < 0.7) held.push(track.snapshot());
    }
    held.push(...track.step());
    if (chance() < 0.05) held.push(track.heartbeat());
    if (chance() < 0.06) held.push(track.snapshot(), ...track.keyframes());
    if (chance() < 0.08) held = [...held].sort(() => chance() - 0.5);
    everything.push(...held.filter((sent) => !everything.includes(sent)));
    if (chance() < 0.2) continue;
    if (encoding === "json" && chance() < 0.15) {
      // A catch-up, which may be short of some frames, in any order.
      const from = viewer.feed.guard.missingFrom("race") ?? track.seq - 10;
      const found = everything.filter((sent) => sent.epoch === track.epoch && sent.seq >= from && chance() < 0.97).sort(() => chance() - 0.5);
      const before = viewer.picture;
      const added = viewer.feed.fill(found.map((sent) => parseEnvelope(String(sent.wire))!));
      if (added === null) expect(viewer.picture, `seed ${seed} turn ${turn}`).toBe(before);
      else {
        counted = { ...counted, filled: counted.filled + Number(!before.complete && added.length > 0) };
        for (const one of added) filled.add(`${track.epoch}:${one.seq}`);
        missing = missing.filter((one) => !filled.has(`${one.epoch}:${one.seq}`));
        expect(viewer.picture.complete).toBe(true);
      }
      expectTrue(viewer.picture, track, `seed ${seed} turn ${turn}, catch-up`);
    }
    for (const sent of held.splice(0)) {
      const dice = chance();
      counted = { ...counted, frames: counted.frames + 1 };
      if (dice < 0.04) {
        counted = { ...counted, lost: counted.lost + 1 };
        if (sent.what === "event" && !filled.has(`${sent.epoch}:${sent.seq}`)) missing.push(sent);
        continue;
      }
      if (dice < 0.08 && kSigned.has(sent.what)) {
        await viewer.receive(tampered(sent.wire, chance));
        expectTrue(viewer.picture, track, `seed ${seed} turn ${turn}, tampered`);
        continue;
      }
      if (dice < 0.1) await viewer.receive(typeof sent.wire === "string" ? sent.wire.slice(0, sent.wire.length / 2) : sent.wire.subarray(0, 30));
      const verdict = await viewer.receive(sent.wire);
      if (dice > 0.95) await viewer.receive(sent.wire);
      if (sent.what === "snapshot" && verdict === "apply") missing = missing.filter((one) => one.epoch === sent.epoch && one.seq > sent.seq);
      expectTrue(viewer.picture, track, `seed ${seed} turn ${turn}, ${sent.what} ${sent.seq} ${verdict}`);
      const { epoch, seq, complete } = viewer.picture;
      const silent = missing.filter((one) => one.epoch === epoch && one.seq <= seq);
      if (complete && silent.length > 0) throw new Error(`seed ${seed} turn ${turn}: ${JSON.stringify(silent[0])} is missing and nothing is said`);
      if (complete) counted = { ...counted, complete: counted.complete + 1 };
    }
  }
  // The network is itself again: one snapshot, and the viewer is whole.
  const last = track.snapshot();
  await viewer.receive(last.wire);
  for (const sent of [...track.keyframes(), ...track.step(), ...track.step()]) await viewer.receive(sent.wire);
  expect(viewer.picture.complete, `seed ${seed}`).toBe(true);
  expect(viewer.picture.seq, `seed ${seed}`).toBe(track.seq);
  expectTrue(viewer.picture, track, `seed ${seed} at the end`);
  return counted;
}

describe.each(["json", "binary"] as const)("a network that loses, doubles, reorders, cuts and forges %s frames", (encoding) => {
  it("never makes a wrong picture or a silent gap", async () => {
    let total = { lost: 0, complete: 0, frames: 0, filled: 0 };
    for (let seed = 1; seed <= kSeeds; seed += 1) {
      const one = await storm(seed, encoding);
      total = { lost: total.lost + one.lost, complete: total.complete + one.complete, frames: total.frames + one.frames, filled: total.filled + one.filled };
    }
    // The test would say nothing if the viewer were never whole, or the network never bad.
    expect(total.complete).toBeGreaterThan(total.frames / 10);
    expect(total.lost).toBeGreaterThan(total.frames / 50);
    if (encoding === "json") expect(total.filled).toBeGreaterThan(10);
  });
});

describe("both encodings", () => {
  it("give the same picture, frame by frame", async () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      const tracks = (["json", "binary"] as const).map((encoding) => new Track("zolder", kKey, encoding, random(seed)));
      const viewers = tracks.map(() => new Viewer("zolder"));
      await Promise.all(viewers.map((viewer, i) => viewer.receive(tracks[i]!.snapshot().wire)));
      for (let turn = 0; turn < 200; turn += 1) {
        const [json, binary] = tracks.map((track) => track.step());
        for (let i = 0; i < json!.length; i += 1) {
          await viewers[0]!.receive(json![i]!.wire);
          await viewers[1]!.receive(binary![i]!.wire);
          const [a, b] = viewers.map((viewer) => viewer.picture);
          expect(b).toEqual(a);
        }
      }
      expect(viewers[0]!.picture.complete).toBe(true);
      expect(viewers.flatMap((viewer) => viewer.refused)).toEqual([]);
    }
  });
});

describe("a forged frame", () => {
  async function withRace(encoding: "json" | "binary", mode: VerifyMode = "require"): Promise<{ track: Track; viewer: Viewer }> {
    const track = new Track("zolder", kKey, encoding, random(3));
    const viewer = new Viewer("zolder", mode);
    await viewer.receive(track.snapshot().wire);
    return { track, viewer };
  }

  it.each(["json", "binary"] as const)("in %s is refused wherever it was changed, and the picture stays", async (encoding) => {
    const { track, viewer } = await withRace(encoding);
    const chance = random(9);
    let tried = 0;
    for (let turn = 0; turn < 300; turn += 1) {
      for (const sent of track.step()) {
        if (kSigned.has(sent.what)) {
          const before = viewer.picture;
          await viewer.receive(tampered(sent.wire, chance));
          expect({ ...viewer.picture, complete: true }).toEqual({ ...before, complete: true });
          tried += 1;
        }
        await viewer.receive(sent.wire);
      }
    }
    expect(tried).toBeGreaterThan(100);
    expect(viewer.refused.filter((one) => one.tampered).length).toBeGreaterThan(tried / 3);
  });

  it("without its signature is refused where the server signs", async () => {
    for (const mode of ["auto", "require"] as const) {
      const { track, viewer } = await withRace("json", mode);
      let stripped = 0;
      while (stripped === 0) {
        for (const sent of track.step()) {
          if (!kSigned.has(sent.what)) {
            await viewer.receive(sent.wire);
            continue;
          }
          const { sig: _sig, ...bare } = JSON.parse(sent.wire as string) as Record<string, unknown>;
          await viewer.receive(JSON.stringify(bare));
          stripped += 1;
        }
      }
      expect(viewer.refused[0]).toMatchObject({ reason: "missing_signature", tampered: true });
    }
  });

  it("by a key that is not published is refused by name", async () => {
    const track = new Track("zolder", new TestKey("stranger", 66), "json", random(3));
    const viewer = new Viewer("zolder");
    await viewer.receive(track.snapshot().wire);
    for (let turn = 0; turn < 60; turn += 1) for (const sent of track.step()) await viewer.receive(sent.wire);
    expect(new Set(viewer.refused.map((one) => one.reason))).toEqual(new Set(["unknown_kid"]));
  });

  it("of another track is refused", async () => {
    const { viewer } = await withRace("json");
    await viewer.receive(new Track("elsewhere", kKey, "json", random(1)).snapshot().wire);
    expect(viewer.refused).toMatchObject([{ reason: "wrong_track" }]);
  });
});

describe("trust", () => {
  const play = async (viewer: Viewer, key: TestKey | null): Promise<void> => {
    const track = new Track("zolder", key, "json", random(5));
    await viewer.receive(track.snapshot().wire);
    for (let turn = 0; turn < 40; turn += 1) for (const sent of track.step()) await viewer.receive(sent.wire);
  };

  it("is taken where the server signs nothing, unless it is required", async () => {
    const trusting = new Viewer("zolder", "auto", []);
    await play(trusting, null);
    expect(trusting.refused).toEqual([]);
    const strict = new Viewer("zolder", "require", []);
    await play(strict, null);
    expect(new Set(strict.refused.map((one) => one.reason))).toEqual(new Set(["cannot_verify"]));
  });

  it("follows a rotation of the key while ticks of the old moto still run", async () => {
    const next = new TestKey("k2", 8);
    const track = new Track("zolder", kKey, "binary", random(4));
    const viewer = new Viewer("zolder", "require", [kKey, next]);
    await viewer.receive(track.snapshot().wire);
    for (let turn = 0; turn < 100; turn += 1) {
      if (turn === 50) track.key = next;
      for (const sent of track.step()) await viewer.receive(sent.wire);
    }
    expect(viewer.refused).toEqual([]);
    expect(viewer.picture.complete).toBe(true);
  });
});
