import { describe, expect, it } from "vitest";
import { addressOf, catchUpUrl, kClientId, liveBases, type Wanted } from "./address.js";
import { kBlockedAfter, kRetryBestMs, Route } from "./route.js";

const wanted: Wanted = { track: "t", channels: ["race"], encoding: "json" };

describe("the address of an attempt", () => {
  it("is made of whatever names a server", () => {
    for (const base of ["https://h", "https://h/", "wss://h", "wss://h/ws/v1/live"]) {
      expect(addressOf(base, "websocket", wanted)).toBe("wss://h/ws/v1/live?track_id=t&channels=race");
      expect(addressOf(base, "sse", wanted)).toBe("https://h/race/stream?track_id=t&channels=race");
      expect(addressOf(base, "poll", wanted)).toBe(`https://h/race/poll?track_id=t&channels=race&client_id=${kClientId}`);
    }
    expect(addressOf("wss://h/edge/7", "websocket", wanted)).toBe("wss://h/edge/7?track_id=t&channels=race");
  });

  it("says what is held, each transport in its way", () => {
    const after = { epoch: 3, seq: 41 };
    const query = (name: "websocket" | "sse" | "poll"): URLSearchParams => new URL(addressOf("https://h", name, { ...wanted, after })).searchParams;
    expect(query("websocket").get("from")).toBe("seq:42");
    expect(query("sse").get("from")).toBe("seq:42");
    expect(query("poll").get("since_seq")).toBe("41");
    expect(query("poll").get("epoch")).toBe("3");
  });

  it("says who asks where requests are counted, and only there", () => {
    const client = (name: "websocket" | "sse" | "poll"): string | null => new URL(addressOf("https://h", name, wanted)).searchParams.get("client_id");
    expect([client("websocket"), client("sse"), client("poll")]).toEqual([null, null, kClientId]);
    expect(kClientId).toMatch(/^[\w-]{1,64}$/);
    expect(catchUpUrl("wss://h/ws/v1/live", "t", 3, 41, "k")).toBe(`https://h/race/catchup?track_id=t&epoch=3&since_seq=41&client_id=${kClientId}&token=k`);
  });

  it("comes from the config, which may name a port or a URL, and edges", () => {
    expect(liveBases({ live_url: null, live_port: 9443 }, "https://h:8080")).toEqual(["wss://h:9443/ws/v1/live"]);
    const edges = [{ region: "eu", url: "wss://eu/ws/v1/live" }, { region: "us" }];
    expect(liveBases({ live_url: "wss://live/ws/v1/live", edges }, "https://h")).toEqual(["wss://live/ws/v1/live", "wss://eu/ws/v1/live"]);
    expect(liveBases("nonsense", "https://h")).toEqual([]);
  });
});

describe("a route", () => {
  it("takes the server that answers first, and the next one when it fails", async () => {
    let nowMs = 0;
    const times: Record<string, number> = { far: 90, near: 5, gone: -1 };
    const fetch = async (url: string): Promise<Response> => {
      const host = new URL(url).hostname;
      const ms = times[host] ?? 0;
      if (ms < 0) throw new Error("gone");
      await new Promise((resume) => setTimeout(resume, ms));
      nowMs = Math.max(nowMs, ms);
      return new Response();
    };
    const route = new Route(["https://gone", "https://far", "https://near"], ["websocket"], fetch, () => nowMs);
    const hosts: string[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      hosts.push(new URL((await route.next()).base).hostname);
      route.failed(false);
    }
    expect(hosts).toEqual(["near", "far", "gone"]);
  });

  it("goes from WebSocket to a stream to polls where nothing opens, and comes back", async () => {
    let nowMs = 0;
    const route = new Route(["https://h"], ["websocket", "sse", "poll"], () => Promise.reject(new Error("no")), () => nowMs);
    const used = async (): Promise<string> => (await route.next()).transport;
    const blocked = (): void => { for (let i = 0; i < kBlockedAfter; i += 1) route.failed(false); };
    expect(await used()).toBe("websocket");
    route.failed(true);
    route.failed(true);
    route.failed(true);
    expect(await used()).toBe("websocket");
    blocked();
    expect(await used()).toBe("sse");
    blocked();
    expect(await used()).toBe("poll");
    nowMs += kRetryBestMs + 1;
    expect(await used()).toBe("websocket");
  });
});
