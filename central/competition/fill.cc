#include "central/competition/fill.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "central/competition/draw.h"
#include "central/competition/ranking.h"

namespace holeshot::competition {

namespace {

std::string moto_name(std::size_t moto) { return "moto" + std::to_string(moto); }

class Filler {
 public:
  Filler(const RuleBook& book, const ClassPlan& plan, const std::vector<Heat>& heats,
         const std::set<std::string>& scratched, std::uint64_t seed)
      : book_(book), plan_(plan), heats_(heats), scratched_(scratched), seed_(seed) {}

  std::vector<Filled> run() {
    if (plan_.by_transfer()) fill_motos();
    for (std::size_t i = 0; i < plan_.later.size(); ++i) fill_later(i);
    return std::move(filled_);
  }

 private:
  // --- the motos of a transfer class: whoever has not transferred rides on, in his group until groups combine

  void fill_motos() {
    std::set<std::string> through;
    for (std::size_t moto = 2; moto <= plan_.moto_rounds; ++moto) {
      if (!round_finished(heats_, moto_name(moto - 1))) return;
      for (const auto& rider : transferred(book_, plan_, heats_, moto - 1)) through.insert(rider);
      const std::size_t count = plan_.moto_heats(moto);
      std::vector<std::vector<std::string>> left(count);
      for (const Heat* heat : heats_of(heats_, moto_name(moto - 1))) {
        for (const auto& line : score(book_, *heat)) {
          if (!through.contains(line.rider_id) && may_ride(line.rider_id, line.code))
            left[std::min(heat->group, count) - 1].push_back(line.rider_id);
        }
      }
      for (std::size_t group = 0; group < count; ++group) add(moto_name(moto), group + 1, left[group]);
    }
  }

  // --- rounds after the motos

  void fill_later(std::size_t index) {
    const std::string& round = plan_.later[index];
    const std::size_t count = heats_of_round(round);
    const auto seeded = index > 0 ? from_round(plan_.later[index - 1], count) : from_motos(count);
    if (!seeded) return;
    std::vector<std::vector<std::string>> heats(count);
    // As a snake, so that the best of each earlier heat meet as late as they can: 1 4 5 8 / 2 3 6 7.
    for (std::size_t i = 0; i < seeded->size(); ++i) {
      const std::size_t at = i % count;
      heats[i / count % 2 == 0 ? at : count - 1 - at].push_back((*seeded)[i]);
    }
    for (std::size_t group = 0; group < count; ++group) add(round, group + 1, heats[group]);
  }

  [[nodiscard]] std::optional<std::vector<std::string>> from_motos(std::size_t count) const {
    if (!round_finished(heats_, moto_name(plan_.moto_rounds))) return std::nullopt;
    for (std::size_t moto = 1; moto <= plan_.moto_rounds; ++moto) {
      if (!round_finished(heats_, moto_name(moto))) return std::nullopt;
    }
    if (plan_.by_transfer()) return from_transfers();
    const auto cards = cards_of(book_, heats_, {});
    std::vector<std::vector<const Card*>> groups(overall() ? 1 : plan_.groups);
    for (const auto& [rider, card] : cards) {
      if (card.group == 0 || card.disqualified || scratched_.contains(rider)) continue;
      if (book_.need_start && !card.started) continue;
      groups[overall() ? 0 : std::min(card.group, groups.size()) - 1].push_back(&card);
    }
    return seeds_of(groups, places(count));
  }

  // How many of the motos' riders advance.
  [[nodiscard]] std::size_t places(std::size_t count) const {
    const std::size_t gates = count * book_.lanes;
    for (const auto& exception : book_.exceptions) {
      if (exception.riders == plan_.riders) return std::min(exception.total, gates);
    }
    // One group rides its main as a whole; else so many of each, as far as gates are there.
    if (plan_.groups == 1) return gates;
    return std::min(gates, plan_.groups * book_.per_heat);
  }

  [[nodiscard]] bool overall() const {
    return book_.select == Select::kOverall || book_.moto_draw == MotoDraw::kScrambled;
  }

  // The first of each group, then the second of each, ..; within a place by the motos. What does not divide evenly goes
  // to the best of those who are left.
  [[nodiscard]] std::vector<std::string> seeds_of(std::vector<std::vector<const Card*>> groups,
                                                  std::size_t total) const {
    const auto& ties = ties_of(book_, plan_);
    std::vector<std::string> seeds;
    for (auto& group : groups) group = in_order(ties, std::move(group));
    for (std::size_t place = 0; seeds.size() < total; ++place) {
      std::vector<const Card*> row;
      for (const auto& group : groups) {
        if (place < group.size()) row.push_back(group[place]);
      }
      if (row.empty()) break;
      for (const Card* card : in_order(ties, std::move(row))) {
        if (seeds.size() < total) seeds.push_back(card->rider_id);
      }
    }
    return seeds;
  }

  [[nodiscard]] std::vector<std::string> from_transfers() const {
    std::vector<std::string> seeds;
    for (std::size_t moto = 1; moto <= plan_.moto_rounds; ++moto) {
      for (auto& rider : transferred(book_, plan_, heats_, moto)) {
        if (!scratched_.contains(rider)) seeds.push_back(std::move(rider));
      }
    }
    return seeds;
  }

  [[nodiscard]] std::optional<std::vector<std::string>> from_round(const std::string& round,
                                                                   std::size_t count) const {
    if (!round_finished(heats_, round)) return std::nullopt;
    const auto heats = heats_of(heats_, round);
    const auto cards = cards_of(book_, heats_, {});
    const std::size_t each = std::min(book_.per_heat, count * book_.lanes / heats.size());
    std::map<std::int64_t, std::vector<const Card*>> rows;  // by place in the heat
    for (const Heat* heat : heats) {
      std::int64_t place = 0;
      for (const auto& line : score(book_, *heat)) {
        const auto card = cards.find(line.rider_id);
        if (!may_ride(line.rider_id, line.code) || card == cards.end()) continue;
        if (++place <= static_cast<std::int64_t>(each)) rows[place].push_back(&card->second);
      }
    }
    std::vector<std::string> seeds;
    for (auto& [place, row] : rows) {
      for (const Card* card : in_order(ties_of(book_, plan_), std::move(row)))
        seeds.push_back(card->rider_id);
    }
    return seeds;
  }

  [[nodiscard]] bool may_ride(const std::string& rider, Code code) const {
    return code != Code::kDisqualified && !scratched_.contains(rider);
  }

  void add(const std::string& round, std::size_t group, const std::vector<std::string>& riders) {
    const std::uint64_t seed = seed_ ^ seed_of(round + "/" + std::to_string(group));
    filled_.push_back({round, group, later_lanes(book_, riders, seed)});
  }

  const RuleBook& book_;
  const ClassPlan& plan_;
  const std::vector<Heat>& heats_;
  const std::set<std::string>& scratched_;
  const std::uint64_t seed_;
  std::vector<Filled> filled_;
};

}  // namespace

std::vector<Vacant> vacant_heats(const ClassPlan& plan) {
  std::vector<Vacant> vacant;
  for (std::size_t moto = 2; plan.by_transfer() && moto <= plan.moto_rounds; ++moto) {
    for (std::size_t group = 1; group <= plan.moto_heats(moto); ++group)
      vacant.push_back({moto_name(moto), group});
  }
  for (const auto& round : plan.later) {
    for (std::size_t group = 1; group <= heats_of_round(round); ++group) vacant.push_back({round, group});
  }
  return vacant;
}

std::vector<Filled> fill_rounds(const RuleBook& book, const ClassPlan& plan, const std::vector<Heat>& heats,
                                const std::set<std::string>& scratched, std::uint64_t seed) {
  return Filler{book, plan, heats, scratched, seed}.run();
}

}  // namespace holeshot::competition
