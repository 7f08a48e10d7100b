import { describe, expect, it } from "vitest";
import { eventReader, openEventStream, openPolls, type Fetch } from "./http_socket.js";
import type { SocketLike } from "./live.js";

function read(...pieces: string[]): string[] {
  const got: string[] = [];
  const take = eventReader((data) => got.push(data));
  pieces.forEach(take);
  return got;
}

async function ending(socket: SocketLike): Promise<{ code: number; got: unknown[] }> {
  const got: unknown[] = [];
  socket.onmessage = (event) => got.push(event.data);
  const code = await new Promise<number>((done) => (socket.onclose = (event) => done(event.code)));
  return { code, got };
}

const answers = (response: () => Response): Fetch => () => Promise.resolve(response());

describe("an event stream", () => {
  it("is read wherever it is cut", () => {
    const text = 'id: 1:2\ndata: {"a":1}\n\n: ping\n\nevent: x\ndata:one\ndata: two\r\n\r\nid: 9\n\n';
    const whole = ['{"a":1}', "", "one\ntwo"];
    expect(read(text)).toEqual(whole);
    for (let cut = 1; cut < text.length; cut += 1) expect(read(text.slice(0, cut), text.slice(cut))).toEqual(whole);
    expect(read(...text)).toEqual(whole);
  });

  it("ends as a socket does, with a code of the contract", async () => {
    for (const [status, code] of [[400, 4400], [401, 4401], [403, 4403], [404, 4400], [429, 4429], [503, 1013], [502, 1006]] as const) {
      const socket = openEventStream("http://x/race/stream", answers(() => new Response(null, { status })));
      expect((await ending(socket)).code).toBe(code);
    }
    const over = openEventStream("http://x/race/stream", answers(() => new Response("data: 1\n\n")));
    expect(await ending(over)).toEqual({ code: 1001, got: ["1"] });
    const broken = openEventStream("http://x/race/stream", () => Promise.reject(new Error("no network")));
    expect((await ending(broken)).code).toBe(1006);
  });

  it("hands on how long the server asks to wait", async () => {
    const refusal = answers(() => new Response(null, { status: 503, headers: { "Retry-After": "7" } }));
    const { got } = await ending(openEventStream("http://x/race/stream", refusal));
    expect(JSON.parse(String(got[0]))).toMatchObject({ kind: "error", payload: { reconnect: { after_ms: 7_000 } } });
  });
});

describe("polls", () => {
  it("go on from the last frame, and say that they live", async () => {
    const asked: URL[] = [];
    const fetch: Fetch = (url) => {
      asked.push(new URL(url));
      if (asked.length > 2) return Promise.resolve(new Response(null, { status: 503 }));
      const frames = asked.length === 1 ? [{ kind: "snapshot", seq: 4 }, { kind: "event", seq: 5 }] : [];
      return Promise.resolve(new Response(JSON.stringify({ epoch: 3, frames, next_seq: 6, recovered: true })));
    };
    const { code, got } = await ending(openPolls("http://x/race/poll?track_id=t", fetch));
    expect(code).toBe(1013);
    expect(asked.map((url) => [url.searchParams.get("epoch"), url.searchParams.get("since_seq")])).toEqual([
      [null, null],
      ["3", "5"],
      ["3", "5"],
    ]);
    expect(got.map((one) => (JSON.parse(String(one)) as { kind: string }).kind)).toEqual(["snapshot", "event", "heartbeat", "heartbeat"]);
  });

  it("follow a server whose numbers begin again", async () => {
    const asked: URL[] = [];
    const fetch: Fetch = (url) => {
      asked.push(new URL(url));
      if (asked.length > 1) return Promise.resolve(new Response(null, { status: 503 }));
      return Promise.resolve(new Response(JSON.stringify({ epoch: 4, frames: [{ kind: "snapshot", seq: 2 }], next_seq: 3, recovered: false })));
    };
    await ending(openPolls("http://x/race/poll?track_id=t&epoch=3&since_seq=4000", fetch));
    expect(asked.map((url) => [url.searchParams.get("epoch"), url.searchParams.get("since_seq")])).toEqual([["3", "4000"], ["4", "2"]]);
  });
});
