#include "central/race/practice.h"

#include <utility>

namespace holeshot::race {

namespace {

std::string name_of(const Passing& passing) {
  return passing.transponder_id ? std::to_string(*passing.transponder_id) : passing.transponder_string;
}

// Since this gate; nullopt where it is not before the passing, or the two clocks do not compare.
std::optional<std::uint64_t> since(const Gate& gate, const Passing& passing, const ClockBook& book,
                                   const Rules& rules) {
  Race race;
  race.pulse = gate;
  race.rules = rules;
  const auto time = race.time_of(passing, book);
  if (!time || time->clock == ClockState::kUnsynchronised || time->elapsed_us > rules.max_elapsed_us)
    return std::nullopt;
  return time->elapsed_us;
}

}  // namespace

void Practice::start(StageRequest track, const Rules& rules) {
  on = true;
  moto = Moto{std::move(track), rules};
}

void Practice::stop() {
  on = false;
  gates.clear();
}

void Practice::drop_gate(const Gate& gate) {
  if (gates.size() >= kMaxPracticeGates) gates.erase(gates.begin());
  gates.push_back(gate);
}

std::optional<Practice::Lap> Practice::pass(const Passing& passing, const ClockBook& book,
                                            const Rules& rules) {
  const Gate* newest = nullptr;
  std::uint64_t elapsed = 0;
  for (const Gate& gate : gates) {
    const auto time = since(gate, passing, book, rules);
    if (!time || (newest != nullptr && *time > elapsed)) continue;
    newest = &gate;
    elapsed = *time;
  }
  const std::string name = name_of(passing);
  if (newest == nullptr || name.empty()) return std::nullopt;
  if (chips.size() >= kMaxPracticeChips && !chips.contains(name)) return std::nullopt;
  Chip chip = chips.contains(name) ? chips[name] : Chip{};
  if (const std::string key = key_of(newest->id); chip.gate != key) chip.gate = key, chip.next_loop = 0;
  if (chip.last.decoder_id == passing.decoder_id && passing.rtc_time_us >= chip.last.rtc_time_us &&
      passing.rtc_time_us - chip.last.rtc_time_us < rules.hold_off_us)
    return std::nullopt;
  const auto loop = moto.loop_for(passing.decoder_id, elapsed, chip.next_loop);
  if (!loop) return std::nullopt;
  chip.next_loop = *loop + 1;
  chip.last = id_of(passing);

  const auto rider = moto.rider_of(passing);
  Lap lap{.transponder = name,
          .rider_id = rider ? moto.riders()[*rider].rider_id : std::string{},
          .loop = moto.loops()[*loop],
          .elapsed_us = elapsed};
  const auto [best, first] = chip.best.try_emplace(lap.loop.id, elapsed);
  lap.is_best = first || elapsed < best->second;
  best->second = std::min(best->second, elapsed);
  lap.best_us = best->second;
  chips[name] = std::move(chip);
  return lap;
}

}  // namespace holeshot::race
