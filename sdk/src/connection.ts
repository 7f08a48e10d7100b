// One live subscription to one track: connects, notices silence and gaps, heals, and hands on each envelope once, in
// order. It holds no race state and touches no DOM; timers, socket and chance come through `LiveEnv`, so that tests
// turn the clock by hand.
//
// What the owner may rely on: after `onEnvelope` with a snapshot of a channel, that snapshot replaces all that was held
// for the channel. There is no terminal state but `stop()`.

import { reconnectDelayMs, type Ending } from "./backoff.js";
import { finiteNumber, nonEmptyText, parseEnvelope, reconnectHint } from "./envelope.js";
import type { Envelope, ReconnectHint } from "./envelope.js";
import { SequenceGuard } from "./sequence.js";
import { ServerClock } from "./server_clock.js";

/** Heartbeats come every 10 s; two seconds more for the way. */
export const kStaleAfterMs = 12_000;
/** A handshake that takes longer than this on a phone will not succeed. */
export const kConnectLimitMs = 10_000;
/** The snapshot comes with the connection; without one the page would stand empty. */
export const kSnapshotLimitMs = 5_000;
/** After waking up: an answer within this, or a new connection. Keeps the healing under two seconds. */
export const kProbeLimitMs = 1_500;
/** A connection that stood this long ends the row of failures. */
export const kSteadyAfterMs = 5_000;
/** Between two requests for a new snapshot, doubling while gaps go on, so that loss never becomes a storm. */
export const kResyncPauseMs = 1_000;
export const kResyncLongestPauseMs = 30_000;

export interface SocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
}

export interface LiveEnv {
  openSocket(url: string, protocols: string[]): SocketLike;
  setTimer(run: () => void, ms: number): number;
  clearTimer(id: number): void;
  monoMs(): number;
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
}

export type Phase =
  | "idle"
  /** Asking where to connect to. */
  | "resolving"
  | "connecting"
  /** Connected, the snapshot is on its way. */
  | "syncing"
  | "live"
  /** The next attempt is at `retryAtMs`. */
  | "waiting"
  | "stopped";

export interface LiveStatus {
  readonly phase: Phase;
  /** Monotonic time of the last frame of any kind; null before the first. */
  readonly lastFrameMs: number | null;
  /** The same moment on the wall clock, to be shown. */
  readonly lastFrameWallMs: number | null;
  readonly retryAtMs: number | null;
  readonly failures: number;
  /** Why the last attempt ended, as a stable word: `close_1012`, `silent`, `no_snapshot`, `config`, an error code. */
  readonly reason: string | null;
  /** A gap was seen and the new snapshot is not here yet. */
  readonly recovering: boolean;
  readonly online: boolean;
}

export interface Gap {
  readonly channel: string;
  /** Null where the server began to count anew. */
  readonly expected: number | null;
  readonly got: number;
}

export interface LiveOptions {
  /** The full ws(s) URL; asked for each attempt, so that it may look anew after failures. A rejection is a failed attempt. */
  resolveUrl(failures: number): Promise<string>;
  readonly trackId: string;
  readonly channels: readonly string[];
  onEnvelope(envelope: Envelope): void;
  onStatus?(status: LiveStatus): void;
  onGap?(gap: Gap): void;
}

const kProtocol = "holeshot.v1.json";
const kClientDone = 1000;
const kClientGivesUp = 4000;

type TimerName = "retry" | "connect" | "snapshot" | "silence" | "probe" | "steady" | "resync";

export class LiveConnection {
  readonly clock: ServerClock;
  private readonly guard = new SequenceGuard();
  private readonly timers = new Map<TimerName, number>();
  private socket: SocketLike | null = null;
  /** Distinguishes attempts: what arrives for an older one is not for us any more. */
  private generation = 0;
  private hint: ReconnectHint | null = null;
  private errorCode: string | null = null;
  /** Channels whose snapshot we still wait for. */
  private readonly missing = new Set<string>();
  private resyncPauseMs = kResyncPauseMs;
  private resyncAllowedMs = 0;
  private status: LiveStatus = {
    phase: "idle",
    lastFrameMs: null,
    lastFrameWallMs: null,
    retryAtMs: null,
    failures: 0,
    reason: null,
    recovering: false,
    online: true,
  };

  constructor(
    private readonly options: LiveOptions,
    private readonly env: LiveEnv,
  ) {
    this.clock = new ServerClock(env.wallMs(), env.monoMs());
  }

  get current(): LiveStatus {
    return this.status;
  }

  /** Microseconds since the epoch as the server counts them. */
  serverNowUs(): number {
    return this.clock.nowUs(this.env.monoMs());
  }

  start(): void {
    if (this.status.phase === "idle" || this.status.phase === "stopped") void this.connect();
  }

  stop(): void {
    this.dropSocket(kClientDone, "page left");
    this.clearTimers();
    this.set({ phase: "stopped", retryAtMs: null, recovering: false });
  }

  /** The page is seen again, or the network is back: what we hold may be old. Heals at once instead of waiting. */
  wake(): void {
    this.set({ online: true });
    if (this.status.phase === "waiting") return void this.connect();
    if (this.status.phase !== "live" && this.status.phase !== "syncing") return;
    const silentMs = this.env.monoMs() - (this.status.lastFrameMs ?? 0);
    if (silentMs >= kStaleAfterMs) return this.reconnectNow("silent");
    this.sendMessage("heartbeat", {});
    this.arm("probe", kProbeLimitMs, () => this.reconnectNow("no_answer"));
  }

  /** The device says that it has no network. The socket is left alone: it may well survive. */
  networkLost(): void {
    this.set({ online: false });
  }

  private async connect(): Promise<void> {
    this.dropSocket(kClientGivesUp, "new attempt");
    this.clearTimers();
    const generation = this.generation;
    this.hint = null;
    this.errorCode = null;
    this.set({ phase: "resolving", retryAtMs: null });
    this.arm("connect", kConnectLimitMs, () => this.ended({ code: 1006, hint: null }, "no_connection"));
    let url: string;
    try {
      url = await this.options.resolveUrl(this.status.failures);
    } catch {
      if (generation === this.generation) this.ended({ code: 1006, hint: null }, "config");
      return;
    }
    if (generation === this.generation) this.open(url);
  }

  private open(url: string): void {
    let socket: SocketLike;
    try {
      socket = this.env.openSocket(url, [kProtocol]);
    } catch {
      return this.ended({ code: 1006, hint: null }, "bad_url");
    }
    this.socket = socket;
    this.set({ phase: "connecting" });
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.received(event.data);
    socket.onerror = null;
    socket.onclose = (event) =>
      this.ended({ code: event.code, hint: this.hint }, this.errorCode ?? `close_${event.code}`);
  }

  private opened(): void {
    this.disarm("connect");
    this.guard.reset();
    this.clock.restart();
    this.missing.clear();
    this.missing.add(this.options.channels[0] ?? "");
    this.set({ phase: "syncing" });
    this.arm("snapshot", kSnapshotLimitMs, () => this.reconnectAfterFailure("no_snapshot"));
    // The first heartbeat may be 10 s away; the answer to ours tells the server's time now.
    this.sendMessage("heartbeat", {});
  }

  private received(data: unknown): void {
    const nowMs = this.env.monoMs();
    const envelope = typeof data === "string" ? parseEnvelope(data) : null;
    this.heard(nowMs);
    if (envelope === null) return;
    this.learnTime(envelope, nowMs);
    if (envelope.kind === "error") return this.receivedError(envelope);
    const verdict = this.guard.judge(envelope);
    if (envelope.kind === "snapshot") this.receivedSnapshot(envelope.channel);
    if (envelope.kind === "heartbeat") this.hint = this.errorCode = null;
    if (verdict.kind === "duplicate") return;
    this.options.onEnvelope(envelope);
    if (verdict.kind === "gap") this.gap(envelope, verdict.expected, verdict.got);
    if (verdict.kind === "epoch") this.gap(envelope, null, envelope.seq);
  }

  private heard(nowMs: number): void {
    this.disarm("probe");
    this.status = { ...this.status, lastFrameMs: nowMs, lastFrameWallMs: this.env.wallMs() };
    if (!this.timers.has("silence")) this.watchSilence(kStaleAfterMs);
    if (!this.status.online) this.set({ online: true });
  }

  /** One timer that looks at the time of the last frame, instead of one that is set anew with each frame. */
  private watchSilence(ms: number): void {
    this.arm("silence", ms, () => {
      const left = kStaleAfterMs - (this.env.monoMs() - (this.status.lastFrameMs ?? 0));
      if (left > 0) this.watchSilence(left);
      // With jitter: when a server freezes, thousands of pages notice in the same moment.
      else this.reconnectAfterFailure("silent");
    });
  }

  private learnTime(envelope: Envelope, nowMs: number): void {
    const told = envelope.kind === "heartbeat" ? finiteNumber(envelope.payload.server_time_us) : null;
    if (told !== null) this.clock.sample(told, nowMs);
    else this.clock.atLeast(envelope.tsUs, nowMs);
  }

  private receivedError(envelope: Envelope): void {
    this.errorCode = nonEmptyText(envelope.payload.code);
    this.hint = reconnectHint(envelope.payload) ?? this.hint;
    this.options.onEnvelope(envelope);
  }

  private receivedSnapshot(channel: string): void {
    this.missing.delete(channel);
    if (this.missing.size > 0) return;
    this.disarm("snapshot");
    const steady = this.timers.has("steady");
    if (!steady) this.arm("steady", kSteadyAfterMs, () => this.set({ failures: 0, reason: null }));
    this.set({ phase: "live", recovering: false });
  }

  private gap(envelope: Envelope, expected: number | null, got: number): void {
    this.options.onGap?.({ channel: envelope.channel, expected, got });
    this.missing.add(envelope.channel);
    if (this.status.recovering) return;
    this.set({ recovering: true });
    const waitMs = this.resyncAllowedMs - this.env.monoMs();
    if (waitMs <= 0) this.resync();
    else this.arm("resync", waitMs, () => this.resync());
  }

  /** Asks for a snapshot on the connection we have; if none comes, a new connection brings one. */
  private resync(): void {
    const nowMs = this.env.monoMs();
    const quiet = nowMs - this.resyncAllowedMs > kResyncLongestPauseMs;
    this.resyncPauseMs = quiet ? kResyncPauseMs : Math.min(kResyncLongestPauseMs, this.resyncPauseMs * 2);
    this.resyncAllowedMs = nowMs + this.resyncPauseMs;
    const scope = { tracks: [this.options.trackId], events: [], classes: [], riders: [] };
    this.sendMessage("subscribe", { ...scope, channels: [...this.options.channels] });
    this.arm("snapshot", kSnapshotLimitMs, () => this.reconnectAfterFailure("no_snapshot"));
  }

  private sendMessage(type: string, payload: object): void {
    try {
      this.socket?.send(JSON.stringify({ type, payload }));
    } catch {
      // A socket that refuses to send is about to report its close, or falls silent; both are handled.
    }
  }

  private reconnectNow(reason: string): void {
    this.set({ reason, failures: 0 });
    void this.connect();
  }

  private reconnectAfterFailure(reason: string): void {
    this.ended({ code: 1006, hint: this.hint }, reason);
  }

  private ended(ending: Ending, reason: string): void {
    this.dropSocket(kClientGivesUp, reason);
    this.clearTimers();
    const delayMs = reconnectDelayMs(ending, this.status.failures, this.env.random());
    const retryAtMs = this.env.monoMs() + delayMs;
    const failures = this.status.failures + 1;
    this.set({ phase: "waiting", reason, failures, retryAtMs, recovering: false });
    this.arm("retry", delayMs, () => void this.connect());
  }

  private dropSocket(code: number, reason: string): void {
    this.generation += 1;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    try {
      socket.close(code, reason);
    } catch {
      // Already closed.
    }
  }

  private arm(name: TimerName, ms: number, run: () => void): void {
    this.disarm(name);
    const fire = (): void => {
      this.timers.delete(name);
      run();
    };
    this.timers.set(name, this.env.setTimer(fire, ms));
  }

  private disarm(name: TimerName): void {
    const id = this.timers.get(name);
    if (id === undefined) return;
    this.timers.delete(name);
    this.env.clearTimer(id);
  }

  private clearTimers(): void {
    for (const name of [...this.timers.keys()]) this.disarm(name);
  }

  private set(change: Partial<LiveStatus>): void {
    this.status = { ...this.status, ...change };
    this.options.onStatus?.(this.status);
  }
}
