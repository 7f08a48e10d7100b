// RuleBook: how a federation runs a class, as data. Every number that decides who rides where and who has won is in
// here, none of them in code; the books that are built in are rule_books/*.json, and a book of an office's own is the
// same JSON. The times of a race (windows, hold-offs) are the race engine's rules, not these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::competition {

// What became of a rider in one race.
enum class Code : std::uint8_t { kFinished, kDnf, kRelegated, kDns, kDisqualified };
// "FIN", "DNF", "REL", "DNS", "DSQ".
[[nodiscard]] std::string_view text_of(Code code);

// Whom a code's points are counted by: as many as were listed on the gate, or as many as started.
enum class LastPlace : std::uint8_t { kListed, kStarters };

// What riders of equal points are compared by.
enum class TieBreak : std::uint8_t {
  kBestResults,  // the better best moto, then the better second best, and so on
  kLastMoto,     // the better last moto
  kLastTime,     // the faster last moto; whoever has no time stands behind
  kBestTime,     // the faster fastest moto
};

enum class MotoDraw : std::uint8_t { kGroups, kScrambled };
enum class MotoLanes : std::uint8_t { kRandom, kTable };
enum class LaterLanes : std::uint8_t { kSeed, kDraw };
enum class Select : std::uint8_t { kHeat, kOverall };

// Rounds after the motos for classes of up to so many riders.
struct RoundsRow {
  std::size_t up_to = 0;
  std::vector<std::string> rounds;
};
// The transfer system for classes of so many riders.
struct TransferRow {
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t groups = 0;  // 0: as few as the gate needs
  std::vector<std::size_t>
      transfers;            // of each moto, how many of each group; empty: points over all motos decide
  std::size_t combine = 0;  // from this moto on all that are left ride as one group; 0: never
  std::vector<std::string> rounds;
};
// "Of nine riders seven advance".
struct AdvanceException {
  std::size_t riders = 0;
  std::size_t total = 0;
};

struct RuleBook {
  std::string name;
  std::string title;
  std::string based_on;       // the built-in book that it was made of; empty: it is one itself
  std::size_t lanes = 8;      // of the gate, at most 16
  std::size_t min_class = 1;  // fewer riders have to be merged with another class
  std::size_t max_class = 128;
  std::size_t moto_rounds = 3;
  MotoDraw moto_draw = MotoDraw::kGroups;
  MotoLanes moto_lanes = MotoLanes::kRandom;
  std::vector<std::vector<std::size_t>> lane_table;  // [moto][slot on the gate] = lane
  LaterLanes later_lanes = LaterLanes::kDraw;
  std::vector<std::size_t> lane_preference;  // the best seed gets the first
  LastPlace dnf_points = LastPlace::kListed;
  LastPlace rel_points = LastPlace::kListed;
  std::size_t dns_over_gate = 2;     // dns: lanes + this
  std::vector<Code> order_of_codes;  // all five, best first
  std::vector<TieBreak> ties;
  std::vector<TieBreak> transfer_ties;  // where the transfer table leaves a class to points
  std::size_t per_heat = 4;             // that advance
  Select select = Select::kHeat;
  bool need_start = true;  // who started in no moto does not advance
  std::vector<AdvanceException> exceptions;
  std::vector<RoundsRow> rounds;
  std::vector<TransferRow> transfer;
  std::size_t late_entries_through_moto = 1;  // a late rider may still come after so many motos
  std::size_t protest_minutes = 15;
  std::size_t rest_gates = 3;  // gates between two races of one rider

  [[nodiscard]] std::int64_t dns_points() const { return static_cast<std::int64_t>(lanes + dns_over_gate); }
};

// kInvalid names the field at fault and what it should be.
[[nodiscard]] base::Result<RuleBook> parse_rule_book(std::string_view json);

// The built-in books.
[[nodiscard]] std::vector<std::string_view> rule_book_names();
// Its JSON as it is built in; empty where there is none of this name.
[[nodiscard]] std::string_view rule_book_text(std::string_view name);
// kMissing where there is none.
[[nodiscard]] base::Result<RuleBook> rule_book(std::string_view name);

// The rounds that there are, in the order in which they are ridden: moto1 to moto6, eighth, quarter, semi, main.
[[nodiscard]] int order_of_round(std::string_view round);  // -1 for a word that is none
// 8, 4, 2, 1; 0 for a round that is a moto or none.
[[nodiscard]] std::size_t heats_of_round(std::string_view round);
[[nodiscard]] bool is_moto_round(std::string_view round);

}  // namespace holeshot::competition
