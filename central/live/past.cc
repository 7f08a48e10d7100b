#include "central/live/past.h"

#include <algorithm>

#include "central/live/filter.h"
#include "central/live/ws_codec.h"
#include "common/base/json_text.h"

namespace holeshot::live {

namespace {

// The first number to give where what follows `since_seq` is held, and is young enough.
std::optional<std::uint64_t> following(const TopicLog& log, const PastQuery& query) {
  if (!query.since_seq || (query.epoch && *query.epoch != log.epoch())) return std::nullopt;
  const std::uint64_t wanted = *query.since_seq + 1;
  if (*query.since_seq > log.last_seq() || wanted < log.first_seq()) return std::nullopt;
  const FramePtr first = log.at(wanted);
  const FramePtr last = log.at(log.last_seq());
  const bool too_old = first && query.window_us > 0 && first->ts_us + query.window_us < last->ts_us;
  return too_old ? std::nullopt : std::optional{wanted};
}

void write_frame(base::JsonWriter& w, const FramePtr& frame) {
  frame ? w.raw(server_text(frame->wire)) : w.null();
}

void write_frames(base::JsonWriter& w, const std::vector<FramePtr>& frames) {
  for (const FramePtr& frame : frames) write_frame(w, frame);
}

}  // namespace

Past past_of(const TopicLog& log, const PastQuery& query) {
  const std::vector<FramePtr> keyframes = log.keyframes();
  Past past{.epoch = log.epoch(),
            .next_seq = log.last_seq() + 1,
            .complete = false,
            .snapshot = nullptr,
            .keyframe = keyframes.empty() ? nullptr : keyframes.back(),
            .frames = {}};
  const Filter filter{query.events, {}, {}};
  std::uint64_t next = 0;
  if (const auto start = following(log, query)) {
    past.complete = true;
    next = *start;
  } else {
    past.snapshot = log.snapshot();
    const std::uint64_t after = past.snapshot ? past.snapshot->seq + 1 : 1;
    next = std::max(after, log.first_seq());
    // Nothing was held: the snapshot and what follows it is all there is.
    past.complete = !query.since_seq && next == after;
    // Deltas after the snapshot build on keyframes before it.
    for (const FramePtr& held : keyframes) {
      if (held->seq < next && filter.passes(held->keys)) past.frames.push_back(held);
    }
  }
  for (; next <= log.last_seq(); ++next) {
    if (past.frames.size() == query.max_frames) break;
    const FramePtr frame = log.at(next);
    if (filter.passes(frame->keys) && !log.superseded(next)) past.frames.push_back(frame);
  }
  past.next_seq = next;
  return past;
}

std::string catch_up_body(const Past& past) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field_bool("complete", past.complete);
  w.field("epoch", past.epoch);
  w.key("frames");
  w.open_array();
  write_frames(w, past.frames);
  w.close_array();
  w.key("keyframe");
  write_frame(w, past.keyframe);
  w.field("next_seq", past.next_seq);
  w.key("snapshot");
  write_frame(w, past.snapshot);
  w.close_object();
  return out;
}

std::string poll_body(const Past& past) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("epoch", past.epoch);
  w.key("frames");
  w.open_array();
  if (past.snapshot) write_frame(w, past.snapshot);
  write_frames(w, past.frames);
  w.close_array();
  w.field("next_seq", past.next_seq);
  w.field_bool("recovered", past.snapshot == nullptr);
  w.close_object();
  return out;
}

}  // namespace holeshot::live
