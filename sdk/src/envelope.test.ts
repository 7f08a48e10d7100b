import { describe, expect, it } from "vitest";
import { parseEnvelope, reconnectHint } from "./envelope.js";

describe("an envelope", () => {
  it("is read with its fields", () => {
    const text = JSON.stringify({
      kind: "event",
      channel: "race",
      track_id: "t1",
      event_id: null,
      seq: 7,
      ts_us: 12,
      epoch: 3,
      payload: { event_type: "race_reset" },
    });
    expect(parseEnvelope(text)).toEqual({
      kind: "event",
      channel: "race",
      trackId: "t1",
      eventId: null,
      seq: 7,
      tsUs: 12,
      epoch: 3,
      payload: { event_type: "race_reset" },
      prevSeq: null,
      kid: null,
      sig: null,
    });
  });

  it("with odd fields is still an envelope", () => {
    const odd = parseEnvelope('{"kind":"event","seq":"x","ts_us":null,"payload":[1],"channel":4,"epoch":{}}');
    expect(odd).toMatchObject({ kind: "event", seq: 0, tsUs: 0, channel: "", epoch: "", payload: {} });
  });

  it("is not found in anything else", () => {
    const others = ["", "{", "null", "7", "[]", '"event"', "{}", '{"kind":"tick"}', '{"kind":7}', "\u0000"];
    for (const text of others) expect(parseEnvelope(text)).toBeNull();
  });
});

describe("a reconnect hint", () => {
  it("is read and bounded", () => {
    expect(reconnectHint({ reconnect: { after_ms: 500, jitter_ms: 250 } })).toEqual({ afterMs: 500, jitterMs: 250 });
    expect(reconnectHint({ reconnect: { after_ms: 9e12, jitter_ms: -4 } })).toEqual({ afterMs: 120_000, jitterMs: 0 });
  });

  it("is absent where none is given", () => {
    for (const reconnect of [undefined, null, 5, {}, { after_ms: "x" }]) expect(reconnectHint({ reconnect })).toBeNull();
  });
});
