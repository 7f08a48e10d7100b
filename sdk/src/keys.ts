// The public keys of a server, by kid. An unknown kid is looked up anew, since keys are rotated while a race runs; but
// not more often than a forger could make us.

import { base64Bytes } from "./bytes.js";
import { isRecord, nonEmptyText } from "./envelope.js";

export type PublicKey = Uint8Array<ArrayBuffer>;

/** As `GET /race/config` has it in `keys`. */
export interface KeyRecord {
  readonly kid: string;
  readonly alg?: string;
  /** base64url of the 32 bytes. */
  readonly x: string;
}

/** Between two look-ups for kids that nobody knows. */
export const kKeyLookupPauseMs = 10_000;
const kKeyBytes = 32;

export class KeyRing {
  private readonly keys = new Map<string, PublicKey>();
  private asking: Promise<void> | null = null;
  private allowedMs = -Infinity;
  private asked = false;

  /** `fetchKeys` gives the current list, or rejects; null where keys are given and never looked up. */
  constructor(
    given: readonly KeyRecord[],
    private readonly fetchKeys: (() => Promise<readonly KeyRecord[]>) | null,
    private readonly monoMs: () => number,
  ) {
    this.add(given);
  }

  /** Whether this server signs, as far as we know: false where it was asked and named no key. Null: could not be asked. */
  async signing(): Promise<boolean | null> {
    if (this.keys.size === 0 && !this.asked) await this.look();
    if (this.keys.size > 0) return true;
    return this.asked || this.fetchKeys === null ? false : null;
  }

  /** The key, looked up if need be; null where nobody knows it. */
  async find(kid: string): Promise<PublicKey | null> {
    if (!this.keys.has(kid)) await this.look();
    return this.keys.get(kid) ?? null;
  }

  /** All that are known, `first` before the others. */
  others(first: string | null): PublicKey[] {
    return [...this.keys].filter(([kid]) => kid !== first).map(([, key]) => key);
  }

  private async look(): Promise<void> {
    if (this.fetchKeys === null) return;
    if (this.asking) return this.asking;
    if (this.monoMs() < this.allowedMs) return;
    this.allowedMs = this.monoMs() + kKeyLookupPauseMs;
    this.asking = this.fetchKeys().then(
      (records) => {
        this.asked = true;
        this.add(records);
      },
      () => undefined,
    );
    await this.asking;
    this.asking = null;
  }

  private add(records: readonly KeyRecord[]): void {
    for (const { kid, alg, x } of records) {
      const key = base64Bytes(x);
      if ((alg ?? "Ed25519") === "Ed25519" && key?.length === kKeyBytes) this.keys.set(kid, key);
    }
  }
}

/** The `keys` of a config, whatever it is. */
export function keyRecords(config: unknown): KeyRecord[] {
  const keys = isRecord(config) && Array.isArray(config.keys) ? config.keys.filter(isRecord) : [];
  return keys.flatMap(({ kid, alg, x }) => {
    const [name, text] = [nonEmptyText(kid), nonEmptyText(x)];
    return name === null || text === null ? [] : [{ kid: name, alg: nonEmptyText(alg) ?? "Ed25519", x: text }];
  });
}
