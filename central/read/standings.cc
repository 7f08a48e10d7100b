#include "central/read/standings.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace holeshot::read {

namespace {
// What riders are compared by, best first.
auto key_of(const Scored& rider) {
  const auto& points = rider.points;
  const std::int64_t total = std::accumulate(points.begin(), points.end(), std::int64_t{0});
  const std::int64_t last = points.empty() ? 0 : points.back();
  const std::int64_t best = points.empty() ? 0 : *std::min_element(points.begin(), points.end());
  return std::tuple{rider.out, -static_cast<std::int64_t>(points.size()), total, last, best};
}
}  // namespace

std::optional<std::int64_t> points_of(const Finish& finish, std::int64_t riders_in_moto) {
  if (finish.dsq) return std::nullopt;
  if (finish.dns) return kDnsPoints;
  if (finish.dnf || finish.rel) return riders_in_moto;
  return finish.position;
}

std::string_view status_of(const Finish& finish) {
  if (finish.dsq) return "DSQ";
  if (finish.rel) return "REL";
  if (finish.dns) return "DNS";
  if (finish.dnf) return "DNF";
  return finish.position ? "FIN" : "";
}

std::vector<Standing> standings_of(const std::vector<Scored>& scored) {
  std::vector<const Scored*> order;
  order.reserve(scored.size());
  for (const auto& rider : scored) order.push_back(&rider);
  std::stable_sort(order.begin(), order.end(),
                   [](const Scored* a, const Scored* b) { return key_of(*a) < key_of(*b); });
  std::vector<Standing> standings;
  for (const Scored* rider : order) {
    const bool shares = !standings.empty() && key_of(*rider) == key_of(*order[standings.size() - 1]);
    const auto place = static_cast<std::int64_t>(standings.size()) + 1;
    const auto total = std::accumulate(rider->points.begin(), rider->points.end(), std::int64_t{0});
    standings.push_back({.rider_id = rider->rider_id,
                         .rank = rider->out || rider->points.empty() ? 0
                                 : shares                            ? standings.back().rank
                                                                     : place,
                         .total = total,
                         .motos = static_cast<std::int64_t>(rider->points.size()),
                         .out = rider->out});
  }
  return standings;
}

}  // namespace holeshot::read
