// Heat: one gate of riders, in the motos or in a later round, and what its result is worth by the rule book. Code,
// place and points are three things: a rider who did not finish has a code and points but no place. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/competition/rule_book.h"

namespace holeshot::competition {

struct Entry {
  std::string rider_id;
  std::size_t lane = 0;  // from 1

  bool operator==(const Entry&) const = default;
};

// What the race's result says of one rider. Position counts where the code is kFinished.
struct Outcome {
  Code code = Code::kFinished;
  std::optional<std::int64_t> position;
  std::optional<std::int64_t> elapsed_us;
};

struct Heat {
  std::string id;     // the caller's
  std::string round;  // order_of_round() knows it
  std::size_t group = 1;
  std::vector<Entry> entries;
  bool finished = false;
  std::map<std::string, Outcome> outcomes;  // by rider; meaningful once finished
};

struct ScoredLine {
  std::string rider_id;
  Code code = Code::kFinished;
  std::optional<std::int64_t> place;   // of who finished: 1 is first, a dead heat shares it
  std::optional<std::int64_t> points;  // none for who is disqualified
  std::int64_t rank = 0;               // 1, 2, .. of everybody in the heat, by the book's order of codes
  std::optional<std::int64_t> elapsed_us;
};

// Everybody who was listed, best first. Who is listed and has no outcome did not start; an outcome of somebody who is
// not listed counts too, since he was let ride. Places are counted anew, so a relegated rider leaves no hole.
[[nodiscard]] std::vector<ScoredLine> score(const RuleBook& book, const Heat& heat);

// Heats of one round, by group.
[[nodiscard]] std::vector<const Heat*> heats_of(const std::vector<Heat>& heats, std::string_view round);
// Whether there are heats of this round and all are finished.
[[nodiscard]] bool round_finished(const std::vector<Heat>& heats, std::string_view round);

}  // namespace holeshot::competition
