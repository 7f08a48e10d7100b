// Which board: the one that the address names, the only one there is, or a list to choose from.

import { fetchTracks, type Track } from "./api";
import { reconnectDelayMs } from "@holeshot/live";
import { App } from "./ui/app";
import { noticeView, pickerView } from "./ui/picker";
import { TopView } from "./ui/top";
import "./style/base.css";
import "./style/board.css";
import "./style/rows.css";
import "./style/rail.css";

/** Nothing to show yet: look again, because whoever set up the page has gone back to the track. */
const kNoTrackPauseMs = 5_000;

function required(selector: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(selector);
  if (!element) throw new Error(`index.html lacks ${selector}`);
  return element;
}

function trackInAddress(): string | null {
  const query = new URLSearchParams(window.location.search).get("track");
  if (query) return query;
  const path = /^\/t\/([A-Za-z0-9_-]{1,64})\/?$/.exec(window.location.pathname);
  return path?.[1] ?? null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}

async function waitForTracks(main: HTMLElement): Promise<Track[]> {
  for (let failures = 0; ; ) {
    try {
      const tracks = await fetchTracks();
      if (tracks.length > 0) return tracks;
      main.replaceChildren(noticeView("No track yet", "As soon as a track is set up here, its board appears."));
      failures = 0;
      await pause(kNoTrackPauseMs);
    } catch {
      main.replaceChildren(noticeView("No connection yet", "The timing server does not answer. Trying again."));
      failures += 1;
      await pause(reconnectDelayMs({ code: 1006, hint: null }, failures, Math.random()));
    }
  }
}

async function start(): Promise<void> {
  const main = required("main");
  const named = trackInAddress();
  if (named !== null) {
    // The snapshot brings the track's name; until then its id is better than nothing.
    return new App(main, new TopView(required("header")), named, named).start();
  }
  const tracks = await waitForTracks(main);
  const only = tracks.length === 1 ? tracks[0] : undefined;
  if (!only) return void main.replaceChildren(pickerView(tracks));
  new App(main, new TopView(required("header")), only.id, only.name || only.id).start();
}

void start();
