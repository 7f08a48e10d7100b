// The words between a connection, its environment and its owner.

import type { Ending } from "./backoff.js";
import type { Envelope } from "./envelope.js";
import type { Intake } from "./intake.js";
import type { TimerEnv } from "./timers.js";

export interface SocketLike {
  /** True where nothing can be sent: a stream over HTTP. */
  readonly oneWay?: boolean;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
}

export interface LiveEnv extends TimerEnv {
  openSocket(url: string, protocols: string[]): SocketLike;
  monoMs(): number;
  wallMs(): number;
  /** In [0, 1). */
  random(): number;
}

export type Phase =
  | "idle"
  /** Asking where to connect to. */
  | "resolving"
  | "connecting"
  /** Connected, the snapshot is on its way. */
  | "syncing"
  | "live"
  /** The next attempt is at `retryAtMs`. */
  | "waiting"
  | "stopped";

export interface LiveStatus {
  readonly phase: Phase;
  /** Monotonic time of the last frame of any kind; null before the first. */
  readonly lastFrameMs: number | null;
  /** The same moment on the wall clock, to be shown. */
  readonly lastFrameWallMs: number | null;
  readonly retryAtMs: number | null;
  readonly failures: number;
  /** Why the last attempt ended, as a stable word: `close_1012`, `silent`, `no_snapshot`, `config`, an error code. */
  readonly reason: string | null;
  /** A gap was seen and the new snapshot is not here yet. */
  readonly recovering: boolean;
  readonly online: boolean;
}

export interface Gap {
  readonly channel: string;
  /** Null where the server began to count anew. */
  readonly expected: number | null;
  readonly got: number;
}

/** Where one attempt goes. */
export interface Target {
  readonly url: string;
  /** Subprotocols to offer; JSON alone unless told. */
  readonly protocols?: string[];
  /** The URL asks for what comes after the point that the intake holds, so no snapshot need come. */
  readonly resumes?: boolean;
  /** Opens something else than a WebSocket. */
  readonly open?: (url: string) => SocketLike;
}

export interface LiveOptions {
  /** Where to; asked for each attempt, so that it may look anew after failures. A rejection is a failed attempt. */
  resolveUrl(failures: number): Promise<string | Target>;
  readonly trackId: string;
  readonly channels: readonly string[];
  /** The rest of an in-band subscription: `events`, `classes`, `riders`. */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  /** Where the frames go; without one, `onEnvelope` gets each once, in order. */
  readonly intake?: Intake;
  onEnvelope?(envelope: Envelope): void;
  onStatus?(status: LiveStatus): void;
  onGap?(gap: Gap): void;
  /** Fetches what is missing of the first channel; false where a snapshot has to do. */
  heal?(): Promise<boolean>;
  /** After a reconnect that asked to go on where we were: whether nothing was lost, or a snapshot came instead. */
  onRecovered?(recovered: boolean): void;
  /** The connection ended; what is returned replaces the usual delay. */
  onEnded?(ending: Ending, failures: number): number | null;
}
