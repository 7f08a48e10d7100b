// Ranking: riders by their motos (points, ties by the book's list), and the whole class once later rounds are raced:
// who was in the main, then who fell in the semi, and so on down to the motos. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/competition/class_plan.h"
#include "central/competition/heat.h"
#include "central/competition/rule_book.h"

namespace holeshot::competition {

// A rider's line in one finished moto. A round that the rider was not drawn into because he came late has no heat and
// counts as not started.
struct CardLine {
  std::string round;
  std::string heat_id;  // empty: came late
  ScoredLine line;
};

// What one rider did in the motos.
struct Card {
  std::string rider_id;
  std::size_t group = 0;  // of the first moto that lists him; 0: none does
  std::vector<CardLine> lines;
  std::int64_t total = 0;     // of points
  bool disqualified = false;  // in one of them: out of the stage
  bool started = false;       // in one of them at least
};

// Of everybody whom a moto lists and of `riders`, by rider id.
[[nodiscard]] std::map<std::string, Card> cards_of(const RuleBook& book, const std::vector<Heat>& heats,
                                                   const std::vector<std::string>& riders);

// Best first; equal cards stand by rider id. Who is disqualified stands last, before him who raced nothing; who has
// raced more motos stands before those with fewer, so that nobody leads by having nothing.
[[nodiscard]] std::vector<const Card*> in_order(const std::vector<TieBreak>& ties,
                                                std::vector<const Card*> cards);
// Whether the rules know no difference between two cards.
[[nodiscard]] bool equal_cards(const std::vector<TieBreak>& ties, const Card& a, const Card& b);

struct RankRow {
  std::string rider_id;
  std::int64_t rank = 0;  // 1 = best, equal riders share it; 0: none (disqualified, or nothing raced)
  std::string reached;    // the last round that the rider was in: "main", "moto3"; empty: none
  Code code = Code::kDns;
  std::optional<std::int64_t> place;  // in that round's heat
  std::optional<std::int64_t> elapsed_us;
};

// Who transferred out of this moto (from 1), best first: by place, then by group. Empty until all its heats are finished.
[[nodiscard]] std::vector<std::string> transferred(const RuleBook& book, const ClassPlan& plan,
                                                   const std::vector<Heat>& heats, std::size_t moto);

// What decides between riders of equal points in this class.
[[nodiscard]] const std::vector<TieBreak>& ties_of(const RuleBook& book, const ClassPlan& plan);

// The class as it stands now: heats that are not finished count for nothing, riders without any come last.
[[nodiscard]] std::vector<RankRow> rank_class(const RuleBook& book, const ClassPlan& plan,
                                              const std::vector<Heat>& heats,
                                              const std::vector<std::string>& riders);

}  // namespace holeshot::competition
