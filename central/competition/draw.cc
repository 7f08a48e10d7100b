#include "central/competition/draw.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "common/base/check.h"

namespace holeshot::competition {

namespace {

// Fisher-Yates by hand: std::shuffle may differ from library to library. The remainder's bias is below 2^-50.
template <class T>
void shuffle(std::vector<T>& items, std::mt19937_64& rng) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[rng() % i]);
}

std::vector<std::size_t> shuffled_lanes(std::size_t count, std::mt19937_64& rng) {
  std::vector<std::size_t> lanes(count);
  std::iota(lanes.begin(), lanes.end(), 1);
  shuffle(lanes, rng);
  return lanes;
}

// Lanes are a Latin square: in each round everybody moves on by a step of that round around a shuffled ring of lanes,
// so lanes are different within a moto and, steps being different, from moto to moto.
class Lanes {
 public:
  Lanes(const RuleBook& book, std::mt19937_64& rng)
      : book_(book), ring_(shuffled_lanes(book.lanes, rng)), steps_(shuffled_lanes(book.lanes, rng)) {}

  [[nodiscard]] std::size_t of(std::size_t round, std::size_t slot) const {
    if (book_.moto_lanes == MotoLanes::kTable) return book_.lane_table[round][slot];
    return ring_[(slot + steps_[round]) % book_.lanes];
  }

 private:
  const RuleBook& book_;
  const std::vector<std::size_t> ring_;
  const std::vector<std::size_t> steps_;
};

}  // namespace

std::size_t groups_for(std::size_t riders, std::size_t lanes) { return (riders + lanes - 1) / lanes; }

std::vector<DrawnMoto> draw_motos(const RuleBook& book, const std::vector<std::string>& rider_ids,
                                  std::size_t groups, std::size_t rounds, std::uint64_t seed) {
  HOLESHOT_CHECK(rounds <= book.lanes, "a rider cannot have more different lanes than there are");
  HOLESHOT_CHECK(groups >= groups_for(rider_ids.size(), book.lanes), "a group has to fit the gate");
  std::vector<DrawnMoto> motos;
  if (rider_ids.empty()) return motos;
  std::mt19937_64 rng{seed};
  std::vector<std::string> order = rider_ids;
  shuffle(order, rng);
  const Lanes lanes{book, rng};
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<DrawnMoto> row(groups);
    for (std::size_t group = 0; group < groups; ++group) row[group] = {round + 1, group + 1, {}};
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::size_t slot = i / groups;
      // Scrambled: a slot's riders move on by their slot in each round, so those of one group part.
      const std::size_t moved = book.moto_draw == MotoDraw::kScrambled ? round * slot : 0;
      row[(i + moved) % groups].entries.push_back({order[i], lanes.of(round, slot)});
    }
    std::move(row.begin(), row.end(), std::back_inserter(motos));
  }
  return motos;
}

std::vector<Entry> later_lanes(const RuleBook& book, const std::vector<std::string>& seeded,
                               std::uint64_t seed) {
  HOLESHOT_CHECK(seeded.size() <= book.lanes, "a heat has to fit the gate");
  std::mt19937_64 rng{seed};
  const auto lanes =
      book.later_lanes == LaterLanes::kSeed ? book.lane_preference : shuffled_lanes(book.lanes, rng);
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < seeded.size(); ++i) entries.push_back({seeded[i], lanes[i]});
  return entries;
}

std::size_t free_lane(const RuleBook& book, const std::vector<Entry>& entries,
                      const std::vector<std::size_t>& had) {
  std::size_t any = 0;
  for (std::size_t lane = 1; lane <= book.lanes; ++lane) {
    const bool taken =
        std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.lane == lane; });
    if (taken) continue;
    if (std::find(had.begin(), had.end(), lane) == had.end()) return lane;
    if (any == 0) any = lane;
  }
  return any;
}

std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return hash;
}

}  // namespace holeshot::competition
