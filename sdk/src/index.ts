// What the package exports. `subscribe` is the way in; the parts below it are for those who build their own.

export { subscribe } from "./subscribe.js";
export type {
  Clock, FrameEvent, GapEvent, Live, LiveEvents, MigrateEvent, SubscribeOptions, TickEvent, WebSocketClass,
} from "./options.js";
export type { TransportName } from "./address.js";
export type { Trust, VerifyMode } from "./authenticator.js";
export { reconnectDelayMs, type Ending } from "./backoff.js";
export { kStatuses, readBinaryTick, type BinaryLane, type BinaryRead, type BinaryTick, type LaneStatus } from "./binary.js";
export { browserEnv, wakeWithPage, type Wakeful } from "./browser.js";
export { canonicalText } from "./canonical.js";
export { LiveConnection } from "./connection.js";
export type { Decoded, Refused } from "./decode.js";
export { finiteNumber, isRecord, nonEmptyText, parseEnvelope } from "./envelope.js";
export type { Envelope, Epoch, Kind, Payload, ReconnectHint } from "./envelope.js";
export { Feed, type Taken } from "./feed.js";
export type { Fetch } from "./http_socket.js";
export type { Intake } from "./intake.js";
export type { KeyRecord } from "./keys.js";
export type { Gap, LiveEnv, LiveOptions, LiveStatus, Phase, SocketLike, Target } from "./live.js";
export { kStaleAfterMs } from "./limits.js";
export { kEmptyPicture, reduce } from "./picture.js";
export type { Alert, Moto, MotoPhase, Picture, Reduced, Row } from "./picture.js";
export { SequenceGuard, type GuardOptions, type Mark, type SavedMark, type Verdict } from "./sequence.js";
export { ServerClock } from "./server_clock.js";
export { Smoother, type SmoothLane, type SmoothOptions } from "./smooth.js";
export type { Lane, MotoTicks, TickState } from "./ticks.js";
export type { Verifier } from "./verifier.js";
