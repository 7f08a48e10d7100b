// RaceTimeouts: ends races that nobody ends. The engine knows no clock, so a time-out is an intent in the log like
// any other, and a replay sees it at the same place.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "central/actor/race_sink.h"
#include "central/log/event_log.h"
#include "common/base/clock.h"
#include "common/base/worker.h"
#include "common/contract/ulid.h"

namespace holeshot::actor {

// Thread-safe.
class RaceTimeouts final : public RaceWatch {
 public:
  // All outlive this. Each start writes under a boot of its own.
  RaceTimeouts(log::EventLog& log, const base::Clock& clock, contract::UlidMaker& ulids);

  void race_running(const contract::TrackId& track, const std::string& moto_id,
                    const std::string& gate_event_id, std::uint64_t limit_us) override;
  void race_over(const contract::TrackId& track, const std::string& gate_event_id) override;

  // Appends a race_timeout intent for every race whose time is up. What could not be appended stays due.
  void check();
  // Checks by itself from now on, until destruction.
  void start();
  // Started, and its thread lives. Any thread.
  [[nodiscard]] bool running() const { return worker_.running(); }

 private:
  struct Running {
    std::string moto_id;
    std::uint64_t limit_us;
    std::uint64_t due_mono_us;
  };
  using Key = std::pair<contract::TrackId, std::string>;  // track, gate_event_id
  [[nodiscard]] log::NewEvent intent(const Key& key, const Running& race);
  void watch(const std::stop_token& stop);

  log::EventLog& log_;
  const base::Clock& clock_;
  contract::UlidMaker& ulids_;
  const contract::ClientId client_;
  const contract::BootId boot_;
  std::mutex checking_;  // one check at a time, so a race is ended once
  std::mutex mutex_;     // guards what follows
  std::condition_variable_any tick_;
  std::map<Key, Running> running_;
  std::uint64_t seq_ = 0;
  base::Worker worker_;  // last: stops before the rest goes
};

}  // namespace holeshot::actor
