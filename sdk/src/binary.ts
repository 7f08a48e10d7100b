// The binary frame of a tick (docs/contract.md, section 4), little-endian:
//   0 magic "HS"  2 version  3 flags  4 seq u64  12 base_seq u64  20 tick_ts_ms u64  28 tick_index u16  30 lanes u8  31 slot u8
//   32 + 4n   lane u8, rank u8, status u8, reserved     per lane
//   then      f32 metres per lane: position (keyframe) or the difference from the keyframe (delta)
//   then      64 bytes Ed25519, where the frame is signed
// Reading is total: whatever bytes come in, a frame or the reason why it is none comes out.

export const kHeaderBytes = 32;
export const kSignatureBytes = 64;
const kVersion = 1;
const kKeyframe = 1;
const kSigned = 2;
/** More riders than gates have lanes on any track; a larger count is no tick. */
const kMostLanes = 32;
/** What a lane's status is, by its number on the wire. */
export const kStatuses = ["RACING", "FIN", "DNF", "DNS", "DSQ", "REL"] as const;
export type LaneStatus = (typeof kStatuses)[number];

export interface BinaryLane {
  readonly lane: number;
  readonly rank: number;
  readonly status: LaneStatus;
  /** Position, or the difference from the keyframe; whole millimetres, as JSON has them. */
  readonly distanceMm: number;
}

export interface BinaryTick {
  readonly seq: number;
  readonly baseSeq: number;
  readonly keyframe: boolean;
  readonly tickTsMs: number;
  readonly tickIndex: number;
  readonly slot: number;
  readonly lanes: readonly BinaryLane[];
  /** What the signature is over, but for its context; null signature where the frame has none. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array | null;
}

export type BinaryRead = { readonly tick: BinaryTick } | { readonly broken: string };

export function readBinaryTick(bytes: Uint8Array): BinaryRead {
  if (bytes.length < kHeaderBytes) return { broken: "too_short" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== 0x48 || view.getUint8(1) !== 0x53) return { broken: "bad_magic" };
  if (view.getUint8(2) !== kVersion) return { broken: "unknown_version" };
  const flags = view.getUint8(3);
  if ((flags & ~(kKeyframe | kSigned)) !== 0) return { broken: "unknown_flags" };
  const count = view.getUint8(30);
  if (count > kMostLanes) return { broken: "too_many_lanes" };
  const bodyLength = kHeaderBytes + count * 8;
  if (bytes.length !== bodyLength + ((flags & kSigned) === 0 ? 0 : kSignatureBytes)) return { broken: "bad_length" };
  const seq = u64(view, 4);
  const baseSeq = u64(view, 12);
  const tickTsMs = u64(view, 20);
  if (seq === null || baseSeq === null || tickTsMs === null) return { broken: "number_too_large" };
  const keyframe = (flags & kKeyframe) !== 0;
  if (keyframe ? baseSeq !== seq : baseSeq >= seq) return { broken: "bad_base_seq" };
  const lanes = readLanes(view, count);
  if (typeof lanes === "string") return { broken: lanes };
  const signature = (flags & kSigned) === 0 ? null : bytes.subarray(bodyLength);
  const tickIndex = view.getUint16(28, true);
  return { tick: { seq, baseSeq, keyframe, tickTsMs, tickIndex, slot: view.getUint8(31), lanes, body: bytes.subarray(0, bodyLength), signature } };
}

function readLanes(view: DataView, count: number): BinaryLane[] | string {
  const metres = floats(view, kHeaderBytes + count * 4, count);
  const lanes: BinaryLane[] = [];
  const seen = new Set<number>();
  for (let i = 0; i < count; i += 1) {
    const at = kHeaderBytes + i * 4;
    const lane = view.getUint8(at);
    const status = kStatuses[view.getUint8(at + 2)];
    // A float keeps whole millimetres up to 8 km; rounding gives back the number that JSON carries.
    const distanceMm = Math.round((metres[i] ?? NaN) * 1000);
    if (status === undefined) return "unknown_status";
    if (!Number.isFinite(distanceMm)) return "bad_distance";
    if (seen.has(lane)) return "lane_twice";
    seen.add(lane);
    // Without the minus of a difference that rounds to nothing.
    lanes.push({ lane, rank: view.getUint8(at + 1), status, distanceMm: distanceMm === 0 ? 0 : distanceMm });
  }
  return lanes;
}

const kLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** One Float32Array over the bytes where they lie as the contract promises; else one by one. */
function floats(view: DataView, at: number, count: number): ArrayLike<number> {
  const offset = view.byteOffset + at;
  if (kLittleEndian && offset % 4 === 0) return new Float32Array(view.buffer, offset, count);
  return Array.from({ length: count }, (_, i) => view.getFloat32(at + i * 4, true));
}

function u64(view: DataView, at: number): number | null {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  return Number.isSafeInteger(value) ? value : null;
}
