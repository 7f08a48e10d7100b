// One subscription: its connection (two during a migration), the feed behind them, and the listeners.

import { addressOf, catchUpUrl, configUrl, liveBases, type TransportName, type Wanted } from "./address.js";
import { Authenticator } from "./authenticator.js";
import type { Ending } from "./backoff.js";
import { wakeWithPage } from "./browser.js";
import { LiveConnection } from "./connection.js";
import { Emitter } from "./emitter.js";
import { isRecord, nonEmptyText } from "./envelope.js";
import { findFetch, findWebSocket, liveEnv, systemClock } from "./environment.js";
import { FeedIntake } from "./feed_intake.js";
import { openEventStream, openPolls, type Fetch } from "./http_socket.js";
import { KeyRing, keyRecords, type KeyRecord } from "./keys.js";
import type { LiveEnv, LiveStatus, Target } from "./live.js";
import { Migration } from "./migration.js";
import type { Clock, FrameEvent, Live, LiveEvents, SubscribeOptions, WebSocketClass } from "./options.js";
import type { Picture } from "./picture.js";
import { Route } from "./route.js";
import { Smoother, type SmoothLane } from "./smooth.js";
import { Watch } from "./watch.js";
import { builtInVerifier, type Verifier } from "./verifier.js";

/** A token that was refused is asked for anew at once, once; a server that refuses the new one too means it. */
const kTokenRetryMs = 250;
const kUnauthenticated = 4401;
const kConfigLimitMs = 6_000;
const kConfigSharedMs = 2_000;
/** A new gateway's address may have changed: the config is read again after this many failures in a row. */
const kAskAgainAfter = 2;

export class Subscription implements Live {
  private readonly emitter = new Emitter<LiveEvents>();
  private readonly clock: Clock;
  private readonly fetch: Fetch;
  private readonly env: LiveEnv;
  private readonly intake: FeedIntake;
  private readonly route: Route;
  private readonly channels: readonly string[];
  private readonly watch: Watch;
  private readonly migration: Migration;
  private readonly smoothers = new Map<string, Smoother>();
  private readonly ready: Promise<void>;
  private readonly unfollow: () => void;
  private webSocket: WebSocketClass | null = null;
  private connection: LiveConnection;
  private configured = false;
  private asked: { readonly url: string; readonly atMs: number; readonly answer: Promise<unknown> } | null = null;
  private opened = false;
  private tokenRefused = false;

  constructor(private readonly options: SubscribeOptions) {
    this.clock = options.clock ?? systemClock();
    this.fetch = findFetch(options.fetch);
    this.channels = options.channels ?? ["race"];
    this.env = liveEnv(this.clock, () => this.webSocket);
    const authenticator = new Authenticator(options.verify ?? "auto", verifierOf(options), this.keyRing());
    this.watch = new Watch(this.emitter, this.clock, options.staleAfterMs);
    const { rate } = options;
    // What was not asked for, or more ticks than were, is left out for good reason.
    const guard = { filtered: this.filtered() || typeof rate === "number", thinnable: (rate ?? "auto") === "auto" };
    this.intake = new FeedIntake(options.track, guard, authenticator, this.emitter, (told) => this.watch.hear(told));
    this.route = new Route(this.given(), options.transports ?? ["websocket", "sse", "poll"], this.fetch, this.clock.monoMs);
    this.connection = this.connect((failures) => this.target(failures));
    this.migration = new Migration(this.emitter, this.clock, {
      connect: (url, onStatus) => this.connect(async () => this.targetAt(url, "websocket", this.route.knows(url) ? await this.token() : ""), onStatus),
      current: () => this.connection,
      replace: (next, url) => this.moveTo(next, url),
    });
    this.emitter.on("event", (event) => this.follow(event));
    this.emitter.on("tick", ({ motoId, tick }) => this.smoother(motoId).push(tick));
    this.ready = findWebSocket(options.WebSocket).then((found) => void (this.webSocket = found));
    this.unfollow = options.followPage === false ? () => undefined : wakeWithPage(this);
    this.start();
  }

  on<Name extends keyof LiveEvents>(name: Name, listener: (value: LiveEvents[Name]) => void): () => void {
    return this.emitter.on(name, listener);
  }

  onGap = (listener: (gap: LiveEvents["gap"]) => void): (() => void) => this.on("gap", listener);
  onStale = (listener: (stale: LiveEvents["stale"]) => void): (() => void) => this.on("stale", listener);
  onMigrate = (listener: (migrate: LiveEvents["migrate"]) => void): (() => void) => this.on("migrate", listener);
  onHighTraffic = (listener: (on: boolean) => void): (() => void) => this.on("highTraffic", listener);
  onTampered = (listener: (refused: LiveEvents["tampered"]) => void): (() => void) => this.on("tampered", listener);

  picture(): Picture {
    return this.intake.feed.picture;
  }

  state(): LiveStatus {
    return this.connection.current;
  }

  smooth(motoId: string): SmoothLane[] {
    return this.smoother(motoId).at(this.serverNowUs() / 1000);
  }

  serverNowUs(): number {
    return this.connection.serverNowUs();
  }

  start(): void {
    this.watch.start(() => this.connection.current);
    this.connection.start();
  }

  stop(): void {
    this.watch.stop();
    this.migration.stop();
    this.connection.stop();
  }

  wake(): void {
    this.connection.wake();
  }

  networkLost(): void {
    this.connection.networkLost();
  }

  close(): void {
    this.unfollow();
    this.stop();
  }

  private given(): string[] {
    const { url, urls } = this.options;
    const all = [...(url === undefined ? [] : [url]), ...(urls ?? [])];
    if (all.length === 0) throw new Error("subscribe: `url` or `urls` is needed");
    return all;
  }

  private filtered(): boolean {
    const { event, classes, riders } = this.options;
    return event !== undefined || (classes?.length ?? 0) > 0 || (riders?.length ?? 0) > 0;
  }

  private filters(): Record<string, readonly string[]> {
    const { event, classes, riders } = this.options;
    return { events: event === undefined ? [] : [event], classes: classes ?? [], riders: riders ?? [] };
  }

  private connect(resolveUrl: (failures: number) => Promise<Target>, onStatus?: (status: LiveStatus) => void): LiveConnection {
    const connection: LiveConnection = new LiveConnection(
      {
        trackId: this.options.track,
        channels: this.channels,
        filters: this.filters(),
        intake: this.intake,
        resolveUrl,
        onStatus: (status) => (onStatus && connection !== this.connection ? onStatus(status) : this.status(status)),
        onGap: (gap) => this.emitter.emit("gap", gap),
        heal: () => this.heal().catch(() => false),
        onRecovered: (recovered) => this.emitter.emit("recovered", recovered),
        onEnded: (ending, failures) => (connection === this.connection ? this.ended(ending, failures) : null),
      },
      this.env,
    );
    return connection;
  }

  private status(status: LiveStatus): void {
    if (status.phase === "syncing" && !this.opened) {
      this.opened = true;
      this.route.opened();
    }
    if (status.phase === "live") this.tokenRefused = false;
    this.emitter.emit("state", status);
  }

  private ended(ending: Ending, failures: number): number | null {
    this.route.failed(this.opened);
    this.opened = false;
    if (ending.code !== kUnauthenticated) return null;
    const first = !this.tokenRefused && failures === 0;
    this.tokenRefused = true;
    return first && this.options.getToken ? kTokenRetryMs * this.clock.random() : null;
  }

  private async target(failures: number): Promise<Target> {
    await this.ready;
    if (!this.configured || (failures > 0 && failures % kAskAgainAfter === 0)) await this.configure();
    const { base, transport } = await this.route.next();
    const usable = transport === "websocket" && this.webSocket === null ? "sse" : transport;
    return this.targetAt(base, usable, await this.token());
  }

  private async token(): Promise<string> {
    return (await this.options.getToken?.(this.tokenRefused)) ?? this.options.token ?? "";
  }

  private targetAt(base: string, transport: TransportName, token: string): Target {
    const { track, event, encoding, rate } = this.options;
    const channel = this.channels[0] ?? "race";
    // With something missing, what comes after it is not enough.
    const whole = this.intake.missingFrom(channel) === null;
    const after = whole ? (this.intake.point(channel) ?? undefined) : undefined;
    const wanted: Wanted = { track, event, channels: this.channels, encoding: encoding ?? "json", rate: rate === undefined ? undefined : String(rate), token, after };
    const url = addressOf(base, transport, wanted);
    const resumes = after !== undefined;
    if (transport === "websocket") return { url, resumes, protocols: [`holeshot.v1.${encoding ?? "json"}`] };
    const open = transport === "sse" ? openEventStream : openPolls;
    return { url, resumes, open: (where) => open(where, this.fetch) };
  }

  /** Where the stream is and which keys sign it, where an http address was given. A server without a config is asked as it is. */
  private async configure(): Promise<void> {
    const bases = this.given();
    const http = bases.filter((base) => base.startsWith("http"));
    if (http.length === 0 || this.options.config === null) return void (this.configured = true);
    const told = await Promise.all(bases.map(async (base) => {
      if (!base.startsWith("http")) return [base];
      const config = await this.config(base).catch(() => null);
      this.watch.hear(config);
      const live = config === null ? [] : liveBases(config, base);
      return live.length > 0 ? live : config === null ? [] : [base];
    }));
    if (told.flat().length === 0) throw new Error("no server answers");
    this.configured = true;
    this.route.use(told.flat());
  }

  /** What is missing, from the server's recent past: cheaper than a snapshot, and those who listen to events get them all. */
  private async heal(): Promise<boolean> {
    const from = this.intake.missingFrom("race");
    const point = this.intake.point("race");
    if (from === null) return true;
    if (from === 0 || point === null || this.channels[0] !== "race" || this.filtered()) return false;
    const answer = await this.get(catchUpUrl(this.given()[0] ?? "", this.options.track, point.epoch, from - 1, await this.token()));
    if (!isRecord(answer) || answer.epoch !== point.epoch || !Array.isArray(answer.frames)) return false;
    return this.intake.fill(isRecord(answer.keyframe) ? [answer.keyframe, ...(answer.frames as unknown[])] : answer.frames);
  }

  private config(base: string): Promise<unknown> {
    // The keys and the address are asked for in the same moment; one answer does for both.
    const url = this.options.config ?? configUrl(base);
    const nowMs = this.clock.monoMs();
    if (this.asked?.url !== url || nowMs - this.asked.atMs > kConfigSharedMs) this.asked = { url, atMs: nowMs, answer: this.get(url) };
    return this.asked.answer;
  }

  private async get(url: string): Promise<unknown> {
    const abort = new AbortController();
    const timer = this.clock.setTimer(() => abort.abort(), kConfigLimitMs);
    try {
      const response = await this.fetch(url, { signal: abort.signal });
      if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
      return await response.json();
    } finally {
      this.clock.clearTimer(timer);
    }
  }

  private keyRing(): KeyRing {
    const look = async (): Promise<readonly KeyRecord[]> => keyRecords(await this.config(this.given()[0] ?? ""));
    return new KeyRing(this.options.keys ?? [], this.options.config === null ? null : look, this.clock.monoMs);
  }

  private follow(event: FrameEvent): void {
    if (event.type === "race_staged" || event.type === "race_reset") this.smoothers.clear();
    if (event.type !== "migrate") return;
    const to = nonEmptyText(event.payload.url) ?? nonEmptyText(event.payload.live_url);
    // The word is not signed: it may move us, but neither off TLS nor, with our token, to strangers.
    const open = /^(http|ws):/.test(this.given()[0] ?? "");
    if (to !== null && (open || /^(https|wss):/.test(to))) this.migration.begin(to, isRecord(event.payload) ? event.payload : {});
  }

  private moveTo(next: LiveConnection, url: string): void {
    const old = this.connection;
    this.connection = next;
    this.opened = true;
    this.route.use([url, ...this.given()]);
    old.stop();
    this.emitter.emit("state", next.current);
  }

  private smoother(motoId: string): Smoother {
    const held = this.smoothers.get(motoId) ?? new Smoother(this.options.smooth);
    this.smoothers.set(motoId, held);
    return held;
  }
}

function verifierOf(options: SubscribeOptions): Promise<Verifier | null> {
  return options.verifier ? Promise.resolve(options.verifier) : builtInVerifier();
}
