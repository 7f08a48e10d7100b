#include "central/competition/heat.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace holeshot::competition {

namespace {

constexpr std::int64_t kNoNumber = std::numeric_limits<std::int64_t>::max();

// Where a code stands in the book's order.
std::ptrdiff_t rank_of(const RuleBook& book, Code code) {
  return std::find(book.order_of_codes.begin(), book.order_of_codes.end(), code) -
         book.order_of_codes.begin();
}

struct Line {
  std::string rider_id;
  Outcome outcome;
  std::ptrdiff_t group = 0;  // of the codes

  // What decides; riders who are equal in it share their rank.
  [[nodiscard]] std::tuple<std::ptrdiff_t, std::int64_t, std::int64_t> key() const {
    const auto position = outcome.code == Code::kFinished ? outcome.position.value_or(kNoNumber) : 0;
    // The time decides only where the race gave no position: a photo finish stands above the clock.
    const bool placed = outcome.code == Code::kFinished && outcome.position.has_value();
    return {group, position, placed ? 0 : outcome.elapsed_us.value_or(kNoNumber)};
  }
};

std::vector<Line> lines_of(const RuleBook& book, const Heat& heat) {
  std::vector<Line> lines;
  for (const auto& entry : heat.entries) {
    const auto it = heat.outcomes.find(entry.rider_id);
    const Outcome outcome = it != heat.outcomes.end() ? it->second : Outcome{.code = Code::kDns};
    lines.push_back({entry.rider_id, outcome, rank_of(book, outcome.code)});
  }
  for (const auto& [rider, outcome] : heat.outcomes) {
    const bool listed = std::any_of(heat.entries.begin(), heat.entries.end(),
                                    [&](const Entry& entry) { return entry.rider_id == rider; });
    if (!listed) lines.push_back({rider, outcome, rank_of(book, outcome.code)});
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return a.key() < b.key(); });
  return lines;
}

std::optional<std::int64_t> points_of(const RuleBook& book, const ScoredLine& line, std::int64_t listed,
                                      std::int64_t starters) {
  const auto last = [&](LastPlace by) { return by == LastPlace::kListed ? listed : starters; };
  switch (line.code) {
    case Code::kFinished:
      return line.rank;
    case Code::kDnf:
      return last(book.dnf_points);
    case Code::kRelegated:
      return last(book.rel_points);
    case Code::kDns:
      return book.dns_points();
    case Code::kDisqualified:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::vector<ScoredLine> score(const RuleBook& book, const Heat& heat) {
  std::vector<ScoredLine> scored;
  if (!heat.finished) return scored;
  const auto lines = lines_of(book, heat);
  const auto starters = std::count_if(lines.begin(), lines.end(),
                                      [](const Line& line) { return line.outcome.code != Code::kDns; });
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool shares = i > 0 && lines[i].key() == lines[i - 1].key();
    ScoredLine line{.rider_id = lines[i].rider_id,
                    .code = lines[i].outcome.code,
                    .rank = shares ? scored.back().rank : static_cast<std::int64_t>(i) + 1,
                    .elapsed_us = lines[i].outcome.elapsed_us};
    line.points = points_of(book, line, static_cast<std::int64_t>(lines.size()), starters);
    if (line.code == Code::kFinished) line.place = line.rank;
    scored.push_back(std::move(line));
  }
  return scored;
}

std::vector<const Heat*> heats_of(const std::vector<Heat>& heats, std::string_view round) {
  std::vector<const Heat*> found;
  for (const auto& heat : heats) {
    if (heat.round == round) found.push_back(&heat);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Heat* a, const Heat* b) { return a->group < b->group; });
  return found;
}

bool round_finished(const std::vector<Heat>& heats, std::string_view round) {
  const auto found = heats_of(heats, round);
  return !found.empty() &&
         std::all_of(found.begin(), found.end(), [](const Heat* heat) { return heat->finished; });
}

}  // namespace holeshot::competition
