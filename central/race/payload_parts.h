// Parts that several payloads have: for payloads.cc and payloads_state.cc only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "central/race/engine_state.h"
#include "central/race/race_event.h"
#include "common/base/json_text.h"

namespace holeshot::race {

// A payload: an object that ends when this ends. Fields in sorted order are the caller's part.
template <class Fill>
std::string json_object(std::size_t reserve, Fill fill) {
  std::string out;
  out.reserve(reserve);
  base::JsonWriter w(out);
  w.open_object();
  fill(w);
  w.close_object();
  return out;
}

void write_number_or_null(base::JsonWriter& w, std::string_view name,
                          const std::optional<std::uint64_t>& value);
void write_rider(base::JsonWriter& w, const Rider& rider);
void write_riders(base::JsonWriter& w, const std::vector<Rider>& riders);
// Whoever crossed a loop or was ruled on, best first.
void write_positions(base::JsonWriter& w, const Race& race, const View& now);
// A time at the finish that stands in a result.
[[nodiscard]] bool is_timed(const Race& race, const Line& line);
// Every rider once; empty where `finished` is false.
void write_results(base::JsonWriter& w, const Race& race, const View& now, bool finished);

}  // namespace holeshot::race
