#include "central/race/engine.h"

#include <array>
#include <utility>

#include "central/race/payloads.h"
#include "central/race/turn.h"

namespace holeshot::race {

namespace {
constexpr std::array<std::string_view, 4> kPhases{"idle", "staged", "racing", "finished"};
constexpr std::array<std::string_view, 3> kCauses{"all_finished", "force_finish", "race_timeout"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}
}  // namespace

std::string_view to_string(Phase phase) { return kPhases[static_cast<std::size_t>(phase)]; }
std::optional<Phase> phase_from(std::string_view name) { return named<Phase>(kPhases, name); }
std::string_view to_string(FinishCause cause) { return kCauses[static_cast<std::size_t>(cause)]; }
std::optional<FinishCause> finish_cause_from(std::string_view name) {
  return named<FinishCause>(kCauses, name);
}

RaceEngine::RaceEngine(contract::TrackId track, Rules rules) : rules_(rules) {
  state_.track = std::move(track);
}

bool RaceEngine::apply(std::uint64_t position, const Input& input, std::vector<RaceEvent>& out) {
  if (position <= state_.last_applied) return false;
  state_.last_applied = position;
  Turn turn(state_, rules_, input, out);
  if (const auto* passing = std::get_if<Passing>(&input.what)) {
    turn.take(*passing);
  } else if (const auto* intent = std::get_if<Intent>(&input.what)) {
    turn.take(*intent);
  }
  return true;
}

std::string RaceEngine::state_payload() const { return state_snapshot_payload(state_); }

}  // namespace holeshot::race
