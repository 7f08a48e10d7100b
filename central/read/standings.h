// Points and standings by total moto points. Pure.
//
// Points are the place. Who started and did not finish, or was relegated, gets the place of the last (as many as ride
// in the moto), who did not start gets kDnsPoints. Who was disqualified gets none and is out of the stage: without a
// rank, after everybody else. Lowest total is best; riders who have raced more motos stand
// before those who have raced fewer, so that nobody leads by having nothing. Ties: the better last moto, then
// the better single moto; what is equal after that shares the rank.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  bool rel = false;        // relegated: behind everybody, whatever the time
  bool dsq = false;        // disqualified
  bool ruled = false;      // an official decided
  bool estimated = false;  // the time rests on a start that no pulse gave
};

// nullopt where the result gives none: disqualified, or neither a place nor dnf, dns or rel.
[[nodiscard]] std::optional<std::int64_t> points_of(const Finish& finish, std::int64_t riders_in_moto);

// "FIN", "DNF", "DNS", "DSQ" or "REL" as results say it; empty where there is no result.
[[nodiscard]] std::string_view status_of(const Finish& finish);

// One rider's motos that have a result, in the order they were ridden.
struct Scored {
  std::string rider_id;
  std::vector<std::int64_t> points;
  bool out = false;  // disqualified in one of them
};
struct Standing {
  std::string rider_id;
  std::int64_t rank = 0;  // 1 = best; equal riders share it; 0 = no moto ridden yet, or out
  std::int64_t total = 0;
  std::int64_t motos = 0;
  bool out = false;
};
// Best first; then riders without a moto, then who is out. Riders of equal rank stay in the order given.
[[nodiscard]] std::vector<Standing> standings_of(const std::vector<Scored>& scored);

}  // namespace holeshot::read
