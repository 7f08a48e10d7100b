// The draw: who rides in which group of the motos, and in which lane. Pure, and the same for the same seed on every
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/competition/heat.h"
#include "central/competition/rule_book.h"

namespace holeshot::competition {

struct DrawnMoto {
  std::size_t round = 0;  // from 1
  std::size_t group = 0;  // from 1
  std::vector<Entry> entries;
};

// As few groups as the gate needs for so many riders.
[[nodiscard]] std::size_t groups_for(std::size_t riders, std::size_t lanes);

// Groups evenly filled (nine riders are 5 + 4). With kGroups a group stays together for all motos; with kScrambled riders
// meet others in each moto. Lanes by the book's table or at random; a rider never has the same lane twice as long as the
// table gives none. Ordered by round, then group. REQUIRES: groups >= groups_for(riders), rounds <= lanes.
[[nodiscard]] std::vector<DrawnMoto> draw_motos(const RuleBook& book,
                                                const std::vector<std::string>& rider_ids, std::size_t groups,
                                                std::size_t rounds, std::uint64_t seed);

// Lanes for riders in the order of their seeds: preferred lanes by seed, or drawn. REQUIRES: no more riders than lanes.
[[nodiscard]] std::vector<Entry> later_lanes(const RuleBook& book, const std::vector<std::string>& seeded,
                                             std::uint64_t seed);

// A free lane for one who comes late, the same for the same input: one that he had in no other moto if there is one.
// 0 where the gate is full.
[[nodiscard]] std::size_t free_lane(const RuleBook& book, const std::vector<Entry>& entries,
                                    const std::vector<std::size_t>& had);

// A seed out of a text, FNV-1a.
[[nodiscard]] std::uint64_t seed_of(std::string_view text);

}  // namespace holeshot::competition
