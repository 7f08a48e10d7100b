// Both encodings, frames lost: whoever reads them sees the same picture, and never a wrong one.
#include <gtest/gtest.h>

#include <map>

#include "central/ticks/tick_codec.h"
#include "central/ticks/ticks_test_kit.h"

namespace holeshot::ticks {
namespace {

constexpr std::uint64_t kRaces = 12;
constexpr std::uint64_t kTicks = 900;  // 45 s

struct Tally {
  std::uint64_t shown = 0;
  std::uint64_t unknown = 0;  // the keyframe was lost
};

// What the viewer shows, if anything, is the truth.
void compare(kit::Viewer& viewer, const Frame& frame, const std::vector<Lane>& truth, Tally& tally) {
  const auto seen = viewer.take(frame);
  ++(seen ? tally.shown : tally.unknown);
  if (seen) {
    ASSERT_EQ(*seen, truth) << "at tick " << frame.tick_index;
  }
}

// One race, sent in both encodings; each loses a third of its frames, not the same ones.
void race_with_losses(std::uint64_t seed, const contract::Ed25519Key* key, Tally& tally) {
  std::mt19937_64 rng(seed);
  kit::MadeUpRace made(seed);
  TickMaker maker;
  kit::Viewer whole;
  kit::Viewer by_json;
  kit::Viewer by_binary;
  const Scope scope{.track_id = "t", .epoch = 3, .kid = "k", .key = key};
  std::uint64_t seq = 0;
  for (std::uint64_t tick = 0; tick < kTicks; ++tick) {
    const std::uint64_t t = tick * kit::kTickUs;
    seq += 1 + rng() % 3;  // events take numbers too
    const Frame frame = maker.next(made.at(t), {t, 1'761'297'301'000 + t / 1000}, seq);
    const auto truth = whole.take(frame);
    ASSERT_TRUE(truth);
    ASSERT_EQ(truth->size(), made.race().riders.size());
    const Frame from_json = kit::read_json(to_json(frame, scope));
    const base::Bytes bytes = to_binary(frame, scope);
    const Frame from_binary = base::value_or_die(read_binary(bytes)).frame;
    ASSERT_EQ(from_binary.tick_index, from_json.tick_index % 65'536);
    ASSERT_EQ(from_binary.tick_ts_ms, from_json.tick_ts_ms);
    if (rng() % 3 != 0) {
      ASSERT_NO_FATAL_FAILURE(compare(by_json, from_json, *truth, tally));
    }
    if (rng() % 3 != 0) {
      ASSERT_NO_FATAL_FAILURE(compare(by_binary, from_binary, kit::without_speed(*truth), tally));
    }
  }
}

TEST(TickPicture, JsonAndBinaryAndWhoeverLostFramesSeeTheSame) {
  const contract::Ed25519Key key =
      base::value_or_die(contract::Ed25519Key::from_seed(base::Bytes(contract::kEd25519SeedBytes, 1)));
  Tally tally;
  for (std::uint64_t seed = 1; seed <= kRaces; ++seed) {
    SCOPED_TRACE(seed);
    // Signed frames are read no differently; two races show it, the others are quicker without.
    ASSERT_NO_FATAL_FAILURE(race_with_losses(seed, seed <= 2 ? &key : nullptr, tally));
  }
  // Losses met keyframes too, and yet most frames that came were shown.
  EXPECT_GT(tally.unknown, 0U);
  EXPECT_GT(tally.shown, tally.unknown);
}

TEST(TickPicture, TheSameRaceGivesTheSameBytes) {
  const auto run = [] {
    kit::MadeUpRace made(5);
    TickMaker maker;
    std::string all;
    for (std::uint64_t tick = 0; tick < kTicks; ++tick) {
      const std::uint64_t t = tick * kit::kTickUs;
      all += to_json(maker.next(made.at(t), {t, t / 1000}, tick + 1), {.track_id = "t"});
    }
    return all;
  };
  EXPECT_EQ(run(), run());
}

TEST(TickPicture, NobodyIsSetBackAndPlacesAreEachGivenOnce) {
  for (std::uint64_t seed = 1; seed <= kRaces; ++seed) {
    kit::MadeUpRace made(seed);
    TickMaker maker;
    kit::Viewer viewer;
    std::map<std::uint8_t, std::int64_t> last;
    for (std::uint64_t tick = 0; tick < kTicks; ++tick) {
      const std::uint64_t t = tick * kit::kTickUs;
      const auto lanes = viewer.take(maker.next(made.at(t), {t, t / 1000}, tick + 1));
      ASSERT_TRUE(lanes);
      std::map<std::uint8_t, int> places;
      for (const Lane& lane : *lanes) {
        ASSERT_GE(lane.distance_mm, last[lane.lane])
            << "seed " << seed << " lane " << int{lane.lane} << " at " << t;
        ASSERT_LE(lane.distance_mm, 350'000);
        last[lane.lane] = lane.distance_mm;
        ASSERT_EQ(++places[lane.rank], 1);
      }
    }
  }
}

}  // namespace
}  // namespace holeshot::ticks
