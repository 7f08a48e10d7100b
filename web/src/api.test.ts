import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchComing, fetchTracks, liveBase, liveUrl } from "./api";

function answers(table: Record<string, unknown>): void {
  vi.stubGlobal("fetch", (path: string) => {
    const body = table[path];
    return Promise.resolve({ ok: body !== undefined, status: 404, json: () => Promise.resolve(body) });
  });
}

afterEach(() => vi.unstubAllGlobals());

describe("where the live listener is", () => {
  const page = { protocol: "https:", hostname: "track.example" };

  it("is what the config says", () => {
    expect(liveBase({ live_url: "wss://edge.example/ws/v1/live", live_port: 9 }, page)).toBe("wss://edge.example/ws/v1/live");
  });

  it("else it is a port of the page's own host", () => {
    expect(liveBase({ live_url: null, live_port: 8081 }, page)).toBe("wss://track.example:8081/ws/v1/live");
    expect(liveBase({ live_port: 8081 }, { ...page, protocol: "http:" })).toBe("ws://track.example:8081/ws/v1/live");
  });

  it("cannot be guessed", () => {
    expect(() => liveBase({}, page)).toThrow("neither live_url nor live_port");
  });

  it("names track and channels", () => {
    expect(liveUrl("ws://h:1/ws/v1/live", "t-1", ["race", "decoder"])).toBe(
      "ws://h:1/ws/v1/live?track_id=t-1&channels=race%2Cdecoder",
    );
    expect(liveUrl("https://h/", "t", ["race"])).toBe("wss://h/ws/v1/live?track_id=t&channels=race");
    expect(liveUrl("wss://h/ws/v1/live?token=x", "a b", ["race"])).toContain("token=x&track_id=a+b");
  });
});

describe("reads", () => {
  it("tracks with what a list shows", async () => {
    answers({ "/api/tracks": [{ id: "t", name: "T", location_label: null }, { name: "no id" }, null] });
    expect(await fetchTracks()).toEqual([{ id: "t", name: "T", location: "" }]);
  });

  it("the next motos of the meeting that is on, in order", async () => {
    answers({
      "/api/events": [
        { id: "e0", track_id: "t", status: "completed" },
        { id: "e1", track_id: "t", status: "active" },
      ],
      "/api/events/e1": { id: "e1", classes: [{ id: "c", name: "Girls" }] },
      "/api/events/e1/motos": [
        { id: "m3", class_id: "c", round_type: "main", sequence: 3, status: "pending" },
        { id: "m1", class_id: "c", round_type: "moto1", sequence: 1, status: "finished" },
        { id: "m2", class_id: "x", round_type: "semi", sequence: 2, status: "pending" },
      ],
    });
    expect(await fetchComing("t", 3)).toEqual([
      { id: "m2", className: "", roundType: "semi" },
      { id: "m3", className: "Girls", roundType: "main" },
    ]);
    expect(await fetchComing("other", 3)).toEqual([]);
  });

  it("fail with the path and the status", async () => {
    answers({});
    await expect(fetchTracks()).rejects.toThrow("GET /api/tracks: 404");
  });
});
