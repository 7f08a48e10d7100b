// What the server says on its own account: errors, heartbeats, and the numbers of a connection. Made as
// envelopes like any other, but they take no number: `seq` is that of the last event before them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "central/live/frame.h"

namespace holeshot::live {

// How to come back: after `after_ms` and a random part of `jitter_ms`, so that not everybody comes at once.
struct Reconnect {
  std::uint64_t after_ms = 0;
  std::uint64_t jitter_ms = 0;
  std::string from = "now";
};

// Where in the stream a notice stands. An empty track is written as null.
struct Place {
  TopicKey topic;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
};

struct ErrorNote {
  std::string_view code;  // stable, snake_case
  std::string message;    // for people
  std::string channel;    // what the error is about; empty: the place's channel
  std::optional<Reconnect> reconnect;
};

struct HeartbeatNote {
  std::uint64_t viewers = 0;              // of the topic
  std::uint64_t dropped = 0;              // frames that this viewer has missed
  bool high_traffic = false;              // deltas are thinned for those who left the rate to us
  std::optional<std::uint64_t> prev_seq;  // number of the last frame sent to this viewer; absent: the place's
};

// The answer to a client's heartbeat.
struct ConnectionNote {
  std::string client_id;
  std::uint64_t connected_us = 0;
  std::uint64_t last_message_us = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  bool high_traffic = false;  // as in a heartbeat: who has just come is told with its first answer
  std::size_t queued = 0;
  std::size_t queue_size = 0;
};

[[nodiscard]] FramePtr error_frame(const Place& place, const ErrorNote& note, std::uint64_t now_us);
[[nodiscard]] FramePtr heartbeat_frame(const Place& place, const HeartbeatNote& note, std::uint64_t now_us);
[[nodiscard]] FramePtr connection_frame(const Place& place, const ConnectionNote& note, std::uint64_t now_us);

// "2026-10-24T09:15:00.123456Z"
[[nodiscard]] std::string iso_time(std::uint64_t us);

}  // namespace holeshot::live
