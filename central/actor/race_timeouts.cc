#include "central/actor/race_timeouts.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "common/base/json_text.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {
constexpr std::string_view kClient = "race-timeouts";
// A race ends up to this much late: nobody sees it against 90 s.
constexpr std::chrono::milliseconds kCheckEvery{100};
// Whatever a moto was staged with: a day, so that sums of times cannot wrap.
constexpr std::uint64_t kLongestRaceUs = 86'400'000'000;
}  // namespace

RaceTimeouts::RaceTimeouts(log::EventLog& log, const base::Clock& clock, contract::UlidMaker& ulids)
    : log_(log),
      clock_(clock),
      ulids_(ulids),
      client_(base::value_or_die(contract::ClientId::parse(kClient, "client_id"))),
      boot_(base::value_or_die(contract::BootId::parse(ulids.next(), "boot_id"))) {}

void RaceTimeouts::start() {
  worker_ = base::Worker("race-timeouts", [this](const std::stop_token& stop) { watch(stop); });
}

void RaceTimeouts::race_running(const contract::TrackId& track, const std::string& moto_id,
                                const std::string& gate_event_id, std::uint64_t limit_us) {
  const std::scoped_lock lock(mutex_);
  limit_us = std::min(limit_us, kLongestRaceUs);
  running_[{track, gate_event_id}] = {moto_id, limit_us, clock_.mono_us() + limit_us};
}

void RaceTimeouts::race_over(const contract::TrackId& track, const std::string& gate_event_id) {
  const std::scoped_lock lock(mutex_);
  running_.erase({track, gate_event_id});
}

log::NewEvent RaceTimeouts::intent(const Key& key, const Running& race) {
  const auto& [track, gate_event_id] = key;
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("actor", kClient);
  w.field("event_id", std::string_view{ulids_.next()});
  w.field("gate_event_id", gate_event_id);
  w.field("moto_id", race.moto_id);
  w.field("reason", "not finished within " + std::to_string(race.limit_us / 1'000'000) + " s of the gate");
  w.field("track_id", track.str());
  w.field("ts_us", clock_.wall_us());
  w.field("type", "race_timeout");
  w.close_object();
  return {contract::control_subject(track), client_, boot_, ++seq_, std::move(body)};
}

void RaceTimeouts::check() {
  const std::scoped_lock one_at_a_time(checking_);
  std::vector<std::pair<Key, Running>> due;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, race] : running_) {
      if (clock_.mono_us() >= race.due_mono_us) due.emplace_back(key, race);
    }
  }
  for (const auto& [key, race] : due) {
    const std::array<log::NewEvent, 1> events{intent(key, race)};
    if (const auto appended = log_.append(events); !appended) {
      base::log_error(
          "actor", "cannot end a race that ran out of time",
          {{"track", key.first.str()}, {"moto", race.moto_id}, {"error", appended.error().text()}});
      continue;
    }
    const std::scoped_lock lock(mutex_);
    // Told again meanwhile, it has its whole time again.
    const auto found = running_.find(key);
    if (found != running_.end() && found->second.due_mono_us == race.due_mono_us) running_.erase(found);
  }
}

void RaceTimeouts::watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    check();
    std::unique_lock lock(mutex_);
    tick_.wait_for(lock, stop, kCheckEvery, [] { return false; });
  }
}

}  // namespace holeshot::actor
