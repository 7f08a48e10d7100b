#include "central/competition/ranking.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

namespace holeshot::competition {

namespace {

constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> sorted_points(const Card& card) {
  std::vector<std::int64_t> points;
  for (const auto& line : card.lines) points.push_back(line.line.points.value_or(kNoNumber));
  std::sort(points.begin(), points.end());
  return points;
}

std::int64_t best_time(const Card& card) {
  std::int64_t best = kNoNumber;
  for (const auto& line : card.lines) best = std::min(best, line.line.elapsed_us.value_or(kNoNumber));
  return best;
}

// One tie break as numbers, lower is better.
std::vector<std::int64_t> key_of(TieBreak tie, const Card& card) {
  if (card.lines.empty()) return {};
  const ScoredLine& last = card.lines.back().line;
  switch (tie) {
    case TieBreak::kBestResults:
      return sorted_points(card);
    case TieBreak::kLastMoto:
      return {last.points.value_or(kNoNumber)};
    case TieBreak::kLastTime:
      return {last.elapsed_us.value_or(kNoNumber)};
    case TieBreak::kBestTime:
      return {best_time(card)};
  }
  return {};
}

// Below 0 where a is better, above where b is, 0 where the rules know no difference.
int compare(const std::vector<TieBreak>& ties, const Card& a, const Card& b) {
  const auto head = [](const Card& card) {
    return std::tuple{card.lines.empty(), card.disqualified, -static_cast<std::int64_t>(card.lines.size()),
                      card.total};
  };
  if (head(a) != head(b)) return head(a) < head(b) ? -1 : 1;
  for (const TieBreak tie : ties) {
    const auto key_a = key_of(tie, a);
    const auto key_b = key_of(tie, b);
    if (key_a != key_b) return key_a < key_b ? -1 : 1;
  }
  return 0;
}

void add_line(Card& card, const Heat& heat, const ScoredLine& line) {
  card.total += line.points.value_or(0);
  card.disqualified = card.disqualified || line.code == Code::kDisqualified;
  card.started = card.started || line.code != Code::kDns;
  card.lines.push_back({heat.round, heat.id, line});
}

std::vector<std::string> moto_rounds_of(const std::vector<Heat>& heats) {
  std::set<std::string> rounds;  // moto1 to moto6: the order of their names is theirs
  for (const auto& heat : heats) {
    if (is_moto_round(heat.round)) rounds.insert(heat.round);
  }
  return {rounds.begin(), rounds.end()};
}

// Who is listed in a later round only came late, and did not start in this one.
void add_missed(const RuleBook& book, const std::string& round, std::map<std::string, Card>& cards,
                const std::map<std::string, std::string>& first_round) {
  for (auto& [rider, card] : cards) {
    const auto first = first_round.find(rider);
    if (first == first_round.end() || first->second <= round) continue;
    const std::int64_t points = book.dns_points();
    card.total += points;
    card.lines.push_back({round,
                          {},
                          {.rider_id = rider,
                           .code = Code::kDns,
                           .place = {},
                           .points = points,
                           .rank = 0,
                           .elapsed_us = {}}});
  }
}

}  // namespace

std::map<std::string, Card> cards_of(const RuleBook& book, const std::vector<Heat>& heats,
                                     const std::vector<std::string>& riders) {
  std::map<std::string, Card> cards;
  std::map<std::string, std::string> first_round;
  for (const auto& rider : riders) cards[rider].rider_id = rider;
  const auto rounds = moto_rounds_of(heats);
  for (const auto& round : rounds) {
    for (const Heat* heat : heats_of(heats, round)) {
      for (const auto& entry : heat->entries) {
        Card& card = cards[entry.rider_id];
        card.rider_id = entry.rider_id;
        if (first_round.try_emplace(entry.rider_id, round).second) card.group = heat->group;
      }
    }
  }
  for (const auto& round : rounds) {
    for (const Heat* heat : heats_of(heats, round)) {
      for (const auto& line : score(book, *heat)) {
        cards[line.rider_id].rider_id = line.rider_id;
        add_line(cards[line.rider_id], *heat, line);
      }
    }
    if (round_finished(heats, round)) add_missed(book, round, cards, first_round);
  }
  return cards;
}

std::vector<const Card*> in_order(const std::vector<TieBreak>& ties, std::vector<const Card*> cards) {
  std::sort(cards.begin(), cards.end(), [&](const Card* a, const Card* b) {
    const int order = compare(ties, *a, *b);
    return order != 0 ? order < 0 : a->rider_id < b->rider_id;
  });
  return cards;
}

bool equal_cards(const std::vector<TieBreak>& ties, const Card& a, const Card& b) {
  return compare(ties, a, b) == 0;
}

const std::vector<TieBreak>& ties_of(const RuleBook& book, const ClassPlan& plan) {
  return plan.transfer ? book.transfer_ties : book.ties;
}

std::vector<std::string> transferred(const RuleBook& book, const ClassPlan& plan,
                                     const std::vector<Heat>& heats, std::size_t moto) {
  std::vector<std::pair<std::int64_t, std::string>> found;
  const std::string round = "moto" + std::to_string(moto);
  if (moto == 0 || moto > plan.transfers.size() || !round_finished(heats, round)) return {};
  for (const Heat* heat : heats_of(heats, round)) {
    std::size_t left = plan.transfers[moto - 1];
    for (const auto& line : score(book, *heat)) {
      const bool fit = line.code != Code::kDisqualified && (line.code != Code::kDns || !book.need_start);
      if (left == 0 || !fit) continue;
      found.emplace_back(line.rank, line.rider_id);
      --left;
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> riders;
  for (auto& [rank, rider] : found) riders.push_back(std::move(rider));
  return riders;
}

namespace {

class Ranker {
 public:
  Ranker(const RuleBook& book, const ClassPlan& plan, const std::vector<Heat>& heats,
         const std::vector<std::string>& riders)
      : book_(book), plan_(plan), heats_(heats), cards_(cards_of(book, heats, riders)) {}

  std::vector<RankRow> run() {
    for (auto round = plan_.later.rbegin(); round != plan_.later.rend(); ++round) rank_round(*round);
    if (plan_.by_transfer()) {
      for (std::size_t moto = 1; moto <= plan_.moto_rounds; ++moto) rank_transferred(moto);
      for (std::size_t moto = plan_.moto_rounds; moto > 0; --moto) rank_round("moto" + std::to_string(moto));
    }
    rank_by_cards();
    for (auto& row : out_) rows_.push_back(std::move(row));
    return std::move(rows_);
  }

 private:
  struct Line {
    ScoredLine scored;
    const Card* card = nullptr;
  };

  // Riders of a round's heats whom no later round has ranked: by place in the heat, then by their motos.
  void rank_round(const std::string& round) {
    std::vector<Line> lines;
    for (const Heat* heat : heats_of(heats_, round)) {
      for (auto& scored : score(book_, *heat)) {
        if (done_.contains(scored.rider_id)) continue;
        lines.push_back({std::move(scored), nullptr});
        lines.back().card = &card_of(lines.back().scored.rider_id);
      }
    }
    std::sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) {
      const bool before = less(a, b);
      return before != less(b, a) ? before : a.scored.rider_id < b.scored.rider_id;
    });
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool shares = i > 0 && !less(lines[i - 1], lines[i]);
      add({lines[i].scored.rider_id, 0, round, lines[i].scored.code, lines[i].scored.place,
           lines[i].scored.elapsed_us},
          shares);
    }
  }

  // While the next round is not raced, who transferred stands before those who still try to.
  void rank_transferred(std::size_t moto) {
    const std::string round = "moto" + std::to_string(moto);
    const auto riders = transferred(book_, plan_, heats_, moto);
    std::map<std::string, ScoredLine> lines;
    for (const Heat* heat : heats_of(heats_, round)) {
      for (auto& line : score(book_, *heat)) lines[line.rider_id] = std::move(line);
    }
    const ScoredLine* before = nullptr;
    for (const auto& rider : riders) {
      if (done_.contains(rider)) continue;
      const ScoredLine& line = lines[rider];
      add({rider, 0, round, line.code, line.place, line.elapsed_us},
          before != nullptr && before->rank == line.rank);
      before = &line;
    }
  }

  [[nodiscard]] bool less(const Line& a, const Line& b) const {
    if (a.scored.rank != b.scored.rank) return a.scored.rank < b.scored.rank;
    // Equal places of two heats, and dead heats: the motos decide. Transfers carry no points.
    if (plan_.by_transfer()) return false;
    const auto ordered = in_order(ties_of(book_, plan_), {a.card, b.card});
    return ordered.front() == a.card && !equal_cards(ties_of(book_, plan_), *a.card, *b.card);
  }

  void rank_by_cards() {
    std::vector<const Card*> left;
    for (const auto& [rider, card] : cards_) {
      if (!done_.contains(rider)) left.push_back(&card);
    }
    left = in_order(ties_of(book_, plan_), std::move(left));
    const Card* before = nullptr;
    for (const Card* card : left) {
      RankRow row{.rider_id = card->rider_id};
      if (!card->lines.empty()) {
        const auto& last = card->lines.back();
        row = {card->rider_id, 0, last.round, last.line.code, last.line.place, last.line.elapsed_us};
      }
      if (card->disqualified) row.code = Code::kDisqualified;
      add(std::move(row), before != nullptr && equal_cards(ties_of(book_, plan_), *before, *card));
      before = card;
    }
  }

  void add(RankRow row, bool shares) {
    done_.insert(row.rider_id);
    if (row.code == Code::kDisqualified || row.reached.empty()) {
      out_.push_back(std::move(row));
      return;
    }
    row.rank = shares && !rows_.empty() ? rows_.back().rank : static_cast<std::int64_t>(rows_.size()) + 1;
    rows_.push_back(std::move(row));
  }

  const Card& card_of(const std::string& rider) {
    Card& card = cards_[rider];
    card.rider_id = rider;
    return card;
  }

  const RuleBook& book_;
  const ClassPlan& plan_;
  const std::vector<Heat>& heats_;
  std::map<std::string, Card> cards_;
  std::set<std::string> done_;
  std::vector<RankRow> rows_;
  std::vector<RankRow> out_;  // without a rank
};

}  // namespace

std::vector<RankRow> rank_class(const RuleBook& book, const ClassPlan& plan, const std::vector<Heat>& heats,
                                const std::vector<std::string>& riders) {
  return Ranker{book, plan, heats, riders}.run();
}

}  // namespace holeshot::competition
