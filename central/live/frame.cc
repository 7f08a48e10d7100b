#include "central/live/frame.h"

#include <utility>

#include "central/live/ws_codec.h"
#include "common/base/check.h"
#include "common/base/json_text.h"

namespace holeshot::live {

std::string_view to_string(Channel channel) { return channel == Channel::kRace ? "race" : "decoder"; }

std::optional<Channel> channel_from(std::string_view name) {
  if (name == "race") return Channel::kRace;
  if (name == "decoder") return Channel::kDecoder;
  return std::nullopt;
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kSnapshot:
      return "snapshot";
    case Kind::kEvent:
      return "event";
    case Kind::kHeartbeat:
      return "heartbeat";
    case Kind::kError:
      return "error";
  }
  return "error";
}

namespace {
void field_or_null(base::JsonWriter& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.string(text);
  }
}
}  // namespace

std::string encode_envelope(const Envelope& e) {
  constexpr std::size_t kRoomForTheHead = 192;
  std::string out;
  out.reserve(e.payload.size() + e.track_id.size() + e.event_id.size() + kRoomForTheHead);
  base::JsonWriter w(out);
  w.open_object();
  w.field("channel", to_string(e.channel));
  w.field("epoch", e.epoch);
  field_or_null(w, "event_id", e.event_id);
  if (!e.kid.empty()) w.field("kid", e.kid);
  w.field("kind", to_string(e.kind));
  w.field_raw("payload", e.payload.empty() ? std::string_view{"{}"} : std::string_view{e.payload});
  w.field("seq", e.seq);
  if (!e.sig.empty()) w.field("sig", e.sig);
  field_or_null(w, "track_id", e.track_id);
  w.field("ts_us", e.ts_us);
  w.close_object();
  return out;
}

namespace {
Frame frame_of(const Envelope& envelope, FrameClass frame_class, FilterKeys keys) {
  Frame frame;
  frame.wire = server_frame(Opcode::kText, encode_envelope(envelope));
  frame.kind = envelope.kind;
  frame.frame_class = frame_class;
  frame.topic = {envelope.track_id, envelope.channel};
  frame.epoch = envelope.epoch;
  frame.seq = envelope.seq;
  frame.ts_us = envelope.ts_us;
  frame.keys = std::move(keys);
  if (frame.keys.events.empty() && !envelope.event_id.empty()) frame.keys.events.push_back(envelope.event_id);
  return frame;
}
}  // namespace

FramePtr make_frame(const Envelope& envelope, FrameClass frame_class, FilterKeys keys) {
  return std::make_shared<const Frame>(frame_of(envelope, frame_class, std::move(keys)));
}

FramePtr make_snapshot(const Envelope& envelope, FilterKeys keys, std::uint8_t slots) {
  Frame frame = frame_of(envelope, FrameClass::kKey, std::move(keys));
  frame.slots = slots;
  return std::make_shared<const Frame>(std::move(frame));
}

FramePtr make_tick_frame(const EncodedTick& tick, FilterKeys keys) {
  HOLESHOT_CHECK(tick.mark.slot < kSlots, "a slot that nobody counts");
  Frame frame;
  frame.wire = server_frame(Opcode::kText, tick.json);
  if (!tick.binary.empty()) frame.binary = server_frame(Opcode::kBinary, tick.binary);
  frame.kind = Kind::kEvent;
  frame.frame_class = tick.keyframe ? FrameClass::kKey : FrameClass::kDelta;
  frame.topic = tick.topic;
  frame.epoch = tick.epoch;
  frame.seq = tick.seq;
  frame.ts_us = tick.ts_us;
  frame.keys = std::move(keys);
  frame.tick = tick.mark;
  return std::make_shared<const Frame>(std::move(frame));
}

FramePtr make_raw_frame(std::string wire) {
  Frame frame;
  frame.wire = std::move(wire);
  return std::make_shared<const Frame>(std::move(frame));
}

}  // namespace holeshot::live
