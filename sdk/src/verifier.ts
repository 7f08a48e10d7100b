// Ed25519 by whatever this browser or Node has. WebCrypto does it in secure contexts of recent browsers; where it does
// not, a page hands in a verifier of its own (see noble.ts).

import { hexBytes } from "./bytes.js";

export interface Verifier {
  /** For reports: "webcrypto", "noble", ... */
  readonly name: string;
  /** Whether `signature` (64 bytes) over `message` is by the owner of `publicKey` (32 bytes). Never throws or rejects. */
  verify(publicKey: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** RFC 8032, section 7.1, test 2: an engine that cannot do this one is not asked about races. */
const kProbe = {
  key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  message: "72",
  signature:
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
};

/** Whether `verifier` accepts a known signature and refuses the same with a bit turned. */
export async function works(verifier: Verifier): Promise<boolean> {
  const key = hexBytes(kProbe.key);
  const good = hexBytes(kProbe.signature);
  const bad = good.slice();
  bad[0] = (bad[0] ?? 0) ^ 1;
  const message = hexBytes(kProbe.message);
  return (await verifier.verify(key, message, good)) && !(await verifier.verify(key, message, bad));
}

type Subtle = Pick<SubtleCrypto, "importKey" | "verify">;

export function webCryptoVerifier(subtle: Subtle): Verifier {
  // Importing a key costs more than a signature; there are a handful of keys in a day.
  const imported = new Map<string, Promise<CryptoKey>>();
  const keyOf = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> => {
    const name = raw.join();
    const known = imported.get(name);
    if (known) return known;
    const key = subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    imported.set(name, key);
    return key;
  };
  return {
    name: "webcrypto",
    verify: async (publicKey, message, signature) => {
      try {
        return await subtle.verify({ name: "Ed25519" }, await keyOf(publicKey), signature, message);
      } catch {
        return false;
      }
    },
  };
}

async function subtleHere(): Promise<Subtle | null> {
  const here = (globalThis as { crypto?: { subtle?: Subtle } }).crypto?.subtle;
  if (here) return here;
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (!process?.versions?.node) return null;
  // Node 18 has WebCrypto, but not as a global. The name is hidden from bundlers, which would look for it in a browser.
  const name = "node:crypto";
  const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { webcrypto: { subtle: Subtle } };
  return module.webcrypto.subtle;
}

/** The verifier of this place; null where there is none (an old browser, or a page that came over plain http). */
export async function builtInVerifier(): Promise<Verifier | null> {
  try {
    const subtle = await subtleHere();
    if (!subtle) return null;
    const verifier = webCryptoVerifier(subtle);
    return (await works(verifier)) ? verifier : null;
  } catch {
    return null;
  }
}
