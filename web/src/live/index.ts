// The live client: framework free, no race knowledge. What stands here is what a package of it would export.

export { LiveConnection, kStaleAfterMs } from "./connection";
export type { Gap, LiveEnv, LiveOptions, LiveStatus, Phase, SocketLike } from "./connection";
export type { Envelope, Epoch, Kind, Payload, ReconnectHint } from "./envelope";
export { parseEnvelope } from "./envelope";
export { ServerClock } from "./server_clock";
export { browserEnv, wakeWithPage } from "./browser";
