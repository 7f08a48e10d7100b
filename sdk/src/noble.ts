// Ed25519 without WebCrypto, by @noble/ed25519 and @noble/hashes (both optional peers, audited, no dependencies): for
// pages that a venue serves over plain http, where browsers keep WebCrypto to themselves.
//
//   import { nobleVerifier } from "@holeshot/live/noble";
//   subscribe({ track, url, verifier: nobleVerifier });

import { etc, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import type { Verifier } from "./verifier.js";

etc.sha512Sync = (...parts: Uint8Array[]) => sha512(etc.concatBytes(...parts));

export const nobleVerifier: Verifier = {
  name: "noble",
  verify: (publicKey, message, signature) => {
    try {
      // zip215 off: the same strictness as OpenSSL and WebCrypto.
      return Promise.resolve(verify(signature, message, publicKey, { zip215: false }));
    } catch {
      return Promise.resolve(false);
    }
  },
};
