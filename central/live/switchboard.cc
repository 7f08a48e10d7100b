#include "central/live/switchboard.h"

#include <algorithm>
#include <array>
#include <map>
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
  follow_sampling();
  Topic& topic = topic_of(publication.topic);
  const auto effect = topic.log.apply(publication);
  topic.empty.reset();
  for (Subscription* sub : topic.subscriptions) {
    if (effect == TopicLog::Effect::kSnapshot) {
      send_snapshot(*sub);
      sub->next = 0;
    } else if (sub->next != 0) {
      sub->viewer->list();
    } else {
      hand_over(*sub, publication.event);
    }
  }
}

void Switchboard::hand_over(Subscription& sub, const FramePtr& frame) {
  if (sub.filter && !sub.filter->passes(frame->keys)) return;
  if (frame->frame_class == FrameClass::kDelta && !takes(sub, *frame)) return;
  if (frame->is_keyframe()) sub.deltas[frame->tick.slot] = Subscription::Deltas::kYes;
  sub.last_sent = frame->seq;
  sub.viewer->send(frame);
}

bool Switchboard::takes(Subscription& sub, const Frame& delta) const {
  using Deltas = Subscription::Deltas;
  Deltas& deltas = sub.deltas[delta.tick.slot];
  if (deltas == Deltas::kYes && thinned(sub, delta)) return false;
  if (sub.viewer->backed_up()) deltas = Deltas::kOwed;
  if (deltas == Deltas::kOwed) {
    sub.viewer->count_dropped(1);
    ++sub.topic->dropped;
  }
  if (deltas == Deltas::kFirst) deltas = Deltas::kYes;
  return deltas == Deltas::kYes;
}

bool Switchboard::thinned(const Subscription& sub, const Frame& delta) const {
  const Viewer& viewer = *sub.viewer;
  if (viewer.rate.kind == Rate::Kind::kFull) return false;
  if (viewer.rate.kind == Rate::Kind::kHz)
    return !due_at_rate(delta.tick.index, viewer.rate.hz, delta.tick.hz);
  return sampling_percent_ < 100 && !viewer.official &&
         !sampled_in(viewer.sample_seed ^ sub.topic->sample_seed, delta.ts_us, sampling_percent_);
}

void Switchboard::speak(Viewer& viewer, Encoding encoding) {
  if (viewer.encoding() == encoding) return;
  for (const auto& sub : viewer.subscriptions) {
    port_.hub().viewer_left(sub->topic->key, viewer.encoding());
    port_.hub().viewer_joined(sub->topic->key, encoding);
  }
  viewer.speak(encoding);
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
    port_.hub().viewer_joined(topic.key, viewer.encoding());
  }
  sub->filter = scope.filter;
  sub->deltas = {};
  if (const auto start = resume_point(topic.log, scope)) {
    sub->next = *start;
    sub->last_sent = *start - 1;
    send_keyframes(*sub, *start - 1);
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
  port_.hub().viewer_left(topic.key, viewer.encoding());
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
  const std::uint64_t seq = snapshot->seq;
  sub.next = seq + 1;
  sub.last_sent = seq;
  sub.deltas = {};
  sub.viewer->send(std::move(snapshot));
  send_keyframes(sub, seq);
}

// What deltas from here on build on, ascending. Later keyframes come in their turn.
void Switchboard::send_keyframes(Subscription& sub, std::uint64_t through) {
  for (FramePtr& keyframe : sub.topic->log.keyframes()) {
    if (keyframe->seq > through || (sub.filter && !sub.filter->passes(keyframe->keys))) continue;
    sub.deltas[keyframe->tick.slot] = Subscription::Deltas::kFirst;
    sub.viewer->send(std::move(keyframe));
  }
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
    // The delta that ticks are counted from is not left out: a newer keyframe may come before anything was written.
    const bool first = frame->frame_class == FrameClass::kDelta &&
                       sub.deltas[frame->tick.slot] == Subscription::Deltas::kFirst;
    if (!log.superseded(sub.next++) || first) hand_over(sub, frame);
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

// Everybody is told at once where thinning begins or ends: then a hole in the numbers means something else.
void Switchboard::follow_sampling() {
  const bool before = sampling_percent_ < 100;
  sampling_percent_ = port_.hub().sampling_percent();
  if (before != (sampling_percent_ < 100)) heartbeat();
}

void Switchboard::heartbeat() {
  sampling_percent_ = port_.hub().sampling_percent();
  for (auto& [key, topic] : topics_) {
    if (!topic.subscriptions.empty()) beat(topic);
  }
}

void Switchboard::beat(Topic& topic) {
  const std::uint64_t now = clock_.wall_us();
  const std::uint64_t last = topic.log.last_seq();
  HeartbeatNote note{.viewers = port_.hub().viewers(topic.key), .high_traffic = sampling_percent_ < 100};
  const FramePtr shared = heartbeat_frame(place_of(topic, last), note, now);
  // Who is catching up, or is sent less than everything, is told its own numbers. Nearly everybody shares one frame, and of
  // those who are thinned many share another.
  std::map<std::array<std::uint64_t, 3>, FramePtr> others;
  for (const Subscription* sub : topic.subscriptions) {
    const bool behind = sub->next != 0;
    if (!behind && sub->viewer->dropped() == 0 && !sub->filter && sub->last_sent == last) {
      sub->viewer->send(shared);
      continue;
    }
    const std::uint64_t at = behind ? sub->next - 1 : last;
    FramePtr& frame = others[{at, sub->viewer->dropped(), sub->last_sent}];
    if (!frame) {
      note.dropped = sub->viewer->dropped();
      note.prev_seq = sub->last_sent;
      frame = heartbeat_frame(place_of(topic, at), note, now);
    }
    sub->viewer->send(frame);
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
