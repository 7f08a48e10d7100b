// The live stream for networks that block WebSocket: Server-Sent Events, and long polls where even those are held back.
// Both look like a socket that only speaks, so a connection need not know the difference.

import type { SocketLike } from "./live.js";

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Below the 12 s after which a silent connection is given up. */
const kPollWaitMs = 8_000;
/** What a poll that cannot wait is spared: a server that answers at once must not be asked at once. */
const kPollPauseMs = 500;

/** What an HTTP answer means in WebSocket's words. */
function closeCode(status: number): number {
  const codes: Record<number, number> = { 400: 4400, 404: 4400, 401: 4401, 403: 4403, 429: 4429, 503: 1013 };
  return codes[status] ?? 1006;
}

abstract class HttpSocket implements SocketLike {
  readonly oneWay = true;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  protected readonly abort = new AbortController();
  private opened = false;

  constructor(protected readonly fetch: Fetch) {}

  send(): void {
    // Nothing goes this way.
  }

  close(): void {
    this.abort.abort();
  }

  /** Starts once the owner has set its handlers. */
  start(run: () => Promise<number>): this {
    void Promise.resolve()
      .then(run)
      .catch(() => 1006)
      .then((code) => this.onclose?.({ code, reason: "" }));
    return this;
  }

  /** Null: go on; else the code to end with. Tells a `Retry-After` as the server's own error envelope would. */
  protected answered(response: Response): number | null {
    if (response.ok) {
      if (!this.opened) this.onopen?.(undefined as never);
      this.opened = true;
      return null;
    }
    const seconds = Number(response.headers.get("Retry-After"));
    if (seconds > 0) {
      const reconnect = { after_ms: seconds * 1000, jitter_ms: seconds * 500 };
      this.deliver(JSON.stringify({ kind: "error", payload: { code: `http_${response.status}`, reconnect } }));
    }
    return closeCode(response.status);
  }

  protected deliver(data: string): void {
    this.onmessage?.({ data });
  }
}

class EventStream extends HttpSocket {
  async run(url: string): Promise<number> {
    const response = await this.fetch(url, { headers: { Accept: "text/event-stream" }, signal: this.abort.signal });
    const refused = this.answered(response);
    if (refused !== null) return refused;
    const reader = response.body?.getReader();
    if (!reader) return 1006;
    const text = new TextDecoder();
    const take = eventReader((data) => this.deliver(data));
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 1001;
      take(text.decode(value, { stream: true }));
    }
  }
}

/** Takes text as it comes; gives each event's data, and an empty text for a comment (a sign of life). */
export function eventReader(deliver: (data: string) => void): (text: string) => void {
  let rest = "";
  let data: string[] = [];
  const line = (one: string): void => {
    if (one === "") {
      if (data.length > 0) deliver(data.join("\n"));
      data = [];
    } else if (one.startsWith(":")) {
      deliver("");
    } else if (one.startsWith("data:")) {
      data.push(one.slice(one[5] === " " ? 6 : 5));
    }
  };
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}

class Polls extends HttpSocket {
  async run(url: string): Promise<number> {
    const next = new URL(url);
    next.searchParams.set("wait_ms", String(kPollWaitMs));
    for (;;) {
      const response = await this.fetch(next.toString(), { signal: this.abort.signal });
      const refused = this.answered(response);
      if (refused !== null) return refused;
      const answer = (await response.json()) as { epoch?: unknown; frames?: unknown; next_seq: number };
      const frames = (Array.isArray(answer.frames) ? answer.frames : []) as Record<string, unknown>[];
      for (const frame of frames) this.deliver(JSON.stringify(frame));
      // The server's word counts: after its restart the numbers begin again, below those that we had.
      const last = answer.next_seq - 1;
      next.searchParams.set("epoch", String(answer.epoch));
      next.searchParams.set("since_seq", String(last));
      this.deliver(alive(next.searchParams.get("track_id"), answer.epoch, last));
      await new Promise((resume) => setTimeout(resume, kPollPauseMs));
    }
  }
}

/** A poll was answered: up to `seq` nothing is missing. Without a server time, since the answer may have waited. */
function alive(track: string | null, epoch: unknown, seq: number): string {
  return JSON.stringify({ kind: "heartbeat", channel: "race", track_id: track, epoch, seq, payload: { seq } });
}

export function openEventStream(url: string, fetch: Fetch): SocketLike {
  const socket = new EventStream(fetch);
  return socket.start(() => socket.run(url));
}

export function openPolls(url: string, fetch: Fetch): SocketLike {
  const socket = new Polls(fetch);
  return socket.start(() => socket.run(url));
}
