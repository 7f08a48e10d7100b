// Builds dist/: the modules with their types, and one minified file for a <script type="module">. Fails when that file is
// more than the budget.

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transformWithEsbuild } from "vite";

/** What a page pays for a live board, gzipped. */
const kBudgetBytes = 15_000;

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", `${root}tsconfig.build.json`], { stdio: "inherit" });
const bundle = await build({
  root,
  configFile: false,
  logLevel: "warn",
  build: { write: false, target: "es2020", minify: false, lib: { entry: `${root}src/index.ts`, formats: ["es"], fileName: "index" } },
});
// Vite keeps white space in libraries, for the sake of those who bundle them again; this file is for those who do not.
const { code } = await transformWithEsbuild(bundle[0].output[0].code, "index.js", { minify: true, target: "es2020" });
const file = Buffer.from(`/* @holeshot/live, Apache-2.0 */\n${code}`);
writeFileSync(`${root}dist/holeshot-live.min.js`, file);
const zipped = gzipSync(file, { level: 9 }).length;
const kb = (bytes) => (bytes / 1000).toFixed(1);
console.log(`holeshot-live.min.js: ${kb(file.length)} kB, ${kb(zipped)} kB gzip (budget ${kb(kBudgetBytes)} kB)`);
if (zipped > kBudgetBytes) {
  console.error("sdk is over its budget");
  process.exit(1);
}
