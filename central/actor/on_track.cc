#include "central/actor/on_track.h"

#include <algorithm>
#include <bitset>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/race/rules.h"
#include "common/base/check.h"

namespace holeshot::actor {

namespace {

// No race takes longer: what seems to have waited in a gateway for more than this was stamped by a clock that is wrong.
constexpr std::int64_t kLongestDelayUs = 120'000'000;

// Read once a gate, so a whole parse does no harm. Absent in intents and where the gateway does not know.
std::optional<std::int64_t> central_offset(const std::string& body) {
  const auto envelope = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!envelope.is_object()) return std::nullopt;
  const auto capture = envelope.find("capture");
  if (capture == envelope.end() || !capture->is_object()) return std::nullopt;
  const auto offset = capture->find("central_offset_us");
  if (offset == capture->end() || !offset->is_number_integer()) return std::nullopt;
  return offset->get<std::int64_t>();
}

}  // namespace

std::int64_t gate_moment(const race::Gate& gate, const log::Event& event) {
  const auto captured = static_cast<std::int64_t>(gate.captured_at_us);
  const auto appended = static_cast<std::int64_t>(event.appended_at_us);
  std::int64_t moment = captured;
  if (const auto offset = central_offset(event.body)) {
    if (__builtin_add_overflow(captured, *offset, &moment)) return appended;
  }
  return moment > appended || appended - moment > kLongestDelayUs ? appended : moment;
}

OnTrack::Place* OnTrack::place_of(const std::string& moto_id) {
  const auto found = std::ranges::find(places_, moto_id, &Place::moto_id);
  return found == places_.end() ? nullptr : &*found;
}

// Whoever left the track gives its slot back before the next is given one.
void OnTrack::seat(const race::EngineState& state) {
  std::erase_if(places_, [&](const Place& place) {
    return std::ranges::find(state.motos, place.moto_id, &race::Race::moto_id) == state.motos.end();
  });
  std::bitset<race::kMaxMotos> taken;
  for (const Place& place : places_) taken.set(place.slot);
  for (const race::Race& race : state.motos) {
    if (place_of(race.moto_id()) != nullptr) continue;
    std::uint8_t slot = 0;
    while (slot < taken.size() && taken.test(slot)) ++slot;
    HOLESHOT_CHECK(slot < taken.size(), "the engine lets no more motos on the track");
    taken.set(slot);
    places_.push_back({.moto_id = race.moto_id(), .slot = slot, .gate = {}});
  }
}

void OnTrack::note_gates(const race::EngineState& state, const log::Event& event) {
  seat(state);
  for (const race::Race& race : state.motos) {
    Place& place = *place_of(race.moto_id());
    if (race.gate() == place.gate) continue;
    place.gate = race.gate();
    if (place.gate) place.gate_us = gate_moment(*place.gate, event);
  }
}

std::vector<MotoOnTrack> OnTrack::motos(const race::EngineState& state) {
  seat(state);
  std::vector<MotoOnTrack> motos;
  motos.reserve(state.motos.size());
  for (const race::Race& race : state.motos) {
    Place& place = *place_of(race.moto_id());
    if (race.gate() != place.gate) {
      place.gate = race.gate();
      if (place.gate) place.gate_us = static_cast<std::int64_t>(place.gate->captured_at_us);
    }
    MotoOnTrack& moto = motos.emplace_back();
    moto.moto_id = race.moto_id();
    moto.event_ref = race.request.event_ref;
    moto.class_id = race.request.class_id;
    moto.slot = place.slot;
    moto.phase = race.phase();
    moto.stopped = race.decided.red_flag;
    moto.gate_us = place.gate_us;
    if (auto ticks = ticks::tick_race_of(race, place.slot))
      moto.race = std::make_shared<const ticks::TickRace>(*std::move(ticks));
  }
  return motos;
}

}  // namespace holeshot::actor
