import { beforeEach, describe, expect, it } from "vitest";
import { LiveConnection } from "./connection.js";
import type { Envelope } from "./envelope.js";
import type { Gap } from "./live.js";
import { FakeWorld, settle } from "./testing/fake.js";

let world: FakeWorld;
let live: LiveConnection;
let got: Envelope[];
let gaps: Gap[];
let resolveUrl: (failures: number) => Promise<string>;
let asked: number[];

function message(kind: string, seq: number, payload: object = {}, epoch: number | string = 1): string {
  return JSON.stringify({ kind, channel: "race", track_id: "t1", event_id: null, seq, ts_us: 0, epoch, payload });
}

const snapshot = (seq: number, epoch: number | string = 1): void => world.last.text(message("snapshot", seq, {}, epoch));
const event = (seq: number, epoch: number | string = 1): void => world.last.text(message("event", seq, {}, epoch));
const heartbeat = (payload: object): void => world.last.text(message("heartbeat", 0, payload));
const error = (payload: object): void => world.last.text(message("error", 0, payload));
const sentTypes = (): string[] => world.last.sent.map((one) => one.type);

beforeEach(() => {
  world = new FakeWorld();
  got = [];
  gaps = [];
  asked = [];
  resolveUrl = () => Promise.resolve("ws://venue:9/ws/v1/live?track_id=t1");
  live = new LiveConnection(
    {
      trackId: "t1",
      channels: ["race", "decoder"],
      resolveUrl: (failures) => {
        asked.push(failures);
        return resolveUrl(failures);
      },
      onEnvelope: (envelope) => got.push(envelope),
      onGap: (gap) => gaps.push(gap),
    },
    world,
  );
});

async function connect(seq = 10): Promise<void> {
  live.start();
  await settle();
  world.last.open();
  snapshot(seq);
}

describe("connecting", () => {
  it("asks for the address, speaks the subprotocol and is live with the snapshot", async () => {
    live.start();
    expect(live.current.phase).toBe("resolving");
    await settle();
    expect(world.last.url).toBe("ws://venue:9/ws/v1/live?track_id=t1");
    expect(world.last.protocols).toEqual(["holeshot.v1.json"]);
    expect(live.current.phase).toBe("connecting");
    world.last.open();
    expect(live.current.phase).toBe("syncing");
    snapshot(10);
    expect(live.current.phase).toBe("live");
    expect(got.map((one) => one.kind)).toEqual(["snapshot"]);
  });

  it("asks for the time at once instead of waiting for the first heartbeat", async () => {
    await connect();
    expect(sentTypes()).toEqual(["heartbeat"]);
    heartbeat({ server_time_us: 5_000_000_000 });
    await world.pass(2_000);
    expect(live.serverNowUs()).toBe(5_002_000_000);
  });

  it("starts once, however often it is told to", async () => {
    await connect();
    live.start();
    await settle();
    expect(world.sockets).toHaveLength(1);
  });

  it("tries again, ever more patiently, when nobody tells the address", async () => {
    world.chance = 0.999;
    resolveUrl = () => Promise.reject(new Error("503"));
    live.start();
    await settle();
    expect(live.current).toMatchObject({ phase: "waiting", reason: "config", failures: 1 });
    await world.pass(60_000);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.length).toBeLessThan(13);
    resolveUrl = () => Promise.resolve("ws://venue:9/");
    await world.pass(10_000);
    world.last.open();
    snapshot(1);
    expect(live.current.phase).toBe("live");
  });

  it("gives up on a handshake that hangs", async () => {
    live.start();
    await settle();
    await world.pass(10_000);
    expect(world.sockets[0]?.closedWith).not.toBeNull();
    await world.pass(600);
    expect(world.sockets).toHaveLength(2);
  });

  it("gives up on a connection without a snapshot", async () => {
    live.start();
    await settle();
    world.last.open();
    await world.pass(5_000);
    expect(live.current).toMatchObject({ phase: "waiting", reason: "no_snapshot" });
  });

  it("survives an address that is none", async () => {
    world.refuseSockets = true;
    live.start();
    await settle();
    expect(live.current).toMatchObject({ phase: "waiting", reason: "bad_url" });
  });
});

describe("after a break", () => {
  it("comes back, and the snapshot starts everything anew", async () => {
    await connect(10);
    event(11);
    world.last.end(1006);
    expect(live.current).toMatchObject({ phase: "waiting", reason: "close_1006" });
    await world.pass(500);
    world.last.open();
    snapshot(3, "after restart");
    event(4, "after restart");
    expect(live.current).toMatchObject({ phase: "live", recovering: false });
    expect(gaps).toEqual([]);
    expect(got.map((one) => one.seq)).toEqual([10, 11, 3, 4]);
  });

  it("waits longer with each failure in a row, and forgets them after a steady while", async () => {
    await connect();
    for (const failures of [1, 2, 3]) {
      world.last.end(1006);
      expect(live.current.failures).toBe(failures);
      await world.pass(10_000);
    }
    world.last.open();
    snapshot(1);
    expect(live.current.failures).toBe(3);
    await world.pass(5_000);
    expect(live.current).toMatchObject({ failures: 0, reason: null });
  });

  it("a server that accepts and hangs up at once is not asked faster for it", async () => {
    await connect();
    world.last.end(1006);
    await world.pass(500);
    world.last.open();
    snapshot(1);
    world.last.end(1006);
    expect(live.current.failures).toBe(2);
  });

  it("does as the server's hint says", async () => {
    await connect();
    error({ code: "draining", message: "", reconnect: { after_ms: 4_000, jitter_ms: 1_000 } });
    world.last.end(1012);
    expect(live.current.reason).toBe("draining");
    await world.pass(4_499);
    expect(world.sockets).toHaveLength(1);
    await world.pass(1);
    expect(world.sockets).toHaveLength(2);
  });

  it("an old hint does not outlive the next heartbeat", async () => {
    await connect();
    error({ code: "unknown_channel", message: "", reconnect: { after_ms: 60_000 } });
    heartbeat({ server_time_us: 1 });
    world.last.end(1006);
    await world.pass(500);
    expect(world.sockets).toHaveLength(2);
  });

  it("asks seldom where it was refused", async () => {
    await connect();
    world.last.end(4403);
    await world.pass(29_000);
    expect(world.sockets).toHaveLength(1);
    await world.pass(17_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("what an old socket still says is not heard", async () => {
    await connect();
    const old = world.last;
    old.end(1006);
    await world.pass(500);
    world.last.open();
    snapshot(20);
    old.text(message("event", 21));
    old.end(1006);
    expect(got.map((one) => one.seq)).toEqual([10, 20]);
    expect(live.current.phase).toBe("live");
  });

  it("after stop nothing is left running", async () => {
    await connect();
    live.stop();
    expect(world.last.closedWith).toBe(1000);
    expect(world.pendingTimers).toBe(0);
    await world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
    expect(live.current.phase).toBe("stopped");
  });

  it("a stop while the address is asked for opens nothing", async () => {
    live.start();
    live.stop();
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(0);
  });
});

describe("silence", () => {
  it("of 12 s means a dead line", async () => {
    await connect();
    await world.pass(11_999);
    expect(live.current.phase).toBe("live");
    await world.pass(1);
    expect(live.current).toMatchObject({ phase: "waiting", reason: "silent" });
    await world.pass(500);
    expect(world.sockets).toHaveLength(2);
  });

  it("is broken by any frame", async () => {
    await connect();
    for (let beat = 0; beat < 6; beat += 1) {
      await world.pass(10_000);
      heartbeat({ server_time_us: 1 });
    }
    expect(world.sockets).toHaveLength(1);
  });

  it("lets one see how old the data is", async () => {
    await connect();
    await world.pass(4_000);
    expect(world.nowMs - (live.current.lastFrameMs ?? 0)).toBe(4_000);
  });
});

describe("waking up", () => {
  it("probes a connection that looks alive, and keeps it when it answers", async () => {
    await connect();
    await world.pass(3_000);
    live.wake();
    expect(sentTypes()).toEqual(["heartbeat", "heartbeat"]);
    heartbeat({ client_id: "c" });
    await world.pass(2_000);
    expect(world.sockets).toHaveLength(1);
  });

  it("heals within two seconds when the line is dead without knowing it", async () => {
    await connect();
    await world.pass(3_000);
    live.wake();
    await world.pass(1_500);
    expect(world.sockets).toHaveLength(2);
  });

  it("does not wait out a pause", async () => {
    await connect();
    world.last.end(1013);
    live.wake();
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("after a long sleep does not trust the old line at all", async () => {
    await connect();
    world.nowMs += 60_000; // timers stood still with the page
    live.wake();
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("leaves a stopped connection alone", async () => {
    await connect();
    live.stop();
    live.wake();
    await settle();
    expect(world.sockets).toHaveLength(1);
  });

  it("a device without network says so, until something is heard", async () => {
    await connect();
    live.networkLost();
    expect(live.current.online).toBe(false);
    event(11);
    expect(live.current.online).toBe(true);
  });
});

describe("a gap", () => {
  it("is told, and healed by a new snapshot on the same connection", async () => {
    await connect(10);
    event(13);
    expect(gaps).toEqual([{ channel: "race", expected: 11, got: 13 }]);
    expect(live.current.recovering).toBe(true);
    const ask = world.last.sent.find((one) => one.type === "subscribe");
    expect(ask?.payload).toEqual({
      tracks: ["t1"],
      events: [],
      classes: [],
      riders: [],
      channels: ["race", "decoder"],
    });
    snapshot(13);
    expect(live.current.recovering).toBe(false);
    expect(world.sockets).toHaveLength(1);
  });

  it("is healed by a new connection when no snapshot comes", async () => {
    await connect(10);
    event(13);
    for (let second = 0; second < 5; second += 1) {
      await world.pass(1_000);
      event(14 + second);
    }
    await world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("at the tail is found by the heartbeat", async () => {
    await connect(10);
    heartbeat({ server_time_us: 1, seq: 12 });
    expect(gaps).toEqual([{ channel: "race", expected: 11, got: 12 }]);
    expect(sentTypes()).toContain("subscribe");
  });

  it("a new epoch asks for a snapshot too", async () => {
    await connect(10);
    event(1, "anew");
    expect(gaps).toEqual([{ channel: "race", expected: null, got: 1 }]);
    expect(sentTypes()).toContain("subscribe");
  });

  it("after gap does not become a storm of requests", async () => {
    await connect(10);
    let seq = 10;
    for (let tenth = 0; tenth < 600; tenth += 1) {
      seq += 2;
      event(seq);
      if (live.current.recovering && sentTypes()[sentTypes().length - 1] === "subscribe") snapshot(seq);
      await world.pass(100);
    }
    expect(world.sockets).toHaveLength(1);
    const requests = sentTypes().filter((type) => type === "subscribe").length;
    expect(requests).toBeGreaterThanOrEqual(4);
    expect(requests).toBeLessThanOrEqual(9);
  });

  it("a frame seen before is not handed on again", async () => {
    await connect(10);
    event(11);
    event(11);
    expect(got.map((one) => one.seq)).toEqual([10, 11]);
  });

  it("nonsense on the line counts as a sign of life and nothing else", async () => {
    await connect();
    for (const nonsense of ["", "{", "null", new ArrayBuffer(8), undefined]) world.last.text(nonsense);
    expect(got).toHaveLength(1);
    expect(live.current.phase).toBe("live");
  });
});
