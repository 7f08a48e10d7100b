// The browser's side of a LiveConnection: its timers and sockets, and the moments at which a page has to look again.

import type { LiveConnection, LiveEnv, SocketLike } from "./connection.js";

export function browserEnv(): LiveEnv {
  return {
    openSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as SocketLike,
    setTimer: (run, ms) => window.setTimeout(run, ms),
    clearTimer: (id) => window.clearTimeout(id),
    monoMs: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
  };
}

/** A phone that comes out of a pocket, a laptop that finds its Wi-Fi, a page that the back button brings back. */
export function wakeWithPage(connection: LiveConnection): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connection.wake();
  });
  window.addEventListener("online", () => connection.wake());
  window.addEventListener("offline", () => connection.networkLost());
  window.addEventListener("pagehide", () => connection.stop());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) connection.start();
  });
}
