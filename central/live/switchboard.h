// Switchboard: who watches what, on one loop. It brings each viewer to now and keeps it there:
//   join    the snapshot, the keyframe of each racing moto (its number may be below the snapshot's) and the frames after
//           the snapshot; or from a number or a time on where the log still reaches that far;
//           where it does not, the snapshot and an error `gap`: never a silent one
//   go on   every frame once, in order; filtered; deltas left out for a viewer whose socket is backed up, or who is
//           thinned (thinning.h)
// A filtered viewer sees holes in `seq`, and so does one that lost deltas; a snapshot is never filtered. The heartbeat
// tells such a viewer `prev_seq`, the last number it was sent.
// Belongs to one loop and its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "central/live/hub.h"
#include "central/live/live_query.h"
#include "central/live/notices.h"
#include "central/live/past.h"
#include "central/live/registry.h"
#include "central/live/subscription.h"
#include "central/live/thinning.h"
#include "central/live/topic_log.h"
#include "common/base/clock.h"

namespace holeshot::live {

struct Topic {
  Topic(TopicKey k, TopicLog l) : key(std::move(k)), log(std::move(l)) {}
  TopicKey key;
  TopicLog log;
  std::uint64_t sample_seed = ::holeshot::live::sample_seed(key.track_id);
  FramePtr empty;  // the snapshot while nothing was published; made for the first who asks
  std::vector<Subscription*> subscriptions;
  std::uint64_t dropped = 0;  // deltas that somebody did not get
};

// One subscription of one viewer, to all of a track's channels that it asks for.
struct Scope {
  std::string track_id;
  std::vector<Channel> channels;
  std::shared_ptr<const Filter> filter;  // null: everything
  From from;
  std::optional<std::uint64_t> epoch;
};

class Switchboard {
 public:
  using EmptySnapshot = std::function<std::string(const TopicKey&)>;
  Switchboard(HubPort& port, EmptySnapshot empty_snapshot, base::Clock& clock);

  // Applies one publication and sends it to those who watch.
  void publish(const Publication& publication);
  // In place of what the viewer had of that track: other filters begin with the snapshot again, and channels
  // that are not named any more end.
  void subscribe(Viewer& viewer, const Scope& scope);
  void unsubscribe(Viewer& viewer, const std::string& track_id);
  void unsubscribe_all(Viewer& viewer);
  // From the next frame on, and for those who count what to encode.
  void speak(Viewer& viewer, Encoding encoding);
  // Queues more of the past for a viewer that is catching up, as far as it has room. True when something was
  // queued.
  bool refill(Viewer& viewer);
  // What somebody who only asks has missed; a topic that was never published to has the snapshot of an idle track.
  [[nodiscard]] Past past(const TopicKey& key, const PastQuery& query) const;
  // A heartbeat to every subscription.
  void heartbeat();

  // How many tracks the viewer watches.
  [[nodiscard]] static std::size_t tracks_of(const Viewer& viewer);
  [[nodiscard]] std::size_t topics() const { return topics_.size(); }
  // How each topic is doing on this loop.
  [[nodiscard]] std::map<TopicKey, TopicStats> stats() const;

 private:
  Topic& topic_of(const TopicKey& key);
  void join(Viewer& viewer, Topic& topic, const Scope& scope);
  void leave(Viewer& viewer, std::size_t index);
  void hand_over(Subscription& sub, const FramePtr& frame);
  bool takes(Subscription& sub, const Frame& delta) const;
  [[nodiscard]] bool thinned(const Subscription& sub, const Frame& delta) const;
  [[nodiscard]] FramePtr empty_frame(const TopicKey& key, std::uint64_t epoch) const;
  void send_snapshot(Subscription& sub);
  static void send_keyframes(Subscription& sub, std::uint64_t through);
  void send_gap(Subscription& sub, std::uint64_t wanted);
  void skip_hole(Subscription& sub);
  bool catch_up(Subscription& sub);
  void follow_sampling();
  void beat(Topic& topic);

  HubPort& port_;
  EmptySnapshot empty_snapshot_;
  base::Clock& clock_;
  unsigned sampling_percent_ = 100;   // the hub's, as of the last publication or heartbeat
  std::map<TopicKey, Topic> topics_;  // nodes stay where they are: subscriptions point at them
};

}  // namespace holeshot::live
