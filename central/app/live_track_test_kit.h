// What the tests of ticks and snapshots share: a track with a real engine that tells a broadcaster what it says, as a
// track's actor does, on a clock that is turned by hand. Tests only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "central/actor/on_track.h"
#include "central/app/broadcaster.h"
#include "central/live/hub.h"
#include "central/race/race_day_test_kit.h"
#include "common/base/clock.h"

namespace holeshot::central_app::kit {

using Json = nlohmann::json;

// Of the gateway that RaceDay plays: the clock stands there when a test begins.
inline constexpr std::uint64_t kStartUs = race::kit::kBaseUs + 1'000'000'000;

inline log::Event log_event(std::uint64_t appended_at_us, std::string body) {
  return {.offset = log::Offset{1},
          .subject = "raw",
          .client = base::value_or_die(contract::ClientId::parse("gw", "client_id")),
          .boot = base::value_or_die(contract::BootId::parse("boot", "boot_id")),
          .seq = 1,
          .appended_at_us = appended_at_us,
          .body = std::move(body)};
}

class LiveTrack {
 public:
  LiveTrack(Broadcaster& broadcaster, base::Clock& clock) : broadcaster_(broadcaster), clock_(clock) {}

  race::kit::RaceDay day;

  // What the last input of `day` gave, told as it came in just now.
  void tell() {
    const bool gate = std::ranges::any_of(
        day.last, [](const auto& event) { return event.event_type == race::event_type::kGateDrop; });
    if (gate) {
      const auto captured = static_cast<std::int64_t>(day.inputs.back().ts_us);
      const std::int64_t offset = static_cast<std::int64_t>(clock_.wall_us()) - captured;
      on_track_.note_gates(
          day.engine.state(),
          log_event(clock_.wall_us(), R"({"capture":{"central_offset_us":)" + std::to_string(offset) + "}}"));
    }
    const auto state = this->state();
    for (const race::RaceEvent& event : day.last) broadcaster_.on_race(state, &event);
  }
  // As a restart that found this says it.
  void found() { broadcaster_.on_race(state(), nullptr); }

  [[nodiscard]] std::shared_ptr<const actor::TrackState> state() {
    auto made = std::make_shared<actor::TrackState>();
    const race::EngineState& now = day.engine.state();
    made->track = now.track;
    made->phase = race::to_string(now.phase());
    made->moto_id = now.moto().request().moto_id;
    made->event_ref = now.moto().request().event_ref;
    made->ts_us = clock_.wall_us();
    made->motos = on_track_.motos(now);
    made->snapshot = day.engine.state_payload(&made->seams);
    return made;
  }

 private:
  Broadcaster& broadcaster_;
  base::Clock& clock_;
  actor::OnTrack on_track_;
};

inline const live::TopicKey kTopic{"t1", live::Channel::kRace};

// A byte of the WebSocket header may be a brace as well.
inline std::string text_of(const live::Frame& frame) { return frame.wire.substr(frame.wire.find("{\"")); }
inline Json envelope_of(const live::FramePtr& frame) { return Json::parse(text_of(*frame)); }
inline bool is_tick(const Json& envelope) {
  return envelope["payload"].value("event_type", "") == "race_tick";
}

// Envelopes of what was published since the last call.
inline std::vector<Json> events_of(live::HubPort& port) {
  std::vector<Json> events;
  for (const auto& publication : port.take()) {
    if (publication->event) events.push_back(envelope_of(publication->event));
  }
  return events;
}
inline std::vector<Json> ticks_of(live::HubPort& port) {
  std::vector<Json> ticks = events_of(port);
  std::erase_if(ticks, [](const Json& envelope) { return !is_tick(envelope); });
  return ticks;
}

}  // namespace holeshot::central_app::kit
