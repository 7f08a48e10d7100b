// A world for the connection's tests: sockets that the test opens and feeds, and a clock that it turns by hand.

import type { LiveEnv, SocketLike } from "../live.js";

export class FakeSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: { type: string; payload: Record<string, unknown> }[] = [];
  closedWith: number | null = null;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as { type: string; payload: Record<string, unknown> });
  }

  close(code?: number): void {
    this.closedWith = code ?? 1005;
  }

  open(): void {
    this.onopen?.(undefined as never);
  }

  text(data: unknown): void {
    this.onmessage?.({ data });
  }

  /** The server (or the network) ends it. */
  end(code: number): void {
    this.onclose?.({ code, reason: "" });
  }
}

interface Timer {
  readonly id: number;
  readonly atMs: number;
  readonly run: () => void;
}

export class FakeWorld implements LiveEnv {
  readonly sockets: FakeSocket[] = [];
  nowMs = 1_000;
  chance = 0.5;
  refuseSockets = false;
  private timers: Timer[] = [];
  private nextId = 1;

  openSocket(url: string, protocols: string[]): SocketLike {
    if (this.refuseSockets) throw new Error("not a URL");
    const socket = new FakeSocket(url, protocols);
    this.sockets.push(socket);
    return socket;
  }

  setTimer(run: () => void, ms: number): number {
    const id = this.nextId++;
    this.timers.push({ id, atMs: this.nowMs + ms, run });
    return id;
  }

  clearTimer(id: number): void {
    this.timers = this.timers.filter((timer) => timer.id !== id);
  }

  monoMs(): number {
    return this.nowMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.nowMs;
  }

  random(): number {
    return this.chance;
  }

  get pendingTimers(): number {
    return this.timers.length;
  }

  get last(): FakeSocket {
    const socket = this.sockets[this.sockets.length - 1];
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  /** Lets what is due happen, in order, and whatever promises hang on it. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const due = this.timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.nowMs = Math.max(this.nowMs, due.atMs);
      this.clearTimer(due.id);
      due.run();
      await settle();
    }
    this.nowMs = endMs;
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}
