import { describe, expect, it } from "vitest";
import { heard, kNothingToSay, kRefusedShownMs, notesOf, refused, trusted } from "./notes";

const kForged = { reason: "bad_signature", tampered: true, unplaced: false, seq: 7 };
const ids = (honesty: typeof kNothingToSay, nowMs = 0) => notesOf(honesty, nowMs).map((note) => note.id);

describe("what the page says about its data", () => {
  it("is nothing where all is well", () => {
    expect(ids(kNothingToSay)).toEqual([]);
  });

  it("names high traffic for as long as the server says so", () => {
    const high = heard(kNothingToSay, { event_type: "state_snapshot", high_traffic: true });
    expect(ids(high)).toEqual(["traffic"]);
    expect(heard(high, { event_type: "split_time" })).toBe(high);
    expect(ids(heard(high, { high_traffic: false }))).toEqual([]);
    expect(heard(kNothingToSay, { high_traffic: "yes" })).toBe(kNothingToSay);
  });

  it("warns of data that was changed, first, and for a minute", () => {
    const warned = refused(heard(kNothingToSay, { high_traffic: true }), kForged, 1000);
    expect(ids(warned, 1000 + kRefusedShownMs)).toEqual(["refused", "traffic"]);
    expect(ids(warned, 1001 + kRefusedShownMs)).toEqual(["traffic"]);
  });

  it("does not cry forgery over a frame that is merely broken", () => {
    expect(refused(kNothingToSay, { ...kForged, reason: "not_an_envelope", tampered: false }, 1)).toBe(kNothingToSay);
  });

  it("keeps the trust of the last frame that is signed at all", () => {
    const verified = trusted(kNothingToSay, "verified");
    expect(trusted(verified, "unsigned").trust).toBe("verified");
    expect(trusted(verified, "unverified").trust).toBe("unverified");
  });
});
