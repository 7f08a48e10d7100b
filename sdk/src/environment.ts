// What this place offers: browser or Node, WebSocket or not.

import type { LiveEnv, SocketLike } from "./live.js";
import type { Fetch } from "./http_socket.js";
import type { Clock, WebSocketClass } from "./options.js";

export function systemClock(): Clock {
  return {
    setTimer: (run, ms) => setTimeout(run, ms) as unknown as number,
    clearTimer: (id) => clearTimeout(id),
    monoMs: () => performance.now(),
    wallMs: () => Date.now(),
    random: () => Math.random(),
  };
}

/** The given class, the global one, or `ws` where Node has it installed; null where a fallback has to do. */
export async function findWebSocket(given: WebSocketClass | undefined): Promise<WebSocketClass | null> {
  const here = given ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (here) return here;
  try {
    // Hidden from bundlers: a browser has its own.
    const name = "ws";
    const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { WebSocket: WebSocketClass };
    return module.WebSocket;
  } catch {
    return null;
  }
}

export function findFetch(given: Fetch | undefined): Fetch {
  // Looked up at each call: where there is none, that is a failed request like any other.
  return given ?? (async (url, init) => fetch(url, init));
}

export function liveEnv(clock: Clock, socketClass: () => WebSocketClass | null): LiveEnv {
  return {
    ...clock,
    openSocket: (url, protocols) => {
      const Class = socketClass();
      if (!Class) throw new Error("no WebSocket here");
      const socket = new Class(url, protocols);
      socket.binaryType = "arraybuffer";
      return quiet(socket as unknown as SocketLike);
    },
  };
}

/** `ws` raises an error that nobody listens for as an exception, and a connection's owner takes its handlers off. */
function quiet(socket: SocketLike): SocketLike {
  const node = socket as { on?: (name: string, run: () => void) => void };
  node.on?.("error", () => undefined);
  return socket;
}
