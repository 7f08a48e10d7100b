#include "central/ticks/tick_codec.h"

#include <bit>
#include <bitset>
#include <cmath>
#include <limits>

#include "common/base/check.h"
#include "common/base/json_text.h"

namespace holeshot::ticks {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kKeyframeFlag = 1;
constexpr std::uint8_t kSignedFlag = 2;
constexpr std::size_t kLaneBytes = 8;  // four of them metres
constexpr double kMmPerMetre = 1000;
constexpr double kMostMetres =
    1e6;  // further from the gate is no track, and would not be whole millimetres in f32
constexpr std::uint64_t kMostNumber =
    (std::uint64_t{1} << 53) - 1;  // what every reader of JSON takes for what it is
constexpr std::size_t kLaneCountAt = 30;
constexpr std::uint64_t kUsPerMs = 1000;

void append_metres(Bytes& out, std::int64_t mm) {
  const auto metres = static_cast<float>(static_cast<double>(mm) / kMmPerMetre);
  base::append_le(out, std::bit_cast<std::uint32_t>(metres), sizeof(float));
}

void write_lane(base::JsonWriter& w, const Lane& lane) {
  w.open_object();
  w.key("distance_mm");
  w.number_signed(lane.distance_mm);
  w.field("lane", std::uint64_t{lane.lane});
  w.field("rank", std::uint64_t{lane.rank});
  w.key("speed_mm_s");
  w.number_signed(lane.speed_mm_s);
  w.field("status", to_string(lane.status));
  w.close_object();
}

void write_payload(base::JsonWriter& w, const Frame& frame) {
  w.open_object();
  w.field("base_seq", frame.base_seq);
  w.field("elapsed_us", frame.elapsed_us);
  w.field("event_type", "race_tick");
  w.field_bool("keyframe", frame.keyframe);
  w.key("lanes");
  w.open_array();
  for (const Lane& lane : frame.lanes) write_lane(w, lane);
  w.close_array();
  w.field("moto_id", frame.moto_id);
  w.field("tick_index", frame.tick_index);
  w.field("tick_ts", frame.tick_ts_ms);
  w.close_object();
}

// With `sig` where it is known. Keys in canonical order.
std::string envelope(const Frame& frame, const Scope& scope, std::string_view sig) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("channel", "race");
  w.field("epoch", scope.epoch);
  w.key("event_id");
  if (scope.event_id.empty()) {
    w.null();
  } else {
    w.string(scope.event_id);
  }
  if (scope.key != nullptr) w.field("kid", scope.kid);
  w.field("kind", "event");
  w.key("payload");
  write_payload(w, frame);
  w.field("seq", frame.seq);
  if (!sig.empty()) w.field("sig", sig);
  w.field("track_id", scope.track_id);
  w.field("ts_us", frame.tick_ts_ms * kUsPerMs);
  w.close_object();
  return out;
}

base::Status read_lanes(ByteView bytes, std::size_t count, std::vector<Lane>& lanes) {
  std::bitset<std::numeric_limits<std::uint8_t>::max() + 1> seen;
  for (std::size_t i = 0; i < count; ++i) {
    const ByteView at = bytes.subspan(kBinaryHeaderBytes + 4 * i, 4);
    const auto bits = base::load_le(bytes.subspan(kBinaryHeaderBytes + 4 * (count + i), sizeof(float)));
    const double metres = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    const auto status = lane_status_from(at[2]);
    if (!status) return fail(Code::kInvalid, "tick: no lane status has the number " + std::to_string(at[2]));
    if (!(std::abs(metres) <= kMostMetres))
      return fail(Code::kInvalid, "tick: a distance is no distance on a track");
    if (seen.test(at[0]))
      return fail(Code::kInvalid, "tick: lane " + std::to_string(at[0]) + " stands twice");
    seen.set(at[0]);
    lanes.push_back(
        {.lane = at[0], .rank = at[1], .status = *status, .distance_mm = std::llround(metres * kMmPerMetre)});
  }
  return {};
}

base::Status head_fits(ByteView bytes) {
  if (bytes.size() < kBinaryHeaderBytes) return fail(Code::kInvalid, "tick: shorter than its header");
  if (bytes[0] != 'H' || bytes[1] != 'S') return fail(Code::kInvalid, "tick: does not begin with HS");
  if (bytes[2] != kVersion) return fail(Code::kInvalid, "tick: unknown version " + std::to_string(bytes[2]));
  if ((bytes[3] & ~(kKeyframeFlag | kSignedFlag)) != 0) return fail(Code::kInvalid, "tick: unknown flags");
  if (bytes[kLaneCountAt] > kMostLanes) return fail(Code::kInvalid, "tick: more lanes than a gate has");
  const std::size_t sig = (bytes[3] & kSignedFlag) != 0 ? contract::kEd25519SignatureBytes : 0;
  if (bytes.size() != kBinaryHeaderBytes + bytes[kLaneCountAt] * kLaneBytes + sig) {
    return fail(Code::kInvalid, "tick: its length is not that of its lanes");
  }
  return {};
}

}  // namespace

std::string to_json(const Frame& frame, const Scope& scope) {
  std::string text = envelope(frame, scope, {});
  if (scope.key == nullptr) return text;
  return envelope(frame, scope, contract::to_base64url(scope.key->sign(base::as_bytes(text))));
}

std::string binary_context(std::string_view track_id, std::uint64_t epoch, std::string_view moto_id) {
  return "holeshot.tick.v1|" + std::string{track_id} + "|" + std::to_string(epoch) + "|" +
         std::string{moto_id} + "|";
}

Bytes to_binary(const Frame& frame, const Scope& scope) {
  HOLESHOT_CHECK(frame.lanes.size() <= kMostLanes, "a gate has no more lanes than a tick");
  const std::uint8_t keyframe = frame.keyframe ? kKeyframeFlag : 0;
  const std::uint8_t is_signed = scope.key != nullptr ? kSignedFlag : 0;
  Bytes out{'H', 'S', kVersion, static_cast<std::uint8_t>(keyframe | is_signed)};
  base::append_le(out, frame.seq, 8);
  base::append_le(out, frame.base_seq, 8);
  base::append_le(out, frame.tick_ts_ms, 8);
  base::append_le(out, frame.tick_index, 2);
  out.push_back(static_cast<std::uint8_t>(frame.lanes.size()));
  out.push_back(frame.slot);
  for (const Lane& lane : frame.lanes) {
    out.insert(out.end(), {lane.lane, lane.rank, static_cast<std::uint8_t>(lane.status), 0});
  }
  for (const Lane& lane : frame.lanes) append_metres(out, lane.distance_mm);
  if (scope.key == nullptr) return out;
  const std::string context = binary_context(scope.track_id, scope.epoch, frame.moto_id);
  Bytes message{context.begin(), context.end()};
  message.insert(message.end(), out.begin(), out.end());
  const contract::Ed25519Signature sig = scope.key->sign(message);
  out.insert(out.end(), sig.begin(), sig.end());
  return out;
}

base::Result<BinaryFrame> read_binary(ByteView bytes) {
  HOLESHOT_TRY(head_fits(bytes));
  BinaryFrame read;
  Frame& frame = read.frame;
  frame.keyframe = (bytes[3] & kKeyframeFlag) != 0;
  frame.seq = base::load_le(bytes.subspan(4, 8));
  frame.base_seq = base::load_le(bytes.subspan(12, 8));
  frame.tick_ts_ms = base::load_le(bytes.subspan(20, 8));
  frame.tick_index = base::load_le(bytes.subspan(28, 2));
  frame.slot = bytes[31];
  if (frame.seq > kMostNumber || frame.base_seq > kMostNumber || frame.tick_ts_ms > kMostNumber) {
    return fail(Code::kInvalid, "tick: a number is larger than 2^53-1");
  }
  if (frame.keyframe ? frame.base_seq != frame.seq : frame.base_seq >= frame.seq) {
    return fail(Code::kInvalid, "tick: base_seq is not that of a keyframe before it");
  }
  HOLESHOT_TRY(read_lanes(bytes, bytes[kLaneCountAt], frame.lanes));
  const std::size_t body = kBinaryHeaderBytes + frame.lanes.size() * kLaneBytes;
  read.body = bytes.first(body);
  read.signature = bytes.subspan(body);
  return read;
}

}  // namespace holeshot::ticks
