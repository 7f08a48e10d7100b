// What time it is at the server, seen from a page whose own clock may be wrong.
//
// A sample (server time, our time at receipt) is always late by the way through the network, never early. So the
// largest offset of the last minute is the one that travelled fastest and is nearest to the truth. Our side is the
// monotonic clock: setting the phone's clock changes nothing. (On some phones it stands still during sleep; the next
// sample is then larger and wins at once.)

const kWindowMs = 60_000;

interface Sample {
  readonly atMs: number;
  readonly offsetUs: number;
}

export class ServerClock {
  private samples: Sample[] = [];
  private guessUs: number;

  /** `wallMs` and `monoMs` taken together: until the server has spoken, our own wall clock is the best guess. */
  constructor(wallMs: number, monoMs: number) {
    this.guessUs = (wallMs - monoMs) * 1000;
  }

  /** True when a heartbeat has told the time; before that `nowUs` is a guess. */
  get synced(): boolean {
    return this.samples.length > 0;
  }

  /** A heartbeat's server_time_us, received now. */
  sample(serverUs: number, monoMs: number): void {
    if (!(serverUs > 0)) return;
    this.samples = this.samples.filter((s) => monoMs - s.atMs <= kWindowMs);
    this.samples.push({ atMs: monoMs, offsetUs: serverUs - monoMs * 1000 });
  }

  /** The stamp of any other frame: the server's clock is at least that far. Counts only until the first sample. */
  atLeast(serverUs: number, monoMs: number): void {
    if (serverUs > 0) this.guessUs = Math.max(this.guessUs, serverUs - monoMs * 1000);
  }

  /** Forget what was learned, for a server that may be another machine. The last estimate stays as the guess. */
  restart(): void {
    if (this.synced) this.guessUs = this.offsetUs();
    this.samples = [];
  }

  nowUs(monoMs: number): number {
    return monoMs * 1000 + this.offsetUs();
  }

  private offsetUs(): number {
    if (!this.synced) return this.guessUs;
    return Math.max(...this.samples.map((s) => s.offsetUs));
  }
}
