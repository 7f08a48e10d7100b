// The canonical form of JSON that is signed (docs/contract.md, section 2): keys sorted by UTF-16 code units as RFC 8785
// does, no white space, integers only. Array.prototype.sort and JSON.stringify do exactly that to keys and strings.

/** Nesting deeper than this is refused, as central refuses it. */
const kMaxDepth = 32;

/** The canonical text of a parsed JSON value; null where it has none: a fraction, an unsafe integer, endless nesting. */
export function canonicalText(value: unknown): string | null {
  const parts: string[] = [];
  return write(value, parts, 0) ? parts.join("") : null;
}

function write(value: unknown, to: string[], depth: number): boolean {
  if (value === null || typeof value === "boolean") return to.push(String(value)) > 0;
  if (typeof value === "string") return to.push(JSON.stringify(value)) > 0;
  // Negative zero has no sign in JSON.
  if (typeof value === "number") return Number.isSafeInteger(value) && to.push(String(value === 0 ? 0 : value)) > 0;
  if (typeof value !== "object" || depth >= kMaxDepth) return false;
  return Array.isArray(value) ? writeArray(value, to, depth + 1) : writeObject(value, to, depth + 1);
}

function writeArray(values: readonly unknown[], to: string[], depth: number): boolean {
  to.push("[");
  for (let i = 0; i < values.length; i += 1) {
    if (i > 0) to.push(",");
    if (!write(values[i], to, depth)) return false;
  }
  return to.push("]") > 0;
}

function writeObject(value: object, to: string[], depth: number): boolean {
  to.push("{");
  const fields = value as Record<string, unknown>;
  const keys = Object.keys(fields).sort();
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] as string;
    to.push(i > 0 ? "," : "", JSON.stringify(key), ":");
    if (!write(fields[key], to, depth)) return false;
  }
  return to.push("}") > 0;
}
