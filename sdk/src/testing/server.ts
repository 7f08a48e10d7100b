// A small server for tests and examples: one Track behind WebSocket (by `ws`), event stream and polls, with a config that
// names its keys. It keeps frames, resumes, and can be told to misbehave.

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { random, TestKey, Track, type Sent } from "./track.js";

type Send = (sent: Sent) => void;

export interface ServerOptions {
  readonly encoding?: "json" | "binary";
  readonly seed?: number;
  readonly webSocket?: boolean;
  readonly stream?: boolean;
  readonly track?: Track;
  readonly catchUp?: boolean;
  readonly token?: string;
  /** Pages: path to file. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is left out for all viewers: a server that skips deltas. */
  readonly skip?: (sent: Sent) => boolean;
}

export class TestServer {
  readonly key: TestKey;
  readonly track: Track;
  readonly asked: string[] = [];
  readonly viewers = new Set<{ send: Send; end: (code: number) => void }>();
  readonly frames: Sent[] = [];
  config: Record<string, unknown>;
  port = 0;
  private readonly http: Server;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly options: ServerOptions = {}) {
    this.key = new TestKey("k1", 7);
    this.track = options.track ?? new Track("zolder", this.key, options.encoding ?? "json", random(options.seed ?? 1));
    this.config = { keys: [{ kid: this.key.kid, alg: "Ed25519", x: this.key.x }] };
    this.http = createServer((request, response) => this.answer(request, response));
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
    this.http.on("upgrade", (request, socket, head) => {
      this.asked.push(request.url ?? "");
      if (options.webSocket === false) return void socket.destroy();
      sockets.handleUpgrade(request, socket, head, (client) => this.welcome(client, request));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.http.listen(this.port, "127.0.0.1", done));
    this.port = (this.http.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The track goes on; `everyMs` between steps. */
  play(everyMs: number): this {
    this.timer = setInterval(() => this.step(), everyMs);
    return this;
  }

  step(): void {
    for (const sent of this.track.step()) this.publish(sent);
  }

  publish(sent: Sent): void {
    this.frames.push(sent);
    if (this.options.skip?.(sent)) return;
    for (const viewer of this.viewers) viewer.send(sent);
  }

  /** Every connection ends; the server stays. */
  drop(code = 1012): void {
    const viewers = [...this.viewers];
    this.viewers.clear();
    for (const viewer of viewers) viewer.end(code);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.drop(1001);
    this.http.closeAllConnections?.();
    await new Promise((done) => this.http.close(done));
  }

  private welcome(client: WebSocket, request: IncomingMessage): void {
    const query = new URL(request.url ?? "/", "http://x").searchParams;
    if (this.options.token !== undefined && query.get("token") !== this.options.token) return client.close(4401);
    const viewer = { send: (sent: Sent) => client.send(sent.wire), end: (code: number) => client.close(code) };
    this.join(query.get("from"), query.get("epoch"), viewer.send);
    this.viewers.add(viewer);
    client.on("close", () => this.viewers.delete(viewer));
    client.on("message", (data) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      if (type === "heartbeat") viewer.send(this.track.heartbeat());
      if (type === "subscribe") for (const sent of [this.track.snapshot(), ...this.track.keyframes()]) viewer.send(sent);
    });
  }

  /** What a viewer is sent first: the frames after its point where they are held, else the snapshot. */
  private join(from: string | null, epoch: string | null, send: Send): void {
    const wanted = Number(/^seq:(\d+)$/.exec(from ?? "")?.[1] ?? 0);
    const held = this.frames.filter((sent) => sent.epoch === this.track.epoch && sent.seq >= wanted);
    const resumes = wanted > 0 && epoch === String(this.track.epoch) && (held[0]?.seq === wanted || wanted === this.track.seq + 1);
    for (const sent of resumes ? held : [this.track.snapshot(), ...this.track.keyframes()]) send(sent);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request.url ?? "");
    const url = new URL(request.url ?? "/", "http://x");
    const json = (body: unknown): void => void response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
    if (url.pathname === "/race/config") return json({ ...this.config, live_port: this.port });
    const file = this.options.files?.[url.pathname];
    if (file !== undefined) {
      response.setHeader("Content-Type", file.endsWith(".html") ? "text/html" : "text/javascript");
      return void response.end(readFileSync(file));
    }
    if (url.pathname === "/health") return json({ status: "ok" });
    if (url.pathname === "/race/stream" && this.options.stream !== false) return this.stream(url, response);
    if (url.pathname === "/race/catchup" && this.options.catchUp !== false) return json(this.catchUp(url));
    if (url.pathname === "/race/poll") return json(this.poll(url));
    response.writeHead(404).end();
  }

  private stream(url: URL, response: ServerResponse): void {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const viewer = {
      send: (sent: Sent) => void response.write(`id: ${sent.epoch}:${sent.seq}\ndata: ${String(sent.wire)}\n\n`),
      end: () => void response.end(),
    };
    response.write(": welcome\n\n");
    this.join(url.searchParams.get("from"), url.searchParams.get("epoch"), viewer.send);
    this.viewers.add(viewer);
    response.on("close", () => this.viewers.delete(viewer));
  }

  private catchUp(url: URL): unknown {
    const since = Number(url.searchParams.get("since_seq"));
    const frames = this.frames.filter((sent) => sent.epoch === this.track.epoch && sent.seq > since && typeof sent.wire === "string");
    return { epoch: this.track.epoch, keyframe: null, frames: frames.map((sent) => JSON.parse(String(sent.wire)) as unknown), next_seq: this.track.seq + 1, complete: true };
  }

  private poll(url: URL): unknown {
    const frames: unknown[] = [];
    const since = url.searchParams.get("since_seq");
    const from = since === null ? null : `seq:${Number(since) + 1}`;
    this.join(from, url.searchParams.get("epoch"), (sent) => frames.push(JSON.parse(String(sent.wire))));
    const { epoch, seq } = this.track;
    return { epoch, frames, next_seq: seq + 1, recovered: (frames[0] as { kind?: string } | undefined)?.kind !== "snapshot" };
  }
}
