#include "central/race/rules.h"

#include <array>
#include <string>
#include <utility>

#include "central/race/json_in.h"
#include "central/race/rule_books.h"

namespace holeshot::race {

namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t Rules::*>, 23> kNames{{
    {"gate_transponder", &Rules::gate_transponder},
    {"special_first", &Rules::special_first},
    {"special_last", &Rules::special_last},
    {"max_lane", &Rules::max_lane},
    {"max_riders", &Rules::max_riders},
    {"hold_off_us", &Rules::hold_off_us},
    {"max_elapsed_us", &Rules::max_elapsed_us},
    {"race_timeout_us", &Rules::race_timeout_us},
    {"hill_min_us", &Rules::hill_min_us},
    {"hill_max_us", &Rules::hill_max_us},
    {"finish_min_us", &Rules::finish_min_us},
    {"typical_hill_us", &Rules::typical_hill_us},
    {"typical_lap_us", &Rules::typical_lap_us},
    {"track_length_mm", &Rules::track_length_mm},
    {"hill_start_riders", &Rules::hill_start_riders},
    {"hill_spread_us", &Rules::hill_spread_us},
    {"double_gate_us", &Rules::double_gate_us},
    {"shared_gate_us", &Rules::shared_gate_us},
    {"hold_back_us", &Rules::hold_back_us},
    {"photo_finish_us", &Rules::photo_finish_us},
    {"clock_tolerance_us", &Rules::clock_tolerance_us},
    {"strict_clocks", &Rules::strict_clocks},
    {"undo_depth", &Rules::undo_depth},
}};
static_assert(sizeof(Rules) == kNames.size() * sizeof(std::uint64_t), "every rule has its name");

}  // namespace

std::uint64_t* rule_of(Rules& rules, std::string_view name) {
  for (const auto& [known, member] : kNames) {
    if (known == name) return &(rules.*member);
  }
  return nullptr;
}

base::Result<Rules> read_rule_book(std::string_view json) {
  HOLESHOT_ASSIGN(const JsonDoc doc, JsonDoc::parse(json));
  Rules rules;
  for (JsonRef v = doc.root()["rules"].first(); v; v = v.next()) {
    std::uint64_t* rule = rule_of(rules, v.key());
    if (rule == nullptr || !v.number()) {
      return base::fail(base::Code::kInvalid,
                        "read rule book: " + std::string{v.key()} + " is not a rule with a number");
    }
    *rule = *v.number();
  }
  return rules;
}

std::optional<Rules> rule_book(std::string_view name) {
  static const auto kParsed = [] {
    std::array<Rules, kBooks> books;
    for (std::size_t i = 0; i < kBooks; ++i) {
      books[i] = base::value_or_die(read_rule_book(rule_book_texts()[i].json));
    }
    return books;
  }();
  for (std::size_t i = 0; i < kBooks; ++i) {
    if (rule_book_texts()[i].name == name) return kParsed[i];
  }
  return std::nullopt;
}

}  // namespace holeshot::race
