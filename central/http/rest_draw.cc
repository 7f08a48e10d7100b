#include "central/http/rest_draw.h"

#include <numeric>
#include <random>
#include <utility>

#include "common/base/check.h"

namespace holeshot::http {

namespace {

// Fisher-Yates by hand: std::shuffle may differ from library to library. The remainder's bias is below 2^-50.
template <class T>
void shuffle(std::vector<T>& items, std::mt19937_64& rng) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[rng() % i]);
}

std::vector<std::size_t> shuffled_lanes(std::mt19937_64& rng) {
  std::vector<std::size_t> lanes(kGateLanes);
  std::iota(lanes.begin(), lanes.end(), 1);
  shuffle(lanes, rng);
  return lanes;
}

}  // namespace

std::vector<DrawnMoto> draw_motos(const std::vector<std::string>& rider_ids, std::size_t rounds,
                                  std::uint64_t seed) {
  HOLESHOT_CHECK(rounds <= kGateLanes, "a rider cannot have more different lanes than there are");
  std::vector<DrawnMoto> motos;
  if (rider_ids.empty()) return motos;
  std::mt19937_64 rng{seed};
  std::vector<std::string> order = rider_ids;
  shuffle(order, rng);
  const std::size_t groups = (order.size() + kGateLanes - 1) / kGateLanes;
  // Lanes are a Latin square: in each round everybody moves on by a step of that round around a shuffled ring
  // of lanes, so lanes are different within a moto and, steps being different, from moto to moto.
  const std::vector<std::size_t> ring = shuffled_lanes(rng);
  const std::vector<std::size_t> steps = shuffled_lanes(rng);
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t group = 0; group < groups; ++group) {
      DrawnMoto moto{.round = round + 1, .group = group + 1, .entries = {}};
      for (std::size_t i = group; i < order.size(); i += groups) {
        const std::size_t place = (i / groups + steps[round]) % kGateLanes;
        moto.entries.push_back({order[i], ring[place]});
      }
      motos.push_back(std::move(moto));
    }
  }
  return motos;
}

std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211U;
  }
  return hash;
}

}  // namespace holeshot::http
