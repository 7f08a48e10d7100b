// What a subscription can be told, and what it tells.

import type { Trust, VerifyMode } from "./authenticator.js";
import type { Refused } from "./decode.js";
import type { Envelope } from "./envelope.js";
import type { Fetch } from "./http_socket.js";
import type { KeyRecord } from "./keys.js";
import type { LiveStatus } from "./live.js";
import type { Picture } from "./picture.js";
import type { SmoothLane, SmoothOptions } from "./smooth.js";
import type { TickState } from "./ticks.js";
import type { TransportName } from "./address.js";
import type { Verifier } from "./verifier.js";

/** The global WebSocket's shape; `ws` from npm has it too. */
export type WebSocketClass = new (url: string, protocols?: string[]) => {
  binaryType: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
};

/** Clock, timers and chance; tests turn them by hand. */
export interface Clock {
  setTimer(run: () => void, ms: number): number;
  clearTimer(id: number): void;
  /** Milliseconds that never go back. */
  monoMs(): number;
  /** Milliseconds since the epoch. */
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
}

export interface SubscribeOptions {
  /** The track's id. */
  readonly track: string;
  /** `https://host` (its `/race/config` says where the live stream is), or a live stream's `wss://...` itself. */
  readonly url?: string;
  /** Several servers of the same stream: the nearest is used, the others when it fails. */
  readonly urls?: readonly string[];
  /** Server-side filters: a meeting, classes, riders. Empty: everything. */
  readonly event?: string;
  readonly classes?: readonly string[];
  readonly riders?: readonly string[];
  /** `race` unless told; `decoder` is the state of the loops. */
  readonly channels?: readonly ("race" | "decoder")[];
  /** Ticks as JSON (default) or as binary, a third of the bytes. */
  readonly encoding?: "json" | "binary";
  /** Ticks per second: `auto` (the server decides), `full`, or a number. */
  readonly rate?: "auto" | "full" | number;
  readonly token?: string;
  /** Asked for each connection; `refused` is true when the server did not take the last one. */
  readonly getToken?: (refused: boolean) => string | Promise<string>;
  /** `auto` unless told; see VerifyMode. */
  readonly verify?: VerifyMode;
  /** The server's public keys. Without them they come from `config`. */
  readonly keys?: readonly KeyRecord[];
  /** Where `GET /race/config` is, if not at `url`; `null`: do not ask. */
  readonly config?: string | null;
  /** Ed25519 where this place has none; see `@holeshot/live/noble`. */
  readonly verifier?: Verifier;
  /** In the order in which they are tried. */
  readonly transports?: readonly TransportName[];
  readonly WebSocket?: WebSocketClass;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  readonly smooth?: SmoothOptions;
  /** `stale` is said after this long without a word; 12 s unless told (the server speaks every 10 s). */
  readonly staleAfterMs?: number;
  /** False: do not follow the page's visibility and network. */
  readonly followPage?: boolean;
}

export interface TickEvent {
  readonly motoId: string;
  readonly tick: TickState;
  readonly keyframe: boolean;
  readonly trust: Trust;
}

export interface FrameEvent {
  /** `race_staged`, `gate_drop`, `split_time`, ...; `state_snapshot` for a snapshot. */
  readonly type: string;
  readonly payload: Envelope["payload"];
  readonly envelope: Envelope;
  readonly trust: Trust;
}

export interface GapEvent {
  readonly channel: string;
  /** The first number that is missing; null where the server began to count anew. */
  readonly expected: number | null;
  readonly got: number;
}

export interface MigrateEvent {
  readonly url: string;
  /** `started`: both are listened to. `done`: the old one was let go. `failed`: we stay where we are. */
  readonly stage: "started" | "done" | "failed";
}

export interface LiveEvents {
  /** The picture has changed. */
  picture: Picture;
  snapshot: FrameEvent;
  /** Anything that happens at the track but for ticks, once and in order. */
  event: FrameEvent;
  tick: TickEvent;
  /** The connection: phase, failures, next attempt. */
  state: LiveStatus;
  /** Something is missing; the picture is not complete until a snapshot comes, which is asked for. */
  gap: GapEvent;
  /** After a reconnect: true where nothing was lost, false where a snapshot replaces what was. */
  recovered: boolean;
  /** Nothing was heard for `staleAfterMs`; said again each second, with the age, until something is. */
  stale: { readonly ageMs: number };
  migrate: MigrateEvent;
  /** The server thins ticks (true) or no longer does. */
  highTraffic: boolean;
  /** Somebody has changed or forged a frame. It was not used. */
  tampered: Refused;
  /** A frame that could not be used, tampered with or not. */
  refused: Refused;
  /** What the server complains about: {code, message, ...}. */
  error: Envelope["payload"];
}

/** A live subscription. */
export interface Live {
  on<Name extends keyof LiveEvents>(name: Name, listener: (value: LiveEvents[Name]) => void): () => void;
  onGap(listener: (gap: GapEvent) => void): () => void;
  onStale(listener: (stale: { readonly ageMs: number }) => void): () => void;
  onMigrate(listener: (migrate: MigrateEvent) => void): () => void;
  onHighTraffic(listener: (on: boolean) => void): () => void;
  onTampered(listener: (refused: Refused) => void): () => void;
  /** What is known now; the same object until something changes. */
  picture(): Picture;
  state(): LiveStatus;
  /** The lanes of a moto between ticks, at this moment of the server's clock less the delay; empty without ticks. */
  smooth(motoId: string): readonly SmoothLane[];
  /** Microseconds since the epoch as the server counts them. */
  serverNowUs(): number;
  /** The page is seen again, or the network is back: look at once. Done by itself in a browser. */
  wake(): void;
  close(): void;
}
