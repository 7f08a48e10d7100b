// Which server and which way: the nearest of several, the next one after a failure, and from WebSocket to an event
// stream to polls where a network lets nothing else through.

import { answerTimeMs, type TransportName } from "./address.js";
import type { Fetch } from "./http_socket.js";

/** Attempts that never opened before a network is believed to block a transport. */
export const kBlockedAfter = 3;
/** After this long on a fallback, the next reconnect tries WebSocket again: phones move between networks. */
export const kRetryBestMs = 300_000;
const kProbeLimitMs = 2_000;

export class Route {
  private bases: string[];
  private current = 0;
  private transport = 0;
  private unopened = 0;
  private fellBackMs = 0;
  private ordered = false;

  constructor(
    bases: readonly string[],
    private readonly transports: readonly TransportName[],
    private readonly fetch: Fetch,
    private readonly monoMs: () => number,
  ) {
    this.bases = [...new Set(bases)];
  }

  /** Whether an address is on one of the servers that we were given, or that their config named. */
  knows(url: string): boolean {
    return this.bases.some((base) => new URL(base).host === new URL(url).host);
  }

  /** From here on these alone, the first one first. */
  use(bases: readonly string[]): void {
    this.bases = [...new Set(bases)];
    this.current = 0;
    this.ordered = this.bases.length < 2;
  }

  async next(): Promise<{ readonly base: string; readonly transport: TransportName }> {
    if (!this.ordered && this.bases.length > 1) await this.order();
    if (this.transport > 0 && this.monoMs() - this.fellBackMs > kRetryBestMs) this.transport = 0;
    const base = this.bases[this.current % this.bases.length];
    const transport = this.transports[this.transport % this.transports.length];
    if (base === undefined || transport === undefined) throw new Error("no address, or no transport");
    return { base, transport };
  }

  opened(): void {
    this.unopened = 0;
  }

  /** The attempt, or the connection, has ended. `opened`: it had stood. */
  failed(opened: boolean): void {
    if (opened) return;
    this.unopened += 1;
    this.current = (this.current + 1) % Math.max(1, this.bases.length);
    // All of them have been tried: who is nearest may have changed too.
    if (this.current === 0) this.ordered = false;
    if (this.unopened < Math.max(kBlockedAfter, this.bases.length)) return;
    this.unopened = 0;
    this.transport = (this.transport + 1) % this.transports.length;
    this.fellBackMs = this.monoMs();
  }

  private async order(): Promise<void> {
    this.ordered = true;
    const times = await Promise.all(this.bases.map((base) => answerTimeMs(base, this.fetch, this.monoMs, kProbeLimitMs)));
    const timed = this.bases.map((base, i) => ({ base, ms: times[i] ?? Infinity }));
    // Stable: where nobody answers, the order that was given stands.
    this.bases = timed.sort((a, b) => (a.ms === b.ms ? 0 : a.ms - b.ms)).map((one) => one.base);
    this.current = 0;
  }
}
