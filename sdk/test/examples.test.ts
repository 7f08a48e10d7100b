// The examples as a stranger would run them, on the built package. `npm test` builds it first.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterEach, describe, expect, it } from "vitest";
import { TestServer } from "../src/testing/server.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const kChromium = process.env.HOLESHOT_CHROMIUM ?? "/usr/bin/chromium";
// A name that is not this machine's own: what comes from it over http is no secure context.
const kFlags = ["--host-resolver-rules=MAP timing.test 127.0.0.1", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function serve(encoding: "json" | "binary", more: Record<string, string> = {}): Promise<TestServer> {
  const files = {
    ...more,
    "/board.html": `${root}examples/board.html`,
    "/overlay.html": `${root}examples/overlay.html`,
    "/holeshot-live.min.js": `${root}dist/holeshot-live.min.js`,
  };
  const server = await new TestServer({ encoding, files }).start();
  ending.push(() => server.stop());
  return server;
}

describe("in Node", () => {
  it("the board prints what happens", async () => {
    const server = (await serve("json")).play(5);
    const child = spawn(process.execPath, ["examples/board.mjs", server.url, "zolder"], { cwd: root });
    ending.push(() => child.kill());
    const output = await new Promise<string>((done, fail) => {
      let text = "";
      child.stdout.on("data", (data) => (text += String(data)));
      child.stderr.on("data", (data) => fail(new Error(String(data))));
      child.on("exit", () => fail(new Error(`ended: ${text}`)));
      const look = setInterval(() => {
        if (!/live {2}?Boys 11 racing 1\. 1/.test(text)) return;
        clearInterval(look);
        done(text);
      }, 20);
    });
    expect(output).not.toContain("gap");
    expect(output).not.toContain("forged");
  });
});

interface Page {
  goto(url: string): Promise<unknown>;
  waitForFunction(expression: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  on(name: string, listener: (value: unknown) => void): void;
}

/** The browser of the pages' own tests: Debian's Chromium by web/'s playwright-core. */
async function page(): Promise<{ page: Page; errors: unknown[] }> {
  const require = createRequire(new URL("../../web/package.json", import.meta.url));
  const { chromium } = require("playwright-core") as { chromium: { launch(options: object): Promise<{ newPage(): Promise<Page>; close(): Promise<void> }> } };
  const browser = await chromium.launch({ executablePath: kChromium, headless: true, args: kFlags });
  ending.push(() => browser.close());
  const one = await browser.newPage();
  const errors: unknown[] = [];
  one.on("pageerror", (error) => errors.push(error));
  return { page: one, errors };
}

// The parts that need web/'s packages and a browser are the same that web/browser needs.
describe.skipIf(!existsSync(kChromium) || !existsSync(`${root}../web/node_modules/playwright-core`))("in Chromium", () => {
  it.each(["json", "binary"] as const)("the page shows riders, and %s ticks whose signatures are right", async (encoding) => {
    const server = (await serve(encoding)).play(20);
    const { page: one, errors } = await page();
    await one.goto(`${server.url}/board.html?track=zolder&encoding=${encoding}`);
    await one.waitForFunction("document.querySelector('#trust').textContent === 'verified' && document.querySelector('li') !== null");
    expect(await one.evaluate("document.body.dataset.complete")).toBe("true");
    expect(errors).toEqual([]);
    const forged = server.track.say({ event_type: "alert", id: "a", level: "red", text: "Race stopped" }, true);
    server.publish({ ...forged, wire: String(forged.wire).replace("stopped", "goes on") });
    await one.waitForFunction("document.body.dataset.tampered === 'bad_signature'");
  });

  it("a page that came over plain http has no WebCrypto, and verifies by noble", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holeshot-sdk-"));
    ending.push(() => rmSync(folder, { recursive: true }));
    const lib = { entry: `${root}src/noble.ts`, formats: ["es" as const], fileName: () => "noble.js" };
    await build({ root, configFile: false, logLevel: "warn", build: { outDir: folder, emptyOutDir: false, lib } });
    writeFileSync(`${folder}/noble.html`, `<body><script type="module">
      import { subscribe } from "./holeshot-live.min.js";
      import { nobleVerifier } from "./noble.js";
      const verifier = location.hash === "#noble" ? { verifier: nobleVerifier } : {};
      const live = subscribe({ url: location.origin, track: "zolder", ...verifier });
      live.on("tick", ({ trust }) => (document.body.dataset.trust = trust));
    </script>`);
    const server = (await serve("json", { "/noble.html": `${folder}/noble.html`, "/noble.js": `${folder}/noble.js` })).play(20);
    for (const [hash, trust] of [["", "unverified"], ["#noble", "verified"]]) {
      const { page: one } = await page();
      await one.goto(`http://timing.test:${server.port}/noble.html${hash}`);
      expect(await one.evaluate("isSecureContext")).toBe(false);
      await one.waitForFunction("document.body.dataset.trust !== undefined");
      expect(await one.evaluate("document.body.dataset.trust")).toBe(trust);
    }
  });

  it("the overlay moves riders along the track", async () => {
    const server = (await serve("binary")).play(20);
    const { page: one, errors } = await page();
    await one.goto(`${server.url}/overlay.html?track=zolder&length=100`);
    const left = "parseFloat(document.querySelector('.lane span')?.style.left ?? '0')";
    await one.waitForFunction(`${left} > 0`);
    const before = Number(await one.evaluate(left));
    await one.waitForFunction(`${left} !== ${before}`);
    expect(errors).toEqual([]);
  });
});

describe("the README", () => {
  it("has a board in ten lines, and they are those of the example", () => {
    const readme = readFileSync(`${root}README.md`, "utf8");
    const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    expect(code.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
    const example = readFileSync(`${root}examples/board.mjs`, "utf8").split("\n").map((line) => line.trim());
    const unknown = code.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("const live") && !example.includes(line));
    expect(unknown).toEqual([]);
  });
});
