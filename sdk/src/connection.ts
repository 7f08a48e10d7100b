// One live subscription to one track: connects, notices silence and gaps, heals, and hands on each envelope once, in
// order. It holds no race state and touches no DOM; timers, socket and chance come through `LiveEnv`, so that tests
// turn the clock by hand.
//
// What the owner may rely on: after `onEnvelope` with a snapshot of a channel, that snapshot replaces all that was held
// for the channel. There is no terminal state but `stop()`.

import { reconnectDelayMs, type Ending } from "./backoff.js";
import type { Decoded } from "./decode.js";
import { finiteNumber, nonEmptyText, reconnectHint, type Envelope, type ReconnectHint } from "./envelope.js";
import { FrameQueue } from "./frame_queue.js";
import { kConnectLimitMs, kProbeLimitMs, kProofLimitMs, kSnapshotLimitMs, kStaleAfterMs, kSteadyAfterMs } from "./limits.js";
import type { Gap, LiveEnv, LiveOptions, LiveStatus, SocketLike, Target } from "./live.js";
import { PlainIntake, type Intake } from "./intake.js";
import { Pacing } from "./pacing.js";
import type { Verdict } from "./sequence.js";
import { ServerClock } from "./server_clock.js";
import { Timers } from "./timers.js";

const kProtocol = "holeshot.v1.json";
const kClientDone = 1000;
const kClientGivesUp = 4000;

type TimerName = "retry" | "connect" | "snapshot" | "silence" | "probe" | "steady" | "resync" | "proof";

export class LiveConnection {
  readonly clock: ServerClock;
  private readonly intake: Intake;
  private readonly timers: Timers<TimerName>;
  private readonly frames = new FrameQueue();
  private readonly pacing = new Pacing();
  private socket: SocketLike | null = null;
  /** Distinguishes attempts: what arrives for an older one is not for us any more. */
  private generation = 0;
  private hint: ReconnectHint | null = null;
  private errorCode: string | null = null;
  /** The number that a resuming connection goes on from; null where it does not, or is done. */
  private resumingFrom: number | null = null;
  /** Channels whose snapshot we still wait for. */
  private readonly missing = new Set<string>();
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
    this.timers = new Timers(env);
    this.intake = options.intake ?? new PlainIntake((envelope) => options.onEnvelope?.(envelope));
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
    this.timers.clear();
    this.set({ phase: "stopped", retryAtMs: null, recovering: false });
  }

  /** The page is seen again, or the network is back: what we hold may be old. Heals at once instead of waiting. */
  wake(): void {
    this.set({ online: true });
    if (this.status.phase === "waiting") return void this.connect();
    if (this.status.phase !== "live" && this.status.phase !== "syncing") return;
    const silentMs = this.env.monoMs() - (this.status.lastFrameMs ?? 0);
    if (silentMs >= kStaleAfterMs || this.socket?.oneWay) return this.reconnectNow("silent");
    this.sendMessage("heartbeat", {});
    this.timers.arm("probe", kProbeLimitMs, () => this.reconnectNow("no_answer"));
  }

  /** The device says that it has no network. The socket is left alone: it may well survive. */
  networkLost(): void {
    this.set({ online: false });
  }

  private async connect(): Promise<void> {
    this.dropSocket(kClientGivesUp, "new attempt");
    this.timers.clear();
    const generation = this.generation;
    this.hint = null;
    this.errorCode = null;
    this.set({ phase: "resolving", retryAtMs: null });
    this.timers.arm("connect", kConnectLimitMs, () => this.ended({ code: 1006, hint: null }, "no_connection"));
    let told: string | Target;
    try {
      told = await this.options.resolveUrl(this.status.failures);
    } catch {
      if (generation === this.generation) this.ended({ code: 1006, hint: null }, "config");
      return;
    }
    if (generation === this.generation) this.open(typeof told === "string" ? { url: told } : told);
  }

  private open(target: Target): void {
    let socket: SocketLike;
    try {
      socket = target.open?.(target.url) ?? this.env.openSocket(target.url, target.protocols ?? [kProtocol]);
    } catch {
      return this.ended({ code: 1006, hint: null }, "bad_url");
    }
    this.socket = socket;
    this.set({ phase: "connecting" });
    socket.onopen = () => this.opened(target.resumes === true);
    socket.onmessage = (event) => this.received(event.data);
    socket.onerror = null;
    socket.onclose = (event) =>
      this.ended({ code: event.code, hint: this.hint }, this.errorCode ?? `close_${event.code}`);
  }

  private opened(resumes: boolean): void {
    this.timers.disarm("connect");
    const first = this.options.channels[0] ?? "";
    this.resumingFrom = resumes ? (this.intake.point(first)?.seq ?? null) : null;
    this.intake.begin();
    this.clock.restart();
    this.missing.clear();
    this.missing.add(first);
    this.set({ phase: "syncing" });
    // A stream that resumes while nothing happens is silent until the server's next heartbeat.
    const limitMs = this.socket?.oneWay && resumes ? kStaleAfterMs : kSnapshotLimitMs;
    this.timers.arm("snapshot", limitMs, () => this.reconnectAfterFailure("no_snapshot"));
    // The first heartbeat may be 10 s away; the answer to ours tells the server's time now.
    this.sendMessage("heartbeat", {});
    // The URL cannot name classes and riders.
    const { classes, riders } = this.options.filters ?? {};
    if ((classes?.length ?? 0) + (riders?.length ?? 0) > 0) this.narrow();
  }

  private received(data: unknown): void {
    const nowMs = this.env.monoMs();
    this.heard(nowMs);
    this.frames.push(() => this.intake.decode(data), (decoded) => this.use(decoded, nowMs));
  }

  private use(decoded: Decoded | null, nowMs: number): void {
    if (decoded === null) return;
    if ("refused" in decoded) {
      this.intake.refuse(decoded.refused);
      const channel = this.options.channels[0] ?? "";
      const expected = (this.intake.point(channel)?.seq ?? 0) + 1;
      if (decoded.refused.unplaced) this.suspect({ channel, expected, got: expected }, true);
      return;
    }
    const { envelope } = decoded;
    this.learnTime(envelope, nowMs);
    if (envelope.kind === "error") this.receivedError(envelope);
    const verdict = this.intake.take(envelope, decoded.trust);
    if (envelope.kind === "error") return;
    if (envelope.kind === "snapshot") this.receivedSnapshot(envelope.channel);
    else if (this.resumingFrom !== null) this.resumed(envelope, verdict, this.resumingFrom);
    if (envelope.kind === "heartbeat") this.hint = this.errorCode = null;
    if (verdict.kind === "gap") {
      const early = envelope.kind === "heartbeat" && this.resumingFrom !== null;
      this.suspect({ channel: envelope.channel, expected: verdict.expected, got: verdict.got }, verdict.provable || early);
    }
    if (verdict.kind === "epoch") this.gap({ channel: envelope.channel, expected: null, got: envelope.seq });
  }

  /** The first word of a connection that resumes: what follows on what we hold, or that there was nothing new. */
  private resumed(envelope: Envelope, verdict: Verdict, from: number): void {
    if (envelope.channel !== this.options.channels[0]) return;
    const point = this.intake.point(envelope.channel);
    const seq = finiteNumber(envelope.payload.seq) ?? envelope.seq;
    const nothingNew = envelope.kind === "heartbeat" && envelope.epoch === point?.epoch && seq <= point.seq;
    // During a migration the other connection may have brought it already.
    const told = verdict.kind === "apply" || verdict.kind === "duplicate";
    const next = envelope.kind === "event" && told && seq > from;
    if (nothingNew || next) this.synced(envelope.channel, true);
  }

  /** Numbers are missing. Where ticks run, the next ones may show that only ticks are; else it is a gap at once. */
  private suspect(gap: Gap, provable: boolean): void {
    if (!provable) return this.gap(gap);
    if (this.timers.has("proof") || this.status.recovering) return;
    this.timers.arm("proof", kProofLimitMs, () => {
      if (this.intake.missingFrom(gap.channel) !== null) this.gap(gap);
    });
  }

  private heard(nowMs: number): void {
    this.timers.disarm("probe");
    this.status = { ...this.status, lastFrameMs: nowMs, lastFrameWallMs: this.env.wallMs() };
    if (!this.timers.has("silence")) this.watchSilence(kStaleAfterMs);
    if (!this.status.online) this.set({ online: true });
  }

  /** One timer that looks at the time of the last frame, instead of one that is set anew with each frame. */
  private watchSilence(ms: number): void {
    this.timers.arm("silence", ms, () => {
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
  }

  private receivedSnapshot(channel: string): void {
    // One that came late and was overtaken heals nothing.
    if (this.intake.missingFrom(channel) === null) this.synced(channel, false);
  }

  private synced(channel: string, recovered: boolean): void {
    if (this.resumingFrom !== null && channel === this.options.channels[0]) {
      this.resumingFrom = null;
      this.options.onRecovered?.(recovered);
    }
    this.missing.delete(channel);
    if (this.missing.size > 0) return;
    this.timers.disarm("snapshot");
    const steady = this.timers.has("steady");
    if (!steady) this.timers.arm("steady", kSteadyAfterMs, () => this.set({ failures: 0, reason: null }));
    this.set({ phase: "live", recovering: false });
  }

  private gap(gap: Gap): void {
    this.timers.disarm("proof");
    this.options.onGap?.(gap);
    this.missing.add(gap.channel);
    if (this.status.recovering) return;
    this.set({ recovering: true });
    const waitMs = this.pacing.waitMs(this.env.monoMs());
    if (waitMs <= 0) void this.resync();
    else this.timers.arm("resync", waitMs, () => void this.resync());
  }

  /** Fetches what is missing, or asks for a snapshot on the connection we have; if neither comes, a new connection brings one. */
  private async resync(): Promise<void> {
    this.pacing.used(this.env.monoMs());
    this.timers.arm("snapshot", kSnapshotLimitMs, () => this.reconnectAfterFailure("no_snapshot"));
    const [first] = this.options.channels;
    const { generation } = this;
    const healable = this.options.heal && this.missing.size === 1 && first !== undefined && this.missing.has(first);
    if (healable && (await this.options.heal?.())) return this.healed(first, generation);
    if (generation !== this.generation) return;
    // Where nothing can be asked for, a new connection brings the snapshot.
    if (this.socket?.oneWay) return this.reconnectAfterFailure("gap");
    this.narrow();
  }

  private healed(channel: string, generation: number): void {
    if (generation === this.generation && this.intake.missingFrom(channel) === null) this.synced(channel, true);
  }

  /** Says in-band what is wanted, filters included; the server answers with a snapshot. */
  private narrow(): void {
    const scope = { tracks: [this.options.trackId], events: [], classes: [], riders: [], ...this.options.filters };
    this.sendMessage("subscribe", { ...scope, channels: [...this.options.channels] });
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
    this.timers.clear();
    const told = this.options.onEnded?.(ending, this.status.failures) ?? null;
    const delayMs = told ?? reconnectDelayMs(ending, this.status.failures, this.env.random());
    const retryAtMs = this.env.monoMs() + delayMs;
    const failures = this.status.failures + 1;
    this.set({ phase: "waiting", reason, failures, retryAtMs, recovering: false });
    this.timers.arm("retry", delayMs, () => void this.connect());
  }

  private dropSocket(code: number, reason: string): void {
    this.generation += 1;
    this.frames.drop();
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

  private set(change: Partial<LiveStatus>): void {
    this.status = { ...this.status, ...change };
    this.options.onStatus?.(this.status);
  }
}
