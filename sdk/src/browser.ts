// The browser's side of a LiveConnection: its timers and sockets, and the moments at which a page has to look again.

import { systemClock } from "./environment.js";
import type { LiveEnv, SocketLike } from "./live.js";

export function browserEnv(): LiveEnv {
  return { ...systemClock(), openSocket: (url, protocols) => new WebSocket(url, protocols) as unknown as SocketLike };
}

/** What follows the page: a LiveConnection, or a subscription. */
export interface Wakeful {
  start(): void;
  stop(): void;
  wake(): void;
  networkLost(): void;
}

/**
 * A phone that comes out of a pocket, a laptop that finds its Wi-Fi, a page that the back button brings back. Returns what
 * ends the watching; does nothing where there is no page.
 */
export function wakeWithPage(connection: Wakeful): () => void {
  if (typeof window === "undefined" || typeof document === "undefined") return () => undefined;
  const listeners: [EventTarget, string, (event: Event) => void][] = [
    [document, "visibilitychange", () => document.visibilityState === "visible" && connection.wake()],
    [window, "online", () => connection.wake()],
    [window, "offline", () => connection.networkLost()],
    [window, "pagehide", () => connection.stop()],
    [window, "pageshow", (event) => (event as PageTransitionEvent).persisted && connection.start()],
  ];
  for (const [target, name, run] of listeners) target.addEventListener(name, run);
  return () => listeners.forEach(([target, name, run]) => target.removeEventListener(name, run));
}
