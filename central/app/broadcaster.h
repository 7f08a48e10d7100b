// Broadcaster: from what the engines say to frames for viewers. Numbers the frames of each topic, ticks among them, signs
// ticks, results and alerts, and encodes each one once; the hub does the rest.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "central/actor/race_sink.h"
#include "central/auth/live_keys.h"
#include "central/live/hub.h"
#include "central/ticks/tick.h"
#include "common/base/metrics.h"

namespace holeshot::central_app {

// Where the numbering of a track's race channel is.
struct LivePoint {
  std::uint64_t seq = 0;                    // of the last frame
  std::optional<std::uint64_t> tick_index;  // of the last tick, of whatever moto
};

struct BroadcastOptions {
  std::uint64_t epoch = 0;         // rises with every start of central: frames are numbered from 1 within it
  unsigned tick_hz = 20;           // what viewers who ask for fewer are thinned against
  auth::LiveKeys* keys = nullptr;  // null: nothing is signed. Outlives the broadcaster
};

// Thread-safe: tracks report from several threads, one track from one at a time, and its ticks come from another. Number
// and publication of a frame are one step for each topic, so the order of numbers is the order of frames.
class Broadcaster final : public actor::RaceSink {
 public:
  // The hub outlives this.
  Broadcaster(live::Hub& hub, BroadcastOptions options, base::Metrics& metrics);

  void on_race(const std::shared_ptr<const actor::TrackState>& state, const race::RaceEvent* event) override;
  // The number of viewers of a track has changed. Any thread.
  void on_viewers(const std::string& track, std::uint64_t viewers, std::uint64_t ts_us);
  void on_decoder(const contract::TrackId& track, std::uint64_t ts_us, const std::string& event_payload,
                  const std::string& snapshot_payload) override;

  // Tracks with a moto that is racing or has raced and is still on them.
  [[nodiscard]] std::vector<std::string> tracks_with_races() const;
  // The tick of one moto with this number; nullopt: none now, and the number stays free. It knows the state that viewers
  // were told last, and is called in the track's turn among the publishers: it returns soon.
  using MakeTick = std::function<std::optional<ticks::Frame>(const actor::MotoOnTrack&, std::uint64_t seq)>;
  // Asks for a tick of every moto on the track that has left the gate, and publishes what is made.
  void tick(const std::string& track, const MakeTick& make);

  [[nodiscard]] std::optional<LivePoint> point(const std::string& track) const;

 private:
  // One topic.
  struct Line {
    std::mutex mutex;  // number and publication are one step
    std::uint64_t seq = 0;
    std::optional<std::uint64_t> tick_index;
    std::shared_ptr<const actor::TrackState> state;  // as told last; null for decoders
    std::atomic<bool> has_races{false};              // of the state; read without the mutex
    // By slot: the run whose keyframe viewers have.
    struct Run {
      std::string moto_id;
      std::uint64_t number = 0;
    };
    std::array<std::optional<Run>, race::kMaxMotos> keyed;
  };
  Line& line(const live::TopicKey& topic);
  [[nodiscard]] Line* find(const std::string& track) const;
  // REQUIRES, as all that follow: the line's mutex is held.
  [[nodiscard]] live::FramePtr event_frame(Line& line, const race::RaceEvent& event) const;
  [[nodiscard]] live::FramePtr snapshot_frame(const Line& line) const;
  [[nodiscard]] live::FramePtr tick_frame(const actor::TrackState& state, const actor::MotoOnTrack& moto,
                                          const ticks::Frame& tick) const;
  void publish_tick(Line& line, const actor::MotoOnTrack& moto, const ticks::Frame& tick);
  void publish(live::Publication publication);
  void sign(live::Envelope& envelope) const;

  live::Hub& hub_;
  const BroadcastOptions options_;
  base::Counter refused_;
  base::Counter ticks_;
  mutable std::mutex mutex_;  // guards the map; lines stay
  std::map<live::TopicKey, std::unique_ptr<Line>> lines_;
};

// What viewers of a track that has not said anything yet are shown.
[[nodiscard]] std::string empty_snapshot(const live::TopicKey& topic);

}  // namespace holeshot::central_app
