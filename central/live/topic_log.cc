#include "central/live/topic_log.h"

#include <algorithm>
#include <ranges>
#include <string>

namespace holeshot::live {

namespace {

using base::Code;
using base::fail;

std::unexpected<base::Error> refuse(const Publication& p, const std::string& cause) {
  return fail(Code::kInvalid,
              "publish to " + p.topic.track_id + "/" + std::string{to_string(p.topic.channel)} + ": " + cause,
              "one publisher per topic, in the order of its numbers; start a new epoch with a snapshot");
}

std::string number(std::uint64_t value) { return std::to_string(value); }

base::Status check_shape(const Publication& p) {
  if (!p.event && !p.snapshot_after) return refuse(p, "neither event nor snapshot");
  for (const FramePtr& frame : {p.event, p.snapshot_after}) {
    if (frame && frame->topic != p.topic)
      return refuse(p, "frame of another topic: " + frame->topic.track_id);
  }
  if (p.event && p.event->kind != Kind::kEvent) return refuse(p, "the event's kind is not event");
  if (p.snapshot_after && p.snapshot_after->kind != Kind::kSnapshot)
    return refuse(p, "the snapshot's kind is not snapshot");
  if (p.event && p.snapshot_after &&
      (p.event->seq != p.snapshot_after->seq || p.event->epoch != p.snapshot_after->epoch)) {
    return refuse(
        p, "snapshot " + number(p.snapshot_after->seq) + " does not belong to event " + number(p.event->seq));
  }
  return {};
}

}  // namespace

base::Status TopicLog::check(const Publication& p) const {
  HOLESHOT_TRY(check_shape(p));
  const Frame& frame = p.event ? *p.event : *p.snapshot_after;
  if (begun_ && frame.epoch < epoch_)
    return refuse(p, "epoch " + number(frame.epoch) + " is over, this is " + number(epoch_));
  if (!begun_ || frame.epoch > epoch_) {
    const bool first_ever = !begun_ && p.event && p.event->seq == 1;
    if (!p.snapshot_after && !first_ever) return refuse(p, "a new epoch begins with a snapshot");
    return {};
  }
  if (p.event && frame.seq != last_seq_ + 1) {
    return refuse(p, "event " + number(frame.seq) + " does not follow " + number(last_seq_));
  }
  if (!p.event && frame.seq < last_seq_) {
    return refuse(p, "snapshot " + number(frame.seq) + " is older than event " + number(last_seq_));
  }
  return {};
}

TopicLog::Effect TopicLog::apply(const Publication& p) {
  const std::uint64_t epoch = p.event ? p.event->epoch : p.snapshot_after->epoch;
  const bool first_ever = !begun_ && p.event && p.event->seq == 1;
  const bool jump = !begun_ || epoch != epoch_ || (!p.event && p.snapshot_after->seq != last_seq_);
  if (jump) start_epoch(p);
  if (p.event) append(p.event);
  if (p.snapshot_after) {
    snapshot_ = p.snapshot_after;
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (((snapshot_->slots >> slot) & 1U) == 0) keyframes_[slot].reset();
    }
  }
  return p.event && (!jump || first_ever) ? Effect::kEvent : Effect::kSnapshot;
}

void TopicLog::start_epoch(const Publication& p) {
  frames_.clear();
  snapshot_.reset();
  keyframes_ = {};
  begun_ = true;
  epoch_ = p.event ? p.event->epoch : p.snapshot_after->epoch;
  last_seq_ = p.event ? p.event->seq - 1 : p.snapshot_after->seq;
}

void TopicLog::append(const FramePtr& event) {
  if (event->is_keyframe()) {
    supersede(*event);
    keyframes_[event->tick.slot] = event;
  }
  frames_.push_back({event});
  last_seq_ = event->seq;
  if (frames_.size() > capacity_) frames_.pop_front();
}

void TopicLog::supersede(const Frame& keyframe) {
  for (Held& held : std::views::reverse(frames_)) {
    const Frame& before = *held.frame;
    const bool tick = before.is_keyframe() || before.frame_class == FrameClass::kDelta;
    if (!tick || before.tick.slot != keyframe.tick.slot) continue;
    if (!before.is_keyframe()) {
      held.superseded = true;
      continue;
    }
    // Of another run it was the last, and shows how that ended.
    if (!keyframe.tick.begins_run && !before.tick.begins_run) held.superseded = true;
    return;
  }
}

std::vector<FramePtr> TopicLog::keyframes() const {
  std::vector<FramePtr> held;
  for (const FramePtr& frame : keyframes_) {
    if (frame) held.push_back(frame);
  }
  std::ranges::sort(held, {}, [](const FramePtr& frame) { return frame->seq; });
  return held;
}

FramePtr TopicLog::at(std::uint64_t seq) const {
  if (seq < first_seq() || seq > last_seq_) return nullptr;
  return frames_[static_cast<std::size_t>(seq - first_seq())].frame;
}

std::optional<std::uint64_t> TopicLog::first_since(std::uint64_t ts_us) const {
  // Times do not always rise with numbers (a clock may be set), so the search is for the first that is late
  // enough.
  for (const auto& [frame, superseded] : frames_) {
    if (frame->ts_us < ts_us) continue;
    if (frame->seq == first_seq() && first_seq() > 1) return std::nullopt;
    return frame->seq;
  }
  if (frames_.empty() && last_seq_ > 0) return std::nullopt;
  return last_seq_ + 1;
}

}  // namespace holeshot::live
