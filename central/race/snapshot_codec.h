// The pieces of an engine's snapshot, each written and read by a pair. For engine_snapshot.cc only; readers return false
// where something is missing that an engine cannot be without.
#pragma once

#include <cstdint>
#include <string_view>

#include "central/race/engine_state.h"
#include "central/race/json_in.h"
#include "common/base/json_text.h"

namespace holeshot::race {

void write_race(base::JsonWriter& w, const Race& race);
// kCorrupt names what is missing. What follows from it is worked out by the caller, when all are there.
[[nodiscard]] base::Result<Race> read_race(JsonRef body, const Rules& rules);

void write_loose(base::JsonWriter& w, const LoosePassing& kept);
[[nodiscard]] LoosePassing read_loose(JsonRef body);

void write_gate(base::JsonWriter& w, const Gate& gate);
[[nodiscard]] Gate read_gate(JsonRef body);

void write_clocks(base::JsonWriter& w, const ClockBook& book);
void read_clocks(JsonRef body, ClockBook& book);

void write_setup(base::JsonWriter& w, const PracticeSetup& setup);
[[nodiscard]] base::Status read_setup(JsonRef body, const Rules& rules, PracticeSetup& setup);
void write_practice(base::JsonWriter& w, const Practice& practice);
[[nodiscard]] base::Status read_practice(JsonRef body, const Rules& rules, Practice& practice);

// Signed numbers as text: a clock may be years behind another.
void write_signed(base::JsonWriter& w, std::string_view name, std::int64_t value);
[[nodiscard]] std::int64_t signed_of(JsonRef value);

void write_id(base::JsonWriter& w, const PassingId& id);
[[nodiscard]] PassingId read_id(JsonRef body);
[[nodiscard]] std::unexpected<base::Error> corrupt_snapshot(std::string_view why);

}  // namespace holeshot::race
