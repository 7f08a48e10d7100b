// The live stream without WebSocket (docs/contract.md, section 7): what GET /race/stream and GET /race/poll ask for, and the bytes
// of an event stream. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "central/live/frame.h"
#include "central/live/live_query.h"
#include "central/live/past.h"

namespace holeshot::live {

// GET /race/stream: as /ws/v1/live, of one track, in JSON.
struct StreamRequest {
  LiveQuery query;
};

// GET /race/poll: what comes after `since_seq` on one channel of one track.
struct PollRequest {
  TopicKey topic;
  PastQuery past;
  std::uint64_t wait_us = 0;  // how long the answer may be kept back while there is nothing to say
};

// Proxies give up on an answer after 30 s and more.
inline constexpr std::uint64_t kLongestPollUs = 25'000'000;

// `last_event_id`: the header that a browser sends when it comes back, empty where there is none. It counts more than the
// URL's `from`, which is what the page said when it was loaded; one that is not ours is ignored.
[[nodiscard]] std::expected<StreamRequest, QueryFault> parse_stream_request(std::string_view query,
                                                                            std::string_view last_event_id);
[[nodiscard]] std::expected<PollRequest, QueryFault> parse_poll_request(std::string_view query);

// Head and first words of a stream. `spread` is any number: a stream that breaks is tried again after one to five seconds,
// and not by everybody in the same moment.
[[nodiscard]] std::string stream_head(std::uint64_t spread);

// "id: <epoch>:<seq>", "data: <envelope>". Only the race channel's frames have ids, so that a browser that comes back to a stream
// of both channels names a number of that one. Null for what is no envelope (pings, close frames).
[[nodiscard]] FramePtr stream_frame(const Frame& frame);

// Makes each frame's event once for all streams of a loop, and only where there is one. Belongs to one loop.
class StreamFrames {
 public:
  [[nodiscard]] const FramePtr& of(const FramePtr& frame);

 private:
  // One is enough: a frame is handed to all who watch before the next one is.
  FramePtr from_;
  FramePtr made_;
};

}  // namespace holeshot::live
