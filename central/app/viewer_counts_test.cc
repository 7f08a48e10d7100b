#include "central/app/viewer_counts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "central/app/broadcaster.h"
#include "central/live/ws_codec.h"

namespace holeshot::central_app {
namespace {

using Told = std::vector<std::pair<std::string, std::uint64_t>>;

class ViewerCountsTest : public ::testing::Test {
 protected:
  static live::TopicKey race(const std::string& track) { return {track, live::Channel::kRace}; }
  void speaks(const std::string& track) { broadcaster_.on_viewers(track, 0, 1); }
  Told check() {
    counts_.check();
    return std::exchange(told_, {});
  }

  base::ManualClock clock_{1'760'000'000'000'000};
  base::Metrics metrics_;
  live::Hub hub_;
  Broadcaster broadcaster_{hub_, BroadcastOptions{.epoch = 7}, metrics_};
  live::Audience audience_;
  Told told_;
  ViewerCounts counts_{hub_, audience_, clock_, [this](const std::string& track, std::uint64_t viewers) {
                         told_.emplace_back(track, viewers);
                       }};
};

TEST_F(ViewerCountsTest, TellsOnlyWhatHasChanged) {
  speaks("zolder");
  speaks("spa");
  EXPECT_EQ(check(), Told{});
  hub_.viewer_joined(race("zolder"));
  hub_.viewer_joined(race("zolder"));
  EXPECT_EQ(check(), (Told{{"zolder", 2}}));
  EXPECT_EQ(check(), Told{});
  hub_.viewer_left(race("zolder"));
  hub_.viewer_joined(race("spa"));
  EXPECT_EQ(check(), (Told{{"spa", 1}, {"zolder", 1}}));
  hub_.viewer_left(race("zolder"));
  EXPECT_EQ(check(), (Told{{"zolder", 0}}));
}

TEST_F(ViewerCountsTest, WhoPollsIsCountedForAsLongAsItAsks) {
  speaks("zolder");
  hub_.viewer_joined(race("zolder"));
  audience_.seen("zolder", "a", clock_.mono_us());
  audience_.seen("zolder", "b", clock_.mono_us());
  EXPECT_EQ(check(), (Told{{"zolder", 3}}));
  clock_.advance_us(40'000'000);
  EXPECT_EQ(check(), (Told{{"zolder", 1}}));
}

TEST_F(ViewerCountsTest, NamesThatNobodyRacesAtAreNotTold) {
  hub_.viewer_joined(race("made-up"));
  audience_.seen("made-up", "a", clock_.mono_us());
  EXPECT_EQ(check(), Told{});
}

TEST_F(ViewerCountsTest, IsAFrameOfTheStreamWithItsOwnNumber) {
  speaks("zolder");
  broadcaster_.on_viewers("zolder", 41, 5);
  const auto past = hub_.past(race("zolder"), {.epoch = 7, .since_seq = 1});
  ASSERT_TRUE(past);
  ASSERT_EQ(past->frames.size(), 1U);
  const auto envelope = nlohmann::json::parse(live::server_text(past->frames[0]->wire));
  EXPECT_EQ(envelope["seq"], 2);
  EXPECT_EQ(envelope["payload"]["event_type"], "viewer_count_update");
  EXPECT_EQ(envelope["payload"]["viewers"], 41);
}

}  // namespace
}  // namespace holeshot::central_app
