// A gateway's page with a made-up gateway behind it: the real StatusServer (status_stage.cc), told what to show.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const kBin = process.env.HOLESHOT_BIN ?? fileURLToPath(new URL("../../build/dev/bin", import.meta.url));
const kNowUs = () => Date.now() * 1000;

const kDecoder = {
  decoder_id: "0C00D000", model: "AMB decoder", firmware: "4.5", last_record_us: 1, noise: 38, temperature_c: 21,
  input_voltage_dv: 121, last_passing_number: 8842, passings: 312, missing: 0, recovered: 2, duplicates: 0,
  counter_restarts: 0, clock_offset_us: -12_000, clock_drift_ppm: 3, clock_steps: 0, not_supported: [],
};

/** A gateway on a good day; `change` may alter it. */
export function goodPicture(change = () => {}) {
  const now = kNowUs();
  const picture = {
    now_us: now, up_for_us: 5_400_000_000, started_at_us: now - 5_400_000_000, version: "0.1.0", track: "hill",
    client: "laptop", boot: "01HZX3V8J7Q4W2N5B6C7D8E9F0",
    lines: [{
      name: "finish", kind: "serial", place: "/dev/ttyUSB0", state: "open", problem: "", append_error: "", passive: false,
      last_byte_us: now, silent_for_us: 900_000, bytes: 48_211, records: 1_207, waiting: 0, reconnects: 0, wall_clock_steps: 0,
      driver: { records: 1_207, skipped_bytes: 0, damaged_frames: 0, skipped: {}, decoders: [{ ...kDecoder }] },
    }],
    disk: {
      state: "ok", error: "", pending: 0, quarantined: 0, shed_status: 0, bytes: 1_204_224, bound_bytes: 4_000_000_000,
      room_s: 147_600, last_commit_us: now - 900_000, oldest_pending_us: 0, losses: [],
    },
    central: {
      url: "https://central.example", state: "idle", reason: "", sentence: "", action: "", portal_url: "", last_try_us: now,
      last_ack_us: now - 1_000_000, unheard_for_us: 1_000_000, unacknowledged_for_us: 1_000_000, acknowledged: 1_207,
      duplicates: 0, rejected: 0, clock_offset_us: 40_000,
    },
    power: { on_battery: false, percent: 96 },
  };
  change(picture);
  return picture;
}

/** The decoder's cable is out. */
export const silent = (picture) => {
  picture.lines[0].silent_for_us = 14_300_000;
};
export const unplugged = (picture) => {
  picture.lines[0].silent_for_us = 34_000_000;
};
/** The internet is away and 312 wait. */
export const offline = (picture) => {
  Object.assign(picture.disk, { pending: 312, oldest_pending_us: kNowUs() - 60_000_000 });
  Object.assign(picture.central, { state: "retrying", reason: "no_network", unheard_for_us: 60_000_000, unacknowledged_for_us: 60_000_000 });
};

/** `args`: the control socket's path, the label file's path. */
export async function startStage(...args) {
  const child = spawn(join(kBin, "holeshot-status-stage"), args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const waiting = [];
  const failing = [];
  const flushes = [];
  lines.on("line", (line) => (line === "flush" ? flushes.push(line) : waiting.shift()?.(line)));
  const next = () =>
    new Promise((resolve, reject) => {
      waiting.push(resolve);
      failing.push(reject);
    });
  child.once("exit", (code) => failing.forEach((reject) => reject(new Error(`the stage ended with ${code}`))));
  const port = Number((await next()).split(" ")[1]);
  const order = async (what) => {
    const answer = next();
    child.stdin.write(`${JSON.stringify(what)}\n`);
    await answer;
  };
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    flushes,
    picture: (change) => order({ picture: goodPicture(change) }),
    cross: (...crossings) => order({ crossings: crossings.map((one) => ({ captured_at_us: kNowUs(), ...one })) }),
    centralHas: (id, refused = []) => order({ central_has: id, refused }),
    end: () =>
      new Promise((done) => {
        child.removeAllListeners("exit");
        if (child.exitCode !== null || child.signalCode !== null) return done();
        child.once("exit", done);
        child.stdin.end();
      }),
  };
}
