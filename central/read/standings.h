// Points and standings by total moto points. Pure.
//
// Points are the place. Who started and did not finish gets the place of the last (as many as ride in the
// moto), who did not start gets kDnsPoints. Lowest total is best; riders who have raced more motos stand
// before those who have raced fewer, so that nobody leads by having nothing. Ties: the better last moto, then
// the better single moto; what is equal after that shares the rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holeshot::read {

// Gate size + 2, as clubs do it on an eight-lane gate.
inline constexpr std::int64_t kDnsPoints = 10;

struct Finish {
  std::optional<std::int64_t> position;
  std::optional<std::int64_t> elapsed_us;
  std::optional<std::int64_t> gap_us;
  bool dnf = false;
  bool dns = false;
};

// nullopt where the result gives none: neither a place nor dnf nor dns.
[[nodiscard]] std::optional<std::int64_t> points_of(const Finish& finish, std::int64_t riders_in_moto);

// One rider's motos that have a result, in the order they were ridden.
struct Scored {
  std::string rider_id;
  std::vector<std::int64_t> points;
};
struct Standing {
  std::string rider_id;
  std::int64_t rank = 0;  // 1 = best; equal riders share it; 0 = no moto ridden yet
  std::int64_t total = 0;
  std::int64_t motos = 0;
};
// Best first; riders without a moto last. Riders of equal rank stay in the order given.
[[nodiscard]] std::vector<Standing> standings_of(const std::vector<Scored>& scored);

}  // namespace holeshot::read
