import { describe, expect, it } from "vitest";
import { canonicalText } from "./canonical.js";
import { vectors } from "./testing/vectors.js";

interface Case {
  readonly name: string;
  readonly json: string;
  readonly canonical: string;
}
const { cases, refused } = vectors<{ cases: Case[]; refused: { name: string; json: string }[] }>("canonical.json");

describe("the canonical form", () => {
  it.each(cases)("is what C++ writes too: $name", ({ json, canonical }) => {
    expect(canonicalText(JSON.parse(json))).toBe(canonical);
    expect(canonicalText(JSON.parse(canonical))).toBe(canonical);
  });

  it.each(refused)("is refused: $name", ({ json }) => {
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch {
      return;
    }
    expect(canonicalText(value)).toBeNull();
  });

  it("ends where nesting is a trap", () => {
    const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    expect(canonicalText(nested(32))).not.toBeNull();
    expect(canonicalText(nested(33))).toBeNull();
  });
});
