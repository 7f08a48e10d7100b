import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Live, LiveEvents, SubscribeOptions, WebSocketClass } from "./options.js";
import { subscribe } from "./subscribe.js";
import { TestServer, type ServerOptions } from "./testing/server.js";

const open: { close(): void }[] = [];
const servers: TestServer[] = [];

afterEach(async () => {
  open.splice(0).forEach((live) => live.close());
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(options: ServerOptions = {}): Promise<TestServer> {
  const server = await new TestServer(options).start();
  servers.push(server);
  return server;
}

interface Seen {
  readonly live: Live;
  readonly events: { [Name in keyof LiveEvents]: LiveEvents[Name][] };
}

const kNames = ["picture", "snapshot", "event", "tick", "state", "gap", "recovered", "stale", "migrate", "highTraffic", "tampered", "refused", "error"] as const;

function watch(url: string, options: Partial<SubscribeOptions> = {}): Seen {
  const live = subscribe({ url, track: "zolder", verify: "require", WebSocket: WebSocket as unknown as WebSocketClass, ...options });
  open.push(live);
  const events = Object.fromEntries(kNames.map((name) => [name, []])) as unknown as Seen["events"];
  for (const name of kNames) live.on(name, (value) => (events[name] as unknown[]).push(value));
  return { live, events };
}

async function until(what: () => boolean, limitMs = 20_000): Promise<void> {
  const endMs = Date.now() + limitMs;
  while (!what()) {
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what.toString()}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

/** Steps until ticks run, and until what was said has arrived whole. */
async function race(server: TestServer, seen: Seen, steps = 120): Promise<void> {
  for (let step = 0; step < steps; step += 1) server.step();
  await until(() => seen.live.picture().seq === server.track.seq && seen.live.picture().complete);
}

describe.each(["json", "binary"] as const)("a board in %s", (encoding) => {
  it("has the picture of the track, verified, from an address alone", async () => {
    const server = await serve({ encoding });
    const seen = watch(server.url, { encoding });
    await until(() => seen.live.picture().complete);
    await race(server, seen);
    expect(seen.events.tick.length).toBeGreaterThan(20);
    expect(new Set(seen.events.tick.map((tick) => tick.trust))).toEqual(new Set(["verified"]));
    expect(seen.events.refused).toEqual([]);
    expect(seen.events.gap).toEqual([]);
    expect(server.asked.filter((path) => path.startsWith("/race/config"))).toHaveLength(1);
    const numbers = [...seen.events.event.map((one) => one.envelope.seq), ...seen.events.tick.map((one) => one.tick.seq)];
    expect(new Set(numbers).size).toBe(server.track.seq);
  });

  it("goes on where it was after a reconnect, without a snapshot", async () => {
    const server = await serve({ encoding });
    const seen = watch(server.url, { encoding });
    await until(() => seen.live.picture().complete);
    await race(server, seen);
    server.drop(1006 + 6);
    await until(() => server.viewers.size === 0);
    await race(server, seen, 50);
    expect(seen.events.recovered).toEqual([true]);
    expect(seen.events.snapshot).toHaveLength(1);
    expect(seen.events.gap).toEqual([]);
  });

  it("says that nothing was recovered where the server began anew", async () => {
    const server = await serve({ encoding });
    const seen = watch(server.url, { encoding });
    await until(() => seen.live.picture().complete);
    await race(server, seen, 30);
    server.track.restart();
    server.drop();
    await until(() => seen.events.recovered.length > 0);
    expect(seen.events.recovered).toEqual([false]);
    await race(server, seen, 30);
  });

  it("takes ticks that the server skips for what they are", async () => {
    let count = 0;
    const server = await serve({ encoding, skip: (sent) => sent.what === "tick" && (count += 1) % 3 === 0 });
    const seen = watch(server.url, { encoding });
    await until(() => seen.live.picture().complete);
    for (let step = 0; step < 150; step += 1) server.step();
    await until(() => seen.live.picture().seq > server.track.seq - 5);
    expect(count).toBeGreaterThan(20);
    expect(seen.events.gap).toEqual([]);
  });

  it("moves to another server without losing or doubling a frame", async () => {
    const server = await serve({ encoding });
    const other = await serve({ encoding, track: server.track });
    const seen = watch(server.url, { encoding });
    await until(() => seen.live.picture().complete);
    await race(server, seen, 60);
    other.frames.push(...server.frames);
    const publish = server.publish.bind(server);
    // Both carry the same stream, the new one a little behind.
    server.publish = (sent) => {
      publish(sent);
      setTimeout(() => other.publish(sent), 20);
    };
    const url = `ws://127.0.0.1:${other.port}/ws/v1/live`;
    const before = server.track.seq;
    server.publish(server.track.say({ event_type: "migrate", url, jitter_ms: 0 }));
    server.play(10);
    await until(() => seen.events.migrate.some((one) => one.stage === "done"));
    await until(() => server.viewers.size === 0 && seen.live.picture().seq > before + 100);
    expect(seen.events.migrate.map((one) => one.stage)).toEqual(["started", "done"]);
    expect(seen.events.gap).toEqual([]);
    const numbers = [...seen.events.event.map((one) => one.envelope.seq), ...seen.events.tick.map((one) => one.tick.seq)].sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 1));
  });
});

describe("a server that sends its viewers elsewhere", () => {
  it("does not get our token for strangers", async () => {
    const server = await serve({ token: "secret" });
    const stranger = await serve({ track: server.track });
    const seen = watch(server.url, { token: "secret" });
    await until(() => seen.live.picture().complete);
    server.publish(server.track.say({ event_type: "migrate", url: `ws://127.0.0.1:${stranger.port}`, jitter_ms: 0 }));
    await until(() => stranger.asked.length > 0);
    expect(server.asked.some((path) => path.includes("secret"))).toBe(true);
    expect(stranger.asked.join()).not.toContain("secret");
  });

  it("that nobody can reach, keeps them", async () => {
    const server = await serve();
    const seen = watch(server.url);
    await until(() => seen.live.picture().complete);
    server.publish(server.track.say({ event_type: "migrate", url: "ws://127.0.0.1:9/", jitter_ms: 0 }));
    await until(() => seen.events.migrate.length === 2);
    expect(seen.events.migrate.map((one) => one.stage)).toEqual(["started", "failed"]);
    await race(server, seen, 30);
    expect(seen.events.gap).toEqual([]);
  });
});

describe("where WebSocket is blocked", () => {
  it("an event stream does, and resumes", async () => {
    const server = await serve({ webSocket: false });
    const seen = watch(server.url);
    await until(() => seen.live.picture().complete);
    await race(server, seen);
    expect(server.asked.filter((path) => path.startsWith("/ws/")).length).toBeGreaterThanOrEqual(3);
    server.drop();
    await race(server, seen, 30);
    expect(seen.events.recovered).toEqual([true]);
    expect(seen.events.gap).toEqual([]);
  });

  it("polls do where a stream is blocked too", async () => {
    const server = await serve({ webSocket: false, stream: false });
    const seen = watch(server.url, { transports: ["poll"] });
    await until(() => seen.live.picture().complete);
    await race(server, seen, 60);
    await race(server, seen, 60);
    expect(seen.events.gap).toEqual([]);
    expect(seen.events.snapshot).toHaveLength(1);
  });
});

describe("what a viewer is told", () => {
  it("a tampered frame, which is not shown", async () => {
    const server = await serve();
    const seen = watch(server.url);
    await until(() => seen.live.picture().complete);
    await race(server, seen, 30);
    const sent = server.track.say({ event_type: "alert", id: "a", level: "red", text: "Race stopped" }, true);
    server.publish({ ...sent, wire: String(sent.wire).replace("stopped", "goes on") });
    await until(() => seen.events.tampered.length > 0);
    expect(seen.events.tampered[0]).toMatchObject({ reason: "bad_signature", seq: sent.seq });
    expect(seen.live.picture().alerts.map((alert) => alert.text)).not.toContain("Race goes on");
    // And the hole that it leaves heals.
    server.publish(server.track.say({ event_type: "race_note" }));
    await until(() => seen.live.picture().seq === server.track.seq && seen.live.picture().complete);
    expect(seen.live.picture().alerts.map((alert) => alert.text)).toContain("Race stopped");
  });

  it("a gap, which heals by what was missed, or else by a snapshot", async () => {
    for (const catchUp of [true, false]) {
      let lost = 0;
      const server = await serve({ catchUp, skip: (sent) => sent.what === "event" && sent.seq === lost });
      const seen = watch(server.url);
      await until(() => seen.live.picture().complete);
      await race(server, seen, 20);
      // Long enough ago that asking again is allowed.
      lost = server.track.seq + 1;
      server.publish(server.track.say({ event_type: "race_note", lost: true }));
      server.publish(server.track.say({ event_type: "race_note" }));
      await until(() => seen.events.gap.length > 0);
      expect(seen.events.gap[0]).toEqual({ channel: "race", expected: lost, got: lost + 1 });
      await until(() => seen.live.picture().complete);
      expect(seen.events.snapshot).toHaveLength(catchUp ? 1 : 2);
      expect(seen.events.event.some((one) => one.payload.lost === true)).toBe(catchUp);
    }
  });

  it.each([["auto", 0], ["full", 1]] as const)("in high traffic a hole is a loss only where all was asked for: %s", async (rate, gaps) => {
    const server = await serve();
    const seen = watch(server.url, { rate });
    await until(() => seen.live.picture().complete);
    server.publish(server.track.say({ event_type: "x", high_traffic: true }));
    server.track.say({ event_type: "left out" });
    server.publish(server.track.say({ event_type: "y" }));
    await until(() => seen.live.picture().complete && seen.live.picture().seq === server.track.seq);
    expect(seen.events.gap).toHaveLength(gaps);
  });

  it("high traffic, and its end, once each", async () => {
    const server = await serve();
    server.config.high_traffic = true;
    const seen = watch(server.url);
    await until(() => seen.events.highTraffic.length === 1 && seen.live.picture().complete);
    server.publish(server.track.say({ event_type: "x", high_traffic: true }));
    server.publish(server.track.say({ event_type: "x", high_traffic: false }));
    await until(() => seen.events.highTraffic.length === 2);
    expect(seen.events.highTraffic).toEqual([true, false]);
  });

  it("staleness with its age, where the server is silent", async () => {
    const server = await serve();
    const seen = watch(server.url, { staleAfterMs: 300 });
    await until(() => seen.live.picture().complete);
    await until(() => seen.events.stale.length > 0);
    expect(seen.events.stale[0]!.ageMs).toBeGreaterThanOrEqual(300);
  });

  it("a sign-in that was refused brings a new token", async () => {
    const server = await serve({ token: "new" });
    const refused: boolean[] = [];
    const seen = watch(server.url, { getToken: (again) => (refused.push(again), again ? "new" : "old") });
    await until(() => seen.live.picture().complete);
    expect(refused).toEqual([false, true]);
  });

  it("the next server where one is gone, the nearest first", async () => {
    const gone = await serve();
    const here = await serve();
    await gone.stop();
    servers.splice(servers.indexOf(gone), 1);
    const seen = watch(gone.url, { urls: [here.url] });
    await until(() => seen.live.picture().complete);
    expect(here.viewers.size).toBe(1);
  });

  // That it takes under two seconds is tested with a clock turned by hand (connection.test.ts).
  it("the truth after waking up, though the old connection is dead and does not know it", async () => {
    const server = await serve();
    const seen = watch(server.url);
    await until(() => seen.live.picture().complete);
    await race(server, seen, 30);
    // The network forgot this connection while the phone slept: nothing comes, nothing is closed.
    for (const viewer of server.viewers) viewer.send = () => undefined;
    for (let step = 0; step < 10; step += 1) server.step();
    seen.live.wake();
    await until(() => seen.live.picture().seq === server.track.seq && seen.live.picture().complete);
    expect(seen.events.recovered).toEqual([true]);
  });

  it("nothing after close", async () => {
    const server = await serve();
    const seen = watch(server.url);
    await until(() => seen.live.picture().complete);
    seen.live.close();
    await until(() => server.viewers.size === 0);
    const count = seen.events.event.length;
    server.step();
    await new Promise((resume) => setTimeout(resume, 100));
    expect(seen.events.event).toHaveLength(count);
    expect(seen.live.state().phase).toBe("stopped");
  });
});
