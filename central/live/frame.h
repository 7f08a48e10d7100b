// Frame: one message to viewers. It is encoded once, WebSocket header and all, into one immutable buffer that
// every viewer on every loop shares; a viewer's queue holds pointers to frames and never a copy.
//
// The room carries bytes and knows no race: what a payload means, and which class and filter keys a frame
// has, is told by whoever makes it.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::live {

enum class Channel : std::uint8_t { kRace, kDecoder };
[[nodiscard]] std::string_view to_string(Channel channel);
[[nodiscard]] std::optional<Channel> channel_from(std::string_view name);

enum class Kind : std::uint8_t { kSnapshot, kEvent, kHeartbeat, kError };
[[nodiscard]] std::string_view to_string(Kind kind);

// What a viewer is sent ticks in; every other frame is JSON text for everybody.
enum class Encoding : std::uint8_t { kJson, kBinary };

// What may become of a frame when a viewer is slow. Only deltas are ever skipped, and a viewer that lost one
// gets no further delta before the next keyframe. Everything else is delivered, or the viewer is cut off.
enum class FrameClass : std::uint8_t {
  kKey,      // a whole state: snapshots, and the keyframes of ticks
  kDelta,    // a difference from the latest keyframe
  kResult,   // positions, finishes, results
  kControl,  // staging, gate, reset, alerts, and what the connection itself says
  kDecoder,  // the decoder channel's events
};

// Where a frame belongs: numbering (`seq`) runs within one topic and epoch.
struct TopicKey {
  std::string track_id;
  Channel channel = Channel::kRace;
  auto operator<=>(const TopicKey&) const = default;
};

// What a frame is about, for viewers who asked for less than everything. A frame that names nothing on a
// field concerns everybody and passes that field's filter.
struct FilterKeys {
  std::vector<std::string> events;
  std::vector<std::string> classes;
  std::vector<std::string> riders;
};

// The server envelope of the contract. Value type.
struct Envelope {
  Kind kind = Kind::kEvent;
  Channel channel = Channel::kRace;
  std::string track_id;     // empty is written as null: the connection speaks, not a track
  std::string event_id;     // empty is written as null
  std::uint64_t epoch = 0;  // rises whenever the numbering starts again
  std::uint64_t seq = 0;    // an event's own number; elsewhere the number of the last event that is included
  std::uint64_t ts_us = 0;
  std::string payload;  // JSON text, already made
  std::string kid;      // of the key that signs it; empty: not signed, and the field is left out
  std::string sig;      // over the envelope without it; empty: left out
};

// Canonical JSON: sorted keys, no white space. REQUIRES: payload is JSON in that form already. Without `sig` it is what
// is signed.
[[nodiscard]] std::string encode_envelope(const Envelope& envelope);

// Motos whose ticks can be told apart within one topic: twice what a track holds.
inline constexpr std::size_t kSlots = 8;

// What a keyframe or delta of ticks is to those who pass it on.
struct TickMark {
  std::uint8_t slot = 0;    // below kSlots: keyframes and deltas of one slot belong together
  bool begins_run = false;  // the first keyframe of a run: a viewer counts the ticks of the run from here
  std::uint64_t index = 0;  // of the tick in its run
  unsigned hz = 0;          // ticks a second; 0: not thinned by those who ask for a rate
};

// Immutable once made; freely shared between threads.
struct Frame {
  std::string wire;    // WebSocket header and payload, ready for the socket
  std::string binary;  // the same for those who asked for binary; empty: they are sent `wire` too
  Kind kind = Kind::kEvent;
  FrameClass frame_class = FrameClass::kControl;
  TopicKey topic;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint64_t ts_us = 0;
  FilterKeys keys;
  TickMark tick;  // of kKey and kDelta events
  std::uint8_t slots =
      0xff;  // of a snapshot: bit n set where the keyframe of slot n, if there is one, belongs to it

  [[nodiscard]] bool is_keyframe() const { return kind == Kind::kEvent && frame_class == FrameClass::kKey; }
  [[nodiscard]] const std::string& bytes(Encoding encoding) const {
    return encoding == Encoding::kBinary && !binary.empty() ? binary : wire;
  }
};
using FramePtr = std::shared_ptr<const Frame>;

// One text frame with the envelope in it.
[[nodiscard]] FramePtr make_frame(const Envelope& envelope, FrameClass frame_class, FilterKeys keys = {});
// A snapshot that belongs to the keyframes of some slots only.
[[nodiscard]] FramePtr make_snapshot(const Envelope& envelope, FilterKeys keys, std::uint8_t slots);

// A tick, encoded already: `json` is its envelope, `binary` the same in binary or empty. The rest as in an envelope.
struct EncodedTick {
  std::string_view json;
  std::string_view binary;
  bool keyframe = false;
  TickMark mark;
  TopicKey topic;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint64_t ts_us = 0;
};
[[nodiscard]] FramePtr make_tick_frame(const EncodedTick& tick, FilterKeys keys);
// Bytes that are no envelope: the handshake's answer, pings, close frames.
[[nodiscard]] FramePtr make_raw_frame(std::string wire);

}  // namespace holeshot::live
