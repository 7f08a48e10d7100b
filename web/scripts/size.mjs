// Prints what a first visit loads, and fails when it is more than a phone in a crowd should have to fetch.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** F4 of the requirements: under 100 kB on first load. Counted uncompressed, so that a server without gzip holds it too. */
const kBudgetBytes = 100_000;

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

const dist = fileURLToPath(new URL("../dist", import.meta.url));
let plain = 0;
let zipped = 0;
for (const path of files(dist)) {
  const bytes = readFileSync(path);
  plain += bytes.length;
  zipped += gzipSync(bytes, { level: 9 }).length;
}
const kb = (bytes) => (bytes / 1000).toFixed(1);
console.log(`first load: ${kb(plain)} kB, ${kb(zipped)} kB gzip (budget ${kb(kBudgetBytes)} kB)`);
if (plain > kBudgetBytes) {
  console.error("web/dist is over its budget: see what grew with `npx vite build --mode development`.");
  process.exit(1);
}
