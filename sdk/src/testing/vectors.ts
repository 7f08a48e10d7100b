// The files that C++ and TypeScript share (tests/vectors).

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export function vectorPath(name: string): string {
  return fileURLToPath(new URL(`../../../tests/vectors/${name}`, import.meta.url));
}

export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(vectorPath(name), "utf8")) as T;
}
