// Broadcaster: from what the engines say to frames for viewers. Numbers the frames of each topic, signs results and alerts,
// and encodes each one once; the hub does the rest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "central/actor/race_sink.h"
#include "central/auth/live_keys.h"
#include "central/live/hub.h"
#include "common/base/metrics.h"

namespace holeshot::central_app {

// Thread-safe: tracks report from several threads, one track from one at a time.
class Broadcaster final : public actor::RaceSink {
 public:
  // `epoch` rises with every start of central: frames are numbered from 1 within it. Without keys nothing is signed. Hub and
  // keys outlive this.
  Broadcaster(live::Hub& hub, std::uint64_t epoch, base::Metrics& metrics, auth::LiveKeys* keys = nullptr);

  void on_race(const std::shared_ptr<const actor::TrackState>& state, const race::RaceEvent* event) override;
  // The number of viewers of a track has changed. Any thread.
  void on_viewers(const std::string& track, std::uint64_t viewers, std::uint64_t ts_us);
  void on_decoder(const contract::TrackId& track, std::uint64_t ts_us, const std::string& event_payload,
                  const std::string& snapshot_payload) override;

 private:
  // The number of the topic's last event frame.
  std::uint64_t& last_seq(const live::TopicKey& topic);
  void publish(live::Publication publication);
  void sign(live::Envelope& envelope) const;

  live::Hub& hub_;
  auth::LiveKeys* const keys_;
  const std::uint64_t epoch_;
  base::Counter refused_;
  std::mutex turn_;   // number and publication of a frame are one step
  std::mutex mutex_;  // guards the map
  std::map<live::TopicKey, std::uint64_t> seqs_;
};

// What viewers of a track that has not said anything yet are shown.
[[nodiscard]] std::string empty_snapshot(const live::TopicKey& topic);

}  // namespace holeshot::central_app
