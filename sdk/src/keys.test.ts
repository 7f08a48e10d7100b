import { describe, expect, it } from "vitest";
import { keyRecords, KeyRing, kKeyLookupPauseMs, type KeyRecord } from "./keys.js";
import { TestKey } from "./testing/track.js";

const [first, second] = [new TestKey("k1", 1), new TestKey("k2", 2)];

describe("keys", () => {
  it("of an unknown kid are looked up, but not as often as a forger likes", async () => {
    let [nowMs, asked] = [0, 0];
    let published: KeyRecord[] = [first];
    const ring = new KeyRing([], () => ((asked += 1), Promise.resolve(published)), () => nowMs);
    expect(await ring.signing()).toBe(true);
    expect(await ring.find("k1")).toHaveLength(32);
    published = [first, second];
    for (let i = 0; i < 100; i += 1) expect(await ring.find("k2")).toBeNull();
    expect(asked).toBe(1);
    nowMs += kKeyLookupPauseMs;
    expect(await Promise.all([ring.find("k2"), ring.find("k2")])).toEqual([expect.any(Uint8Array), expect.any(Uint8Array)]);
    expect(asked).toBe(2);
  });

  it("tell a server that signs nothing from one that cannot be asked", async () => {
    expect(await new KeyRing([], () => Promise.resolve([]), () => 0).signing()).toBe(false);
    expect(await new KeyRing([], () => Promise.reject(new Error("no")), () => 0).signing()).toBeNull();
    expect(await new KeyRing([first], null, () => 0).signing()).toBe(true);
  });

  it("are read from whatever a config holds", () => {
    expect(keyRecords({ keys: [{ kid: "a", alg: "Ed25519", x: "eA" }, { kid: 7 }, null] })).toEqual([{ kid: "a", alg: "Ed25519", x: "eA" }]);
    expect(keyRecords({})).toEqual([]);
    expect(keyRecords(null)).toEqual([]);
  });
});
