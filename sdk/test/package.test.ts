// What a stranger gets from npm, and that the shared vectors are what their script makes.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Packed {
  readonly files: { readonly path: string }[];
}

describe("the package", () => {
  it("holds the modules with their types, and nothing else", () => {
    const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" });
    const [packed] = JSON.parse(output) as [Packed];
    const modules = readdirSync(`${root}src`).filter((name) => /^[a-z_]+\.ts$/.test(name)).map((name) => name.slice(0, -3));
    const expected = [
      "LICENSE",
      "README.md",
      "package.json",
      "dist/holeshot-live.min.js",
      ...modules.flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
    ];
    expect(packed.files.map((file) => file.path).sort()).toEqual(expected.sort());
  });

  it("is imported by its name, in Node too, and needs nothing beside it", () => {
    const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { dependencies?: object };
    expect(dependencies).toBeUndefined();
    const code = "import('@holeshot/live').then((m) => import('@holeshot/live/noble').then((n) => console.log(typeof m.subscribe, n.nobleVerifier.name)))";
    expect(execFileSync(process.execPath, ["-e", code], { cwd: root, encoding: "utf8" })).toBe("function noble\n");
  });

  it("costs a page under 15 kB", () => {
    expect(gzipSync(readFileSync(`${root}dist/holeshot-live.min.js`), { level: 9 }).length).toBeLessThan(15_000);
  });
});

describe("the API's pages", () => {
  it("are made without a warning", () => {
    execFileSync(process.execPath, [`${root}node_modules/typedoc/bin/typedoc`, "--emit", "none"], { cwd: root, stdio: "pipe" });
  });
});

describe("the vectors", () => {
  it("are what the script makes", () => {
    execFileSync(process.execPath, [`${root}scripts/vectors.mjs`, "--check"], { stdio: "pipe" });
  });
});
