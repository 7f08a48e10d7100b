import { describe, expect, it } from "vitest";
import { base64Bytes, hexBytes, utf8 } from "./bytes.js";
import { nobleVerifier } from "./noble.js";
import { vectors } from "./testing/vectors.js";
import { builtInVerifier, webCryptoVerifier, works, type Verifier } from "./verifier.js";

interface Vectors {
  readonly keys: { kid: string; x: string; public_hex: string }[];
  readonly rfc8032: { public_hex: string; message_hex: string; sig_hex: string }[];
  readonly envelopes: { kid: string; canonical: string; sig: string }[];
}
const { keys, rfc8032, envelopes } = vectors<Vectors>("ed25519.json");

async function webCrypto(): Promise<Verifier> {
  const verifier = await builtInVerifier();
  if (!verifier) throw new Error("this Node has no Ed25519 in WebCrypto");
  return verifier;
}

describe.each([["webcrypto", webCrypto], ["noble", async () => nobleVerifier]] as const)("Ed25519 by %s", (name, make) => {
  it("does RFC 8032 and refuses each vector with a bit turned", async () => {
    const verifier = await make();
    expect(verifier.name).toBe(name);
    for (const vector of rfc8032) {
      const [key, message, sig] = [hexBytes(vector.public_hex), hexBytes(vector.message_hex), hexBytes(vector.sig_hex)];
      expect(await verifier.verify(key, message, sig)).toBe(true);
      sig[40] = (sig[40] ?? 0) ^ 4;
      expect(await verifier.verify(key, message, sig)).toBe(false);
    }
  });

  it("accepts our envelopes under their own key alone", async () => {
    const verifier = await make();
    for (const vector of envelopes) {
      for (const key of keys) {
        const good = await verifier.verify(base64Bytes(key.x)!, utf8(vector.canonical), base64Bytes(vector.sig)!);
        expect(good).toBe(key.kid === vector.kid);
      }
    }
  });

  it("answers no to what is no key or no signature", async () => {
    const verifier = await make();
    expect(await verifier.verify(new Uint8Array(5), new Uint8Array(1), new Uint8Array(64))).toBe(false);
    expect(await verifier.verify(hexBytes(keys[0]!.public_hex), new Uint8Array(1), new Uint8Array(3))).toBe(false);
  });
});

describe("an engine", () => {
  it("that says yes to everything is found out", async () => {
    expect(await works({ name: "yes", verify: () => Promise.resolve(true) })).toBe(false);
    expect(await works(nobleVerifier)).toBe(true);
  });

  it("without Ed25519 is none", async () => {
    const old = { importKey: () => Promise.reject(new Error("NotSupported")), verify: () => Promise.reject(new Error("no")) };
    expect(await works(webCryptoVerifier(old as never))).toBe(false);
  });
});

describe("base64", () => {
  it("reads both alphabets, with and without padding", () => {
    expect(base64Bytes("-_8")).toEqual(Uint8Array.of(0xfb, 0xff));
    expect(base64Bytes("+/8=")).toEqual(Uint8Array.of(0xfb, 0xff));
    expect(base64Bytes(keys[0]!.x)).toEqual(hexBytes(keys[0]!.public_hex));
    expect(base64Bytes("a")).toBeNull();
    expect(base64Bytes("ab c")).toBeNull();
  });
});
