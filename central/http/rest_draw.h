// The draw: who rides in which group, and in which lane in each moto. Pure, and the same for the same seed on
// every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::http {

inline constexpr std::size_t kGateLanes = 8;
// What every format begins with; later rounds are filled from results.
inline constexpr std::size_t kMotoRounds = 3;

struct DrawnEntry {
  std::string rider_id;
  std::size_t lane = 0;  // 1 to kGateLanes
};
struct DrawnMoto {
  std::size_t round = 0;  // from 1
  std::size_t group = 0;  // from 1
  std::vector<DrawnEntry> entries;
};

// As few groups as gates of eight need, evenly filled: nine riders are 5 + 4. A group stays together for all
// rounds; a rider never has the same lane twice. Ordered by round, then group. REQUIRES: rounds <=
// kGateLanes.
[[nodiscard]] std::vector<DrawnMoto> draw_motos(const std::vector<std::string>& rider_ids, std::size_t rounds,
                                                std::uint64_t seed);

// A seed out of a text, FNV-1a.
[[nodiscard]] std::uint64_t seed_of(std::string_view text);

}  // namespace holeshot::http
