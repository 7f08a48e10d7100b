// The registry: who is connected, as an operator sees it. A copy, made by each loop of its own viewers when it is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/caller.h"
#include "central/live/frame.h"

namespace holeshot::live {

// One subscription of a viewer.
struct WatchedTopic {
  TopicKey topic;
  std::vector<std::string> events;  // its filters; empty: everything
  std::vector<std::string> classes;
  std::vector<std::string> riders;
};

struct ViewerReport {
  std::string client_id;  // what the server calls it: "<loop>-<number>"
  std::string name;       // what it calls itself; may be empty
  std::string address;
  std::string role;
  Transport transport = Transport::kWebSocket;
  Encoding encoding = Encoding::kJson;
  bool official = false;
  bool backed_up = false;  // its socket takes nothing at the moment
  std::uint64_t connected_us = 0;
  std::uint64_t last_message_us = 0;  // 0: it has not said anything
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t dropped = 0;         // deltas that it did not get
  std::uint64_t buffered_bytes = 0;  // that wait for its socket
  std::size_t waiting = 0;           // frames in its queue, of `queue_frames`
  std::size_t queue_frames = 0;
  std::vector<WatchedTopic> watches;
};

// One topic on one loop, or on all.
struct TopicStats {
  std::uint64_t viewers = 0;
  std::uint64_t dropped = 0;         // deltas that somebody did not get, since the start
  std::uint64_t buffered_bytes = 0;  // that wait for its viewers' sockets, all together
};

[[nodiscard]] std::string_view to_string(Transport transport);  // "websocket", "sse", "poll"
[[nodiscard]] std::string_view to_string(Encoding encoding);    // "json", "binary"

class Viewer;
// REQUIRES: the viewer has a caller. On its loop's thread.
[[nodiscard]] ViewerReport report_of(const Viewer& viewer, std::string client_id);

}  // namespace holeshot::live
