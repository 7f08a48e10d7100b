import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Refused } from "./decode.js";
import type { Envelope } from "./envelope.js";
import { VerifiedIntake } from "./verified_intake.js";

interface Vectors {
  keys: { kid: string; alg: string; x: string }[];
}
interface Ticks {
  frames: { json: string }[];
}
const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../tests/vectors/${name}`, import.meta.url), "utf8")) as T;
const { keys } = read<Vectors>("ed25519.json");
const signed = read<Ticks>("tick_frames.json").frames[0]?.json ?? "";

function world(config: unknown = { keys }) {
  const seen: [Envelope, string][] = [];
  const refused: Refused[] = [];
  let asked = 0;
  const intake = new VerifiedIntake({
    fetchConfig: () => {
      asked += 1;
      return Promise.resolve(config);
    },
    monoMs: () => 0,
    onEnvelope: (envelope, trust) => seen.push([envelope, trust]),
    onRefused: (one) => refused.push(one),
  });
  const push = async (data: unknown): Promise<void> => {
    const decoded = await intake.decode(data);
    if (decoded === null) return;
    if ("refused" in decoded) intake.refuse(decoded.refused);
    else intake.take(decoded.envelope, decoded.trust);
  };
  return { seen, refused, push, asked: () => asked };
}

describe("the intake of a page", () => {
  it("hands on what the server signed, once", async () => {
    const { seen, push, asked } = world();
    await push(signed);
    await push(signed);
    expect(seen.map(([envelope, trust]) => [envelope.seq, trust])).toEqual([[101, "verified"]]);
    expect(asked()).toBe(1);
  });

  it("refuses the same with one digit changed, and says so", async () => {
    const { seen, refused, push } = world();
    await push(signed.replace('"distance_mm":8123', '"distance_mm":9123'));
    expect(seen).toEqual([]);
    expect(refused).toEqual([{ reason: "bad_signature", tampered: true, unplaced: false, seq: 101 }]);
  });

  it("refuses a signed kind of frame whose signature was taken away", async () => {
    const { refused, push } = world();
    await push(signed.replace(/"sig":"[^"]*",/, ""));
    expect(refused[0]?.reason).toBe("missing_signature");
  });

  it("takes on trust what a server without keys says", async () => {
    const { seen, push } = world({ keys: [] });
    await push(signed);
    expect(seen[0]?.[1]).toBe("unverified");
  });

  it("asks for no key where nothing is signed, and passes over what is no frame", async () => {
    const { seen, push, asked } = world();
    await push('{"kind":"heartbeat","channel":"race","track_id":"t","event_id":null,"epoch":1,"seq":0,"ts_us":1,"payload":{}}');
    await push("<html>");
    await push(new ArrayBuffer(8));
    expect(seen.map(([, trust]) => trust)).toEqual(["unsigned"]);
    expect(asked()).toBe(0);
  });
});
