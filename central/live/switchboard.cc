#include "central/live/switchboard.h"

#include <algorithm>
#include <set>
#include <utility>

#include "central/live/viewer.h"

namespace holeshot::live {

namespace {

// The number to begin with where the log reaches that far back; nullopt: begin with the snapshot.
std::optional<std::uint64_t> resume_point(const TopicLog& log, const Scope& scope) {
  if (scope.from.kind == From::Kind::kNow || !log.begun()) return std::nullopt;
  if (scope.from.kind == From::Kind::kTime) return log.first_since(scope.from.value);
  if (scope.epoch && *scope.epoch != log.epoch()) return std::nullopt;
  const std::uint64_t wanted = std::max<std::uint64_t>(scope.from.value, 1);
  if (wanted < log.first_seq() || wanted > log.last_seq() + 1) return std::nullopt;
  return wanted;
}

Place place_of(const Topic& topic, std::uint64_t seq) { return {topic.key, topic.log.epoch(), seq}; }

// Of the past, ticks are worth only what still counts: the latest keyframe and the deltas from it.
bool superseded(const TopicLog& log, const Frame& frame) {
  if (frame.frame_class == FrameClass::kKey) return frame.seq < log.last_key_seq();
  return frame.frame_class == FrameClass::kDelta &&
         (log.last_key_seq() == 0 || frame.seq < log.last_key_seq());
}

}  // namespace

Switchboard::Switchboard(HubPort& port, EmptySnapshot empty_snapshot, base::Clock& clock)
    : port_(port), empty_snapshot_(std::move(empty_snapshot)), clock_(clock) {
  for (auto& [key, log] : port.topics()) topics_.try_emplace(key, key, std::move(log));
  port.topics().clear();
}

Topic& Switchboard::topic_of(const TopicKey& key) {
  const auto found = topics_.find(key);
  if (found != topics_.end()) return found->second;
  return topics_.try_emplace(key, key, TopicLog(port_.hub().history_frames())).first->second;
}

void Switchboard::publish(const Publication& publication) {
  Topic& topic = topic_of(publication.topic);
  const auto effect = topic.log.apply(publication);
  topic.empty.reset();
  for (Subscription* sub : topic.subscriptions) {
    if (effect == TopicLog::Effect::kSnapshot) {
      sub->next = 0;
      sub->deltas = Subscription::Deltas::kAfterKey;
      sub->viewer->send(publication.snapshot_after);
    } else if (sub->next != 0) {
      sub->viewer->list();
    } else {
      hand_over(*sub, publication.event);
    }
  }
}

void Switchboard::hand_over(Subscription& sub, const FramePtr& frame) {
  using Deltas = Subscription::Deltas;
  if (sub.filter && !sub.filter->passes(frame->keys)) return;
  if (frame->frame_class == FrameClass::kDelta) {
    if (sub.viewer->backed_up()) sub.deltas = Deltas::kOwed;
    if (sub.deltas == Deltas::kOwed) {
      sub.viewer->count_dropped(1);
      ++sub.topic->dropped;
    }
    if (sub.deltas != Deltas::kYes) return;
  }
  if (frame->frame_class == FrameClass::kKey) sub.deltas = Deltas::kYes;
  sub.viewer->send(frame);
}

void Switchboard::subscribe(Viewer& viewer, const Scope& scope) {
  for (std::size_t i = viewer.subscriptions.size(); i-- > 0;) {
    const TopicKey& key = viewer.subscriptions[i]->topic->key;
    const bool named = std::ranges::find(scope.channels, key.channel) != scope.channels.end();
    if (key.track_id == scope.track_id && !named) leave(viewer, i);
  }
  for (const Channel channel : scope.channels) join(viewer, topic_of({scope.track_id, channel}), scope);
}

void Switchboard::join(Viewer& viewer, Topic& topic, const Scope& scope) {
  const auto found =
      std::ranges::find(viewer.subscriptions, &topic, [](const auto& sub) { return sub->topic; });
  Subscription* sub = nullptr;
  if (found != viewer.subscriptions.end()) {
    sub = found->get();
  } else {
    viewer.subscriptions.push_back(std::make_unique<Subscription>());
    sub = viewer.subscriptions.back().get();
    sub->viewer = &viewer;
    sub->topic = &topic;
    sub->index = topic.subscriptions.size();
    topic.subscriptions.push_back(sub);
    port_.hub().viewer_joined(topic.key);
  }
  sub->filter = scope.filter;
  sub->deltas = Subscription::Deltas::kAfterKey;
  if (const auto start = resume_point(topic.log, scope)) {
    sub->next = *start;
  } else {
    send_snapshot(*sub);
    if (scope.from.kind != From::Kind::kNow && topic.log.begun()) send_gap(*sub, scope.from.value);
  }
  if (sub->next > topic.log.last_seq()) sub->next = 0;
  viewer.list();
}

void Switchboard::leave(Viewer& viewer, std::size_t index) {
  const Subscription& sub = *viewer.subscriptions[index];
  Topic& topic = *sub.topic;
  topic.subscriptions.back()->index = sub.index;
  topic.subscriptions[sub.index] = topic.subscriptions.back();
  topic.subscriptions.pop_back();
  port_.hub().viewer_left(topic.key);
  viewer.subscriptions.erase(viewer.subscriptions.begin() + static_cast<std::ptrdiff_t>(index));
  // Viewers may ask for any name: one that nobody publishes to is forgotten with its last viewer.
  if (topic.subscriptions.empty() && !topic.log.begun()) topics_.erase(TopicKey{topic.key});
}

void Switchboard::unsubscribe(Viewer& viewer, const std::string& track_id) {
  for (std::size_t i = viewer.subscriptions.size(); i-- > 0;) {
    if (viewer.subscriptions[i]->topic->key.track_id == track_id) leave(viewer, i);
  }
}

void Switchboard::unsubscribe_all(Viewer& viewer) {
  while (!viewer.subscriptions.empty()) leave(viewer, viewer.subscriptions.size() - 1);
}

FramePtr Switchboard::empty_frame(const TopicKey& key, std::uint64_t epoch) const {
  return make_frame({Kind::kSnapshot,
                     key.channel,
                     key.track_id,
                     {},
                     epoch,
                     0,
                     clock_.wall_us(),
                     empty_snapshot_ ? empty_snapshot_(key) : std::string{"{}"}},
                    FrameClass::kKey);
}

Past Switchboard::past(const TopicKey& key, const PastQuery& query) const {
  const auto found = topics_.find(key);
  Past past = past_of(found == topics_.end() ? TopicLog(1) : found->second.log, query);
  const bool begins = !past.complete || !query.since_seq;
  if (begins && past.empty()) past.snapshot = empty_frame(key, past.epoch);
  return past;
}

void Switchboard::send_snapshot(Subscription& sub) {
  Topic& topic = *sub.topic;
  FramePtr snapshot = topic.log.snapshot();
  if (!snapshot) {
    if (!topic.empty) topic.empty = empty_frame(topic.key, topic.log.epoch());
    snapshot = topic.empty;
  }
  sub.next = snapshot->seq + 1;
  sub.viewer->send(std::move(snapshot));
}

void Switchboard::send_gap(Subscription& sub, std::uint64_t wanted) {
  const ErrorNote note{.code = "gap",
                       .message = "what you asked for, from " + std::to_string(wanted) +
                                  " on, is not held any more (or of another epoch); the snapshot replaces it",
                       .channel = {},
                       .reconnect = {}};
  sub.viewer->send(error_frame(place_of(*sub.topic, sub.next - 1), note, clock_.wall_us()));
}

void Switchboard::skip_hole(Subscription& sub) {
  const std::uint64_t wanted = sub.next;
  send_snapshot(sub);
  sub.next = std::max(sub.next, sub.topic->log.first_seq());
  send_gap(sub, wanted);
}

bool Switchboard::catch_up(Subscription& sub) {
  const TopicLog& log = sub.topic->log;
  bool queued = false;
  while (sub.next <= log.last_seq() && sub.viewer->has_room() &&
         sub.viewer->state() == Viewer::State::kOpen) {
    queued = true;
    const FramePtr frame = log.at(sub.next);
    if (!frame) {
      skip_hole(sub);
      continue;
    }
    ++sub.next;
    if (!superseded(log, *frame)) hand_over(sub, frame);
  }
  if (sub.next > log.last_seq()) sub.next = 0;
  return queued;
}

bool Switchboard::refill(Viewer& viewer) {
  bool queued = false;
  for (const auto& sub : viewer.subscriptions) {
    if (sub->next != 0) queued = catch_up(*sub) || queued;
  }
  return queued;
}

void Switchboard::heartbeat() {
  for (auto& [key, topic] : topics_) {
    if (!topic.subscriptions.empty()) beat(topic);
  }
}

void Switchboard::beat(Topic& topic) {
  const std::uint64_t now = clock_.wall_us();
  const std::uint64_t viewers = port_.hub().viewers(topic.key);
  const FramePtr shared = heartbeat_frame(place_of(topic, topic.log.last_seq()), {viewers, 0}, now);
  for (const Subscription* sub : topic.subscriptions) {
    // Who is catching up, or has lost something, is told its own numbers; nearly everybody shares one frame.
    const bool behind = sub->next != 0;
    if (!behind && sub->viewer->dropped() == 0) {
      sub->viewer->send(shared);
    } else {
      const Place place = place_of(topic, behind ? sub->next - 1 : topic.log.last_seq());
      sub->viewer->send(heartbeat_frame(place, {viewers, sub->viewer->dropped()}, now));
    }
  }
}

std::map<TopicKey, TopicStats> Switchboard::stats() const {
  std::map<TopicKey, TopicStats> stats;
  for (const auto& [key, topic] : topics_) {
    TopicStats& one = stats[key];
    one.viewers = topic.subscriptions.size();
    one.dropped = topic.dropped;
    for (const Subscription* sub : topic.subscriptions) one.buffered_bytes += sub->viewer->buffered_bytes();
  }
  return stats;
}

std::size_t Switchboard::tracks_of(const Viewer& viewer) {
  std::set<std::string_view> tracks;
  for (const auto& sub : viewer.subscriptions) tracks.insert(sub->topic->key.track_id);
  return tracks.size();
}

}  // namespace holeshot::live
