// The page in a real browser against the mock: the whole way from socket to pixels, and each way in which a line can
// break. Waits are for conditions with a bound; nothing here measures time.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { watchBoard } from "./board.mjs";
import { launch } from "./browser.mjs";
import { startMock } from "./mock.mjs";
import { raceOf } from "./race_day.mjs";

const kBoundMs = 30_000;
let browser;

before(async () => {
  browser = await launch();
});

after(() => browser.close());

/** One page on one mock, both ended whatever happens. */
async function onBoard(options, run) {
  const mock = await startMock(options);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options.context });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.setDefaultTimeout(kBoundMs);
  try {
    await page.goto(mock.url);
    await run(page, mock);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await mock.close();
  }
}

const link = (state) => `.board[data-link="${state}"]`;
const mode = (name) => `.board[data-mode="${name}"]`;
const riderIds = (page) => page.$$eval(".row", (rows) => rows.map((row) => row.dataset.riderId));

describe("the board", () => {
  test("follows a race from its run to the result that was raced", async () => {
    const out = mkdtempSync(join(tmpdir(), "holeshot-board-"));
    const options = { seed: 7, speed: 8, seek: 3 };
    const mock = await startMock(options);
    try {
      const report = await watchBoard({ url: mock.url, out, expectRace: true, timeoutS: 60 });
      const index = Number(report.moto_id.split("-")[1]) - 1;
      const { events } = raceOf(index, options);
      const expected = events.at(-1).payload.results;
      assert.equal(report.ok, true);
      assert.deepEqual(
        report.finish.map((row) => [row.rider_id, row.dnf, row.dnf ? null : row.elapsed_us, row.position]),
        expected.map((row) => [row.rider_id, row.dnf, row.elapsed_us, row.dnf ? null : row.position]),
      );
      for (const name of ["board-phone", "board-desktop", "board-tv"]) {
        assert.ok(statSync(join(out, `${name}.png`)).size > 10_000, name);
      }
    } finally {
      await mock.close();
      rmSync(out, { recursive: true, force: true });
    }
  });

  test("shows the gate by lane, with plates", async () => {
    await onBoard({ seek: 1 }, async (page, mock) => {
      await page.waitForSelector(`${mode("gate")} .row`);
      const lanes = await page.$$eval(".row .lane b", (all) => all.map((lane) => lane.textContent));
      assert.deepEqual(lanes, ["1", "2", "3", "4", "5", "6", "7", "8"]);
      const staged = raceOf(0, mock.track.options).events[0].payload.riders;
      const plates = await page.$$eval(".row .plate text", (all) => all.map((plate) => plate.textContent));
      const wanted = [...staged].sort((a, b) => a.lane - b.lane).map((rider) => rider.plate_number);
      assert.deepEqual(plates, wanted);
    });
  });

  test("runs a clock that agrees with the server, on a phone that is three hours wrong", async () => {
    await onBoard({ seek: 20 }, async (page, mock) => {
      await page.addInitScript(() => {
        const now = Date.now;
        Date.now = () => now() + 3 * 3600 * 1000;
      });
      await page.reload();
      await page.waitForSelector(`${mode("race")} .clock[data-clock="running"]`);
      // Until the server has told the time the clock is those three hours out; that takes one round trip.
      const sane = () => /^\d\d\.\d$/.test(document.querySelector(".clock[data-clock='running'] .clock-digits").textContent);
      await page.waitForFunction(sane, null, { timeout: 5_000 });
      const before = Date.now() * 1000 - mock.track.live.gate_drop_time_us;
      const shown = Number(await page.textContent(".clock-digits"));
      const afterwards = Date.now() * 1000 - mock.track.live.gate_drop_time_us;
      // It may be late by its tenth, the frame and a busy machine, never early.
      assert.ok(shown <= afterwards / 1e6 && shown >= before / 1e6 - 3, `${shown} not at ${before / 1e6}`);
    });
  });

  test("fits a phone of 360 px without scrolling sideways", async () => {
    await onBoard({ seek: 30, context: { viewport: { width: 360, height: 640 } } }, async (page) => {
      await page.waitForSelector(`${mode("race")} .row[data-position]`);
      const { scroll, width } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        width: window.innerWidth,
      }));
      assert.equal(scroll, width);
    });
  });

  test("says in words that traffic is high, for as long as it is, and still fits a phone", async () => {
    await onBoard({ seek: 30, context: { viewport: { width: 360, height: 640 } } }, async (page, mock) => {
      await page.waitForSelector(`${link("live")}${mode("race")}`);
      mock.track.frame("race", { event_type: "viewer_count_update", high_traffic: true });
      await page.waitForSelector('.note[data-note="traffic"]');
      assert.match(await page.textContent(".note"), /High traffic.*Results are complete/);
      const { scroll, width } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        width: window.innerWidth,
      }));
      assert.equal(scroll, width);
      mock.track.frame("race", { event_type: "viewer_count_update", high_traffic: false });
      await page.waitForSelector(".note", { state: "detached" });
    });
  });

  test("asks nobody else for anything", async () => {
    await onBoard({ seek: 20 }, async (page, mock) => {
      const hosts = new Set();
      page.on("request", (request) => hosts.add(new URL(request.url()).host));
      await page.reload();
      await page.waitForSelector(link("live"));
      assert.deepEqual([...hosts], [new URL(mock.url).host]);
    });
  });

  test("offers a list where there are several tracks", async () => {
    await onBoard({ tracks: 2 }, async (page) => {
      await page.waitForSelector(".picker a");
      const links = await page.$$eval(".picker a", (all) => all.map((a) => a.getAttribute("href")));
      assert.deepEqual(links, ["?track=zurich", "?track=grenchen"]);
      await page.click(".picker a");
      await page.waitForSelector(link("live"));
    });
  });
});

describe("a broken line", () => {
  test("that the server closes is there again, with the race as it then stands", async () => {
    await onBoard({ seek: 20 }, async (page, mock) => {
      await page.waitForSelector(`${link("live")}${mode("race")}`);
      mock.viewers.closeAll(1001);
      await page.waitForSelector(".board:not([data-link='live'])");
      await page.waitForSelector(link("live"));
      const shown = await riderIds(page);
      const { positions, riders } = mock.track.live;
      assert.equal(shown.length, riders.length);
      assert.deepEqual(shown.slice(0, positions.length).sort(), positions.map((line) => line.rider_id).sort());
    });
  });

  test("puts out every lamp at once, however fresh the last STATUS was", async () => {
    await onBoard({ seek: 20 }, async (page, mock) => {
      await page.waitForSelector(".health .loop-row[data-level='ok']");
      mock.viewers.refuse = true;
      mock.viewers.closeAll(1013);
      await page.waitForSelector(".board:not([data-link='live'])");
      const lamps = () => [...document.querySelectorAll(".health [data-level]")].map((one) => one.dataset.level);
      await page.waitForFunction(`(${lamps})().length > 0 && (${lamps})().every((level) => level === "unknown")`, null, {
        timeout: 5_000,
      });
    });
  });

  test("that loses a frame is noticed and healed by a new snapshot", async () => {
    await onBoard({ seek: 16.5, heartbeatMs: 500 }, async (page, mock) => {
      await page.waitForSelector(`${link("live")}${mode("race")}`);
      const sent = mock.viewers.snapshotsSent;
      mock.viewers.dropNext = 1;
      mock.track.frame("race", { event_type: "alert", id: "lost", level: "info", text: "lost on the way" });
      for (let turn = 0; turn < 300 && mock.viewers.snapshotsSent === sent; turn += 1) await page.waitForTimeout(20);
      assert.equal(mock.viewers.snapshotsSent, sent + 1);
      assert.equal(mock.viewers.open.size, 1);
    });
  });

  test("that falls silent is called by its age, the clock is held, and it heals", async () => {
    await onBoard({ seek: 20, heartbeatMs: 500 }, async (page, mock) => {
      await page.waitForSelector(`${link("live")}${mode("race")}`);
      mock.viewers.silent = true;
      await page.waitForSelector(link("stale"));
      assert.match(await page.textContent(".link"), /Data \d+ s old/);
      assert.notEqual(await page.$(".clock[data-held]"), null);
      mock.viewers.silent = false;
      await page.waitForSelector(link("live"));
    });
  });

  test("to a server that is not up yet says so and waits", async () => {
    const mock = await startMock({ seek: 20 });
    mock.state.configDown = true;
    const page = await browser.newPage();
    try {
      await page.goto(mock.url);
      await page.waitForSelector('.link[data-state="connecting"][data-level="warn"]', { timeout: kBoundMs });
      mock.state.configDown = false;
      await page.waitForSelector(link("live"), { timeout: kBoundMs });
    } finally {
      await page.close();
      await mock.close();
    }
  });
});

describe("taste", () => {
  for (const reducedMotion of ["reduce", "no-preference"]) {
    const title = reducedMotion === "reduce" ? "nothing moves for those who asked for no motion" : "else places do";
    test(title, async () => {
      await onBoard({ seek: 2, speed: 6, context: { reducedMotion } }, async (page) => {
        await page.addInitScript(() => {
          const animate = Element.prototype.animate;
          window.moves = 0;
          Element.prototype.animate = function (...how) {
            window.moves += 1;
            return animate.apply(this, how);
          };
        });
        await page.reload();
        await page.waitForSelector(`${mode("race")} .row[data-position]`);
        await page.waitForSelector(mode("result"));
        const moves = await page.evaluate(() => window.moves);
        assert.ok(reducedMotion === "reduce" ? moves === 0 : moves > 0, `${moves} moves`);
      });
    });
  }

  test("rows keep their element when places change, so that only what moved moves", async () => {
    await onBoard({ seek: 2, speed: 6 }, async (page) => {
      await page.waitForSelector(`${mode("race")} .row[data-position]`);
      await page.evaluate(() => {
        for (const row of document.querySelectorAll(".row")) row.dataset.seen = row.dataset.riderId;
        window.firstOrder = [...document.querySelectorAll(".row")].map((row) => row.dataset.riderId).join();
      });
      const changed = () =>
        [...document.querySelectorAll(".row")].map((row) => row.dataset.riderId).join() !== window.firstOrder;
      await page.waitForFunction(changed);
      const kept = await page.$$eval(".row", (rows) => rows.every((row) => row.dataset.seen === row.dataset.riderId));
      assert.equal(kept, true);
    });
  });
});
