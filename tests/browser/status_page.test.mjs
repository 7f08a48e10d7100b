// The gateway's own page in a real browser against the real StatusServer: lamps, sentence, walk test, the tick, the cut.
// Waits are for conditions with a bound; nothing here measures time.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch } from "./browser.mjs";
import { offline, silent, startStage, unplugged } from "./status_stage.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** One page on one stage, both ended whatever happens. Notes every tone that the page plays. */
async function onPage({ change, context, args = [], first } = {}, run) {
  const stage = await startStage(...args);
  const opened = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...context });
  const page = await opened.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  try {
    await stage.picture(change);
    if (first) await first(stage);
    await page.addInitScript(() => {
      window.tones = [];
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...when) {
        window.tones.push(this.frequency.value);
        return start.apply(this, when);
      };
    });
    await page.goto(stage.url);
    await page.waitForSelector("body[data-link='live']:not([data-overall='unknown'])");
    await run(page, stage, faults);
  } finally {
    await opened.close();
    await stage.end();
  }
}

const levels = (page) => page.$$eval(".lamp", (lamps) => lamps.map((lamp) => lamp.dataset.level));
const overall = (level) => `body[data-overall='${level}']`;
const heard = (page, wanted) => page.waitForFunction((want) => window.tones.join() === want, wanted.join());

describe("the lamps", () => {
  test("are green on a good day, each with its shape and its word", async () => {
    await onPage({}, async (page, _stage, faults) => {
      assert.deepEqual(await levels(page), ["green", "green", "green"]);
      assert.equal(await page.textContent("#sentence"), "All is well. The finish decoder is heard. Central has everything.");
      assert.deepEqual(await page.$$eval(".lamp use", (all) => all.map((one) => one.getAttribute("href"))), Array(3).fill("#shape-green"));
      assert.deepEqual(await page.$$eval(".lamp .word", (all) => all.map((one) => one.textContent)), ["Good", "Good", "Good"]);
      assert.deepEqual(faults, []);
    });
  });

  test("follow the gateway to amber and red and back, with one sentence and one action", async () => {
    await onPage({ change: silent }, async (page, stage) => {
      assert.deepEqual(await levels(page), ["amber", "green", "green"]);
      assert.equal(await page.textContent("#sentence"), "No bytes from the finish decoder for 14 s.");
      assert.match(await page.textContent("#action"), /^Check the cable at \/dev\/ttyUSB0/);
      await stage.picture(unplugged);
      await page.waitForSelector(overall("red"));
      assert.equal(await page.textContent("#lamp-decoder .word"), "Act now");
      assert.match(await page.title(), /^Act now: No bytes/);
      await stage.picture();
      await page.waitForSelector(overall("green"));
    });
  });

  test("say what waits and how long there is room when the internet is cut", async () => {
    await onPage({ change: offline }, async (page) => {
      assert.deepEqual(await levels(page), ["green", "green", "amber"]);
      assert.equal(await page.textContent("#sentence"), "Central cannot be reached. Saved on disk: 312, room for 41 h.");
    });
  });

  test("turn grey when the gateway is gone", async () => {
    await onPage({}, async (page, stage) => {
      await stage.end();
      await page.waitForSelector("body[data-link='lost']");
      assert.equal(await page.textContent("#sentence"), "Connection to the gateway lost");
      assert.match(await page.textContent("#age"), /^Data \d+ s old$/);
      assert.deepEqual(await levels(page), ["unknown", "unknown", "unknown"]);
      assert.equal(await page.$eval("#lamps", (lamps) => getComputedStyle(lamps).filter), "grayscale(1)");
    });
  });

  test("turn grey, too, when the gateway hangs, and come back by themselves", async () => {
    await onPage({}, async (page) => {
      await page.route("**/api/status", () => {}); // never answered
      await page.waitForSelector("body[data-link='lost']");
      await page.unroute("**/api/status");
      await page.waitForSelector("body[data-link='live']");
      await page.waitForSelector(overall("green"));
    });
  });
});

describe("the walk test", () => {
  test("shows a crossing as a big line with a tone, and ticks it when central has it", async () => {
    await onPage({}, async (page, stage) => {
      await page.click("#sound");
      await heard(page, [1320]);
      await stage.cross({ event_id: "a", spool_id: 1, transponder_text: "FL-94890", strength: 112, hits: 31 });
      await page.waitForSelector("#newest[data-number='1']");
      assert.equal(await page.textContent("#newest .big"), "FL-94890");
      assert.match(await page.textContent("#newest"), /strength 112 · 31 hits/);
      assert.equal(await page.textContent("#newest .at"), "saved");
      await heard(page, [1320, 1320]);
      await stage.centralHas(1);
      await page.waitForSelector("#newest .at[data-at='central']");
      await heard(page, [1320, 1320, 2640]);
    });
  });

  test("has another tone for what somebody should look at", async () => {
    await onPage({}, async (page, stage) => {
      await page.click("#sound");
      await stage.cross({ event_id: "a", spool_id: 1, transponder_text: "FL-1", flagged: true });
      await heard(page, [1320, 330, 330]);
      await stage.cross({ event_id: "b", spool_id: 2, transponder_text: "FL-2", resent: true });
      await heard(page, [1320, 330, 330, 330, 330]);
      await page.waitForSelector("#newest .mark");
      assert.equal(await page.textContent("#newest .mark"), "sent again");
      await stage.centralHas(2, [2]);
      await page.waitForSelector("#newest .at[data-at='refused']");
    });
  });

  test("is silent until somebody wants sound, and about what was there before", async () => {
    const first = (stage) => stage.cross({ event_id: "old", spool_id: 1, transponder_text: "FL-1" });
    await onPage({ first }, async (page, stage) => {
      await page.waitForSelector("#newest[data-number='1']");
      await stage.cross({ event_id: "new", spool_id: 2, transponder_text: "FL-2" });
      await page.waitForSelector("#newest[data-number='2']");
      assert.deepEqual(await page.evaluate(() => window.tones), []);
      assert.deepEqual(await page.$$eval("#passings li", (rows) => rows.map((row) => row.dataset.number)), ["1"]);
    });
  });

  test("says that the disk has not taken a passing yet, and when it has", async () => {
    await onPage({}, async (page, stage) => {
      await stage.cross({ event_id: "a", spool_id: 0, transponder_text: "FL-1" });
      await page.waitForSelector("#newest .at[data-at='none']");
      await stage.cross({ event_id: "a", spool_id: 9, transponder_text: "FL-1" });
      await page.waitForSelector("#newest .at[data-at='disk']");
      assert.equal(await page.$eval("#newest", (line) => line.dataset.number), "1");
    });
  });

  test("calls a transponder by its label", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holeshot-labels-"));
    const labels = join(folder, "riders.csv");
    writeFileSync(labels, "transponder,label\nFL-1,12 Anna\n");
    try {
      await onPage({ args: [join(folder, "control"), labels] }, async (page, stage) => {
        await stage.cross({ event_id: "a", spool_id: 1, transponder_text: "FL-1" });
        await page.waitForSelector("#newest[data-number='1']");
        assert.equal(await page.textContent("#newest .big"), "12 Anna");
        writeFileSync(labels, "transponder,label\nno comma here\n");
        await page.waitForSelector(overall("amber"));
        assert.match(await page.textContent("#sentence"), /riders\.csv line 2: there is no comma/);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("takes what decoders and files say as text, never as markup", async () => {
    const evil = "<img src=x onerror='window.hit=1'>";
    const change = (picture) => {
      picture.lines[0].name = evil;
      picture.track = evil;
      silent(picture);
    };
    await onPage({ change }, async (page, stage) => {
      await stage.cross({ event_id: "a", spool_id: 1, transponder_text: evil });
      await page.waitForSelector("#newest[data-number='1']");
      assert.equal(await page.textContent("#newest .big"), evil);
      assert.equal(await page.$("img"), null);
      assert.equal(await page.evaluate(() => window.hit), undefined);
    });
  });
});

describe("the page", () => {
  test("sends what waits when asked, and says so", async () => {
    await onPage({ change: offline }, async (page, stage) => {
      await page.focus("#flush");
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.getElementById("flush-answer").textContent === "Sending now.");
      assert.equal(stage.flushes.length, 1);
    });
  });

  test("may not be commanded by another site's page", async () => {
    await onPage({}, async (_page, stage) => {
      const other = await browser.newPage();
      await other.goto("data:text/html,<title>elsewhere</title>");
      const outcome = await other.evaluate(
        (url) => fetch(`${url}api/control/flush`, { method: "POST", headers: { "X-Holeshot-Control": "1" } }).then(() => "sent", () => "refused"),
        stage.url,
      );
      await other.evaluate((url) => fetch(`${url}api/control/flush`, { method: "POST", mode: "no-cors" }).catch(() => {}), stage.url);
      await other.close();
      assert.equal(outcome, "refused");
      assert.equal(stage.flushes.length, 0);
    });
  });

  for (const [name, width, height] of [["phone", 360, 640], ["laptop", 1280, 800]]) {
    test(`fits a ${name} without scrolling sideways, and asks nobody else`, async () => {
      const change = (picture) => {
        offline(picture);
        picture.lines[0].name = "the decoder with a very long name that nobody shortened";
      };
      await onPage({ change, context: { viewport: { width, height } } }, async (page, stage, faults) => {
        const hosts = new Set();
        page.on("request", (request) => request.url().startsWith("data:") || hosts.add(new URL(request.url()).host));
        await stage.cross({ event_id: "a", spool_id: 1, transponder_text: "FL-94890-WITH-A-LONG-NAME", battery_low: true });
        await page.reload();
        await page.waitForSelector("#newest[data-number='1']");
        const { scroll, inner } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, inner: window.innerWidth }));
        assert.equal(scroll, inner);
        assert.deepEqual([...hosts], [`127.0.0.1:${stage.port}`]);
        assert.deepEqual(faults, []);
      });
    });
  }
});
