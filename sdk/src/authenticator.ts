// Whether a frame may be believed. Ticks, results and alerts are signed by the server with Ed25519 (docs/contract.md,
// section 4); a relay, a proxy or a mirror in between can lose frames, but not make them up.

import { base64Bytes, concat, utf8 } from "./bytes.js";
import { canonicalText } from "./canonical.js";
import type { ParsedEnvelope } from "./envelope.js";
import type { BinaryTick } from "./binary.js";
import type { KeyRing } from "./keys.js";
import type { Verifier } from "./verifier.js";

/**
 * - `auto`: a wrong or missing signature is refused wherever the server signs and this place can verify; where one of
 *   the two is not so, frames are taken and marked `unverified`.
 * - `require`: what should be signed and cannot be verified is refused.
 * - `off`: nothing is looked at.
 */
export type VerifyMode = "auto" | "require" | "off";

/** `verified`: signed and right. `unsigned`: of a kind that is not signed. `unverified`: taken on trust. */
export type Trust = "verified" | "unsigned" | "unverified";

export type Judgement = { readonly trust: Trust } | { readonly refused: Refusal };
export type Refusal =
  /** The signature is not of these bytes. */
  | "bad_signature"
  /** There is none where there must be one. */
  | "missing_signature"
  /** Signed with a key that the server does not publish. */
  | "unknown_kid"
  /** No engine for Ed25519 here, or no keys to be had. Only with `require`. */
  | "cannot_verify";

const kSignedEvents: ReadonlySet<unknown> = new Set(["race_tick", "race_finished", "alert"]);

/** What a binary tick's signature also covers, though it is not in the bytes. */
export interface TickScope {
  readonly trackId: string;
  readonly epoch: string | number;
  readonly motoId: string;
  readonly kid: string | null;
}

interface Claim {
  readonly kid: string | null;
  readonly signature: Uint8Array<ArrayBuffer> | null;
  readonly message: Uint8Array<ArrayBuffer>;
}

export class Authenticator {
  constructor(
    private readonly mode: VerifyMode,
    private readonly verifier: Promise<Verifier | null>,
    private readonly keys: KeyRing,
  ) {}

  /** At once where nothing has to be computed: most frames are not signed. */
  envelope({ envelope, json }: ParsedEnvelope): Judgement | Promise<Judgement> {
    const due = envelope.kind === "event" && kSignedEvents.has(envelope.payload.event_type);
    if (!due && envelope.sig === null) return { trust: "unsigned" };
    if (this.mode === "off") return { trust: "unverified" };
    const { sig: _sig, ...unsigned } = json;
    const text = canonicalText(unsigned);
    if (text === null) return { refused: "bad_signature" };
    const signature = envelope.sig === null ? null : base64Bytes(envelope.sig);
    if (envelope.sig !== null && signature === null) return { refused: "bad_signature" };
    return this.judge({ kid: envelope.kid, signature, message: utf8(text) });
  }

  tick(tick: BinaryTick, scope: TickScope): Judgement | Promise<Judgement> {
    if (this.mode === "off") return { trust: "unverified" };
    const context = utf8(`holeshot.tick.v1|${scope.trackId}|${scope.epoch}|${scope.motoId}|`);
    const signature = tick.signature === null ? null : (tick.signature.slice() as Uint8Array<ArrayBuffer>);
    return this.judge({ kid: scope.kid, signature, message: concat(context, tick.body) });
  }

  private async judge(claim: Claim): Promise<Judgement> {
    const trusting = this.mode === "auto";
    const signing = await this.keys.signing();
    const verifier = signing === true ? await this.verifier : null;
    if (signing !== true || verifier === null) return trusting ? { trust: "unverified" } : { refused: "cannot_verify" };
    const { signature } = claim;
    if (signature === null) return { refused: "missing_signature" };
    const named = claim.kid === null ? null : await this.keys.find(claim.kid);
    if (named && (await verifier.verify(named, claim.message, signature))) return { trust: "verified" };
    // An envelope names its key. A binary tick goes by the key of its moto, which may have been rotated since.
    if (claim.kid !== null && named === null) return { refused: "unknown_kid" };
    for (const key of this.keys.others(claim.kid)) {
      if (await verifier.verify(key, claim.message, signature)) return { trust: "verified" };
    }
    return { refused: "bad_signature" };
  }
}
