#include "central/http/rest_draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace holeshot::http {
namespace {

std::vector<std::string> riders(std::size_t count) {
  std::vector<std::string> ids;
  ids.reserve(count);
  for (std::size_t i = 0; i < count; ++i) ids.push_back("r" + std::to_string(i));
  return ids;
}

std::string text_of(const std::vector<DrawnMoto>& motos) {
  std::string out;
  for (const auto& moto : motos) {
    out += std::to_string(moto.round) + "/" + std::to_string(moto.group) + ":";
    for (const auto& entry : moto.entries) out += entry.rider_id + "@" + std::to_string(entry.lane) + ",";
  }
  return out;
}

// Every size of class and many seeds: what has to hold for each draw.
TEST(Draw, GivesEveryRiderEachRoundOnceInOneGroupAndEverOtherLanes) {
  for (std::size_t count = 1; count <= 128; ++count) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto motos = draw_motos(riders(count), kMotoRounds, seed * 7919 + count);
      std::map<std::string, std::set<std::size_t>> lanes;
      std::map<std::string, std::set<std::size_t>> groups;
      std::map<std::size_t, std::multiset<std::string>> rounds;
      std::set<std::size_t> sizes;
      for (const auto& moto : motos) {
        std::set<std::size_t> taken;
        sizes.insert(moto.entries.size());
        for (const auto& entry : moto.entries) {
          EXPECT_TRUE(entry.lane >= 1 && entry.lane <= kGateLanes);
          EXPECT_TRUE(taken.insert(entry.lane).second) << "lane twice in a moto, " << count << " riders";
          EXPECT_TRUE(lanes[entry.rider_id].insert(entry.lane).second)
              << "lane again, " << count << " riders";
          groups[entry.rider_id].insert(moto.group);
          rounds[moto.round].insert(entry.rider_id);
        }
      }
      ASSERT_EQ(motos.size(), (count + 7) / 8 * kMotoRounds);
      EXPECT_LE(*sizes.rbegin(), kGateLanes);
      EXPECT_LE(*sizes.rbegin() - *sizes.begin(), 1U) << "uneven groups of " << count;
      ASSERT_EQ(rounds.size(), kMotoRounds);
      for (const auto& [round, who] : rounds) {
        const auto all = riders(count);
        EXPECT_EQ(who, (std::multiset<std::string>{all.begin(), all.end()}));
      }
      for (const auto& [rider, in] : groups) EXPECT_EQ(in.size(), 1U) << rider;
    }
  }
}

TEST(Draw, NineRidersAreFiveAndFour) {
  const auto motos = draw_motos(riders(9), 1, 1);
  ASSERT_EQ(motos.size(), 2U);
  EXPECT_EQ(motos[0].entries.size(), 5U);
  EXPECT_EQ(motos[1].entries.size(), 4U);
}

TEST(Draw, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(text_of(draw_motos(riders(20), 3, 42)), text_of(draw_motos(riders(20), 3, 42)));
  EXPECT_NE(text_of(draw_motos(riders(20), 3, 42)), text_of(draw_motos(riders(20), 3, 43)));
  // Written down once: another machine, compiler or library has to draw this too.
  EXPECT_EQ(text_of(draw_motos(riders(3), 2, seed_of("class"))), "1/1:r0@8,r1@5,r2@1,2/1:r0@7,r1@8,r2@5,");
}

TEST(Draw, OfNobodyIsNothing) { EXPECT_TRUE(draw_motos({}, 3, 1).empty()); }

TEST(Draw, EveryLaneIsEverybodysTurnSooner) {
  std::map<std::size_t, int> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto motos = draw_motos(riders(4), 1, seed);
    for (const auto& entry : motos[0].entries) ++seen[entry.lane];
  }
  for (std::size_t lane = 1; lane <= kGateLanes; ++lane) EXPECT_GT(seen[lane], 50) << lane;
}

}  // namespace
}  // namespace holeshot::http
