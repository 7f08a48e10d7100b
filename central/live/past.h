// What somebody who asks over HTTP has missed of a topic: the answer to a catch-up and to a poll. Out of the frames that are
// held anyway; nothing is read from a disk and nothing encoded again. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/frame.h"
#include "central/live/topic_log.h"

namespace holeshot::live {

struct PastQuery {
  std::optional<std::uint64_t> epoch;      // of `since_seq`; absent: the current one is meant
  std::optional<std::uint64_t> since_seq;  // the last number that is held; absent: none is
  // One answer's worth. A second of ticks of two motos is 40; what is left out is told by `next_seq`.
  std::size_t max_frames = 256;
  // Frames older than the newest one by more than this are not given again. 0: as far as the log reaches.
  std::uint64_t window_us = 0;
  // Frames of these events alone, and those that name none; empty: all.
  std::vector<std::string> events = {};
};

struct Past {
  std::uint64_t epoch = 0;
  std::uint64_t next_seq = 1;  // `since_seq` + 1 of the next question
  // The frames follow on `since_seq` without a hole, but for ticks that a later keyframe replaces.
  bool complete = false;
  // Where they do not: what to begin anew with. The frames are then the keyframes that still count, which may be older, and
  // those after it. Null where nothing was published.
  FramePtr snapshot;
  FramePtr keyframe;  // the latest one of ticks that is held; it may stand among the frames, too
  std::vector<FramePtr> frames;

  [[nodiscard]] bool empty() const { return snapshot == nullptr && frames.empty(); }
};

[[nodiscard]] Past past_of(const TopicLog& log, const PastQuery& query);

// {"complete","epoch","frames","keyframe","next_seq","snapshot"}: frames, keyframe and snapshot are envelopes, or null.
[[nodiscard]] std::string catch_up_body(const Past& past);

// {"epoch","frames","next_seq","recovered"}: where there is a snapshot it is the first of the frames, and `recovered` false.
[[nodiscard]] std::string poll_body(const Past& past);

}  // namespace holeshot::live
