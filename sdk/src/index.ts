// What the package exports. `subscribe` is the way in; the parts below it are for those who build their own.

export { reconnectDelayMs } from "./backoff.js";
export { browserEnv, wakeWithPage } from "./browser.js";
export { kStaleAfterMs, LiveConnection } from "./connection.js";
export type { Gap, LiveEnv, LiveOptions, LiveStatus, Phase, SocketLike } from "./connection.js";
export { finiteNumber, isRecord, nonEmptyText, parseEnvelope } from "./envelope.js";
export type { Envelope, Epoch, Kind, Payload, ReconnectHint } from "./envelope.js";
export { Feed } from "./feed.js";
export { kEmptyPicture, reduce } from "./picture.js";
export type { Alert, Moto, MotoPhase, Picture, Row } from "./picture.js";
export type { Lane, MotoTicks, TickState } from "./ticks.js";
export { ServerClock } from "./server_clock.js";
export type { Verifier } from "./verifier.js";
