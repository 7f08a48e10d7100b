// How long a connection waits for what, and why that long.

/** Heartbeats come every 10 s; two seconds more for the way. */
export const kStaleAfterMs = 12_000;
/** A handshake that takes longer than this on a phone will not succeed. */
export const kConnectLimitMs = 10_000;
/** The snapshot comes with the connection; without one the page would stand empty. */
export const kSnapshotLimitMs = 5_000;
/** After waking up: an answer within this, or a new connection. Keeps the healing under two seconds. */
export const kProbeLimitMs = 1_500;
/** A connection that stood this long ends the row of failures. */
export const kSteadyAfterMs = 5_000;
/** Ticks show by their index that only ticks are missing; the next keyframe of each moto comes within a second. */
export const kProofLimitMs = 1_200;
/** Between two requests for a new snapshot, doubling while gaps go on, so that loss never becomes a storm. */
export const kResyncPauseMs = 1_000;
export const kResyncLongestPauseMs = 30_000;
