#include "gateway/status/walk_board.h"

#include <gtest/gtest.h>

#include <thread>

#include "gateway/status/labels.h"

namespace holeshot::status {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kAtOnce{0};
constexpr milliseconds kBound{20'000};

Crossing crossing(const std::string& id, std::uint64_t spool_id, const std::string& text = "FL-94890") {
  Crossing out;
  out.event_id = id;
  out.spool_id = spool_id;
  out.captured_at_us = 1'800'000'000'000'000;
  out.sighting.decoder_id = "0C00D000";
  out.sighting.transponder_text = text;
  return out;
}

class Board : public testing::Test {
 protected:
  void add(const Crossing& one) { board_.add({&one, 1}); }
  std::vector<std::string> after(std::uint64_t version) {
    std::vector<std::string> ids;
    const PassingsPage page = board_.wait_after(version, kAtOnce);
    version_ = page.version;
    for (const Passing& p : page.passings) {
      ids.push_back(p.crossing.event_id + (p.refused ? "!" : p.at_central ? "+" : p.kept() ? "" : "?"));
    }
    return ids;
  }
  using Ids = std::vector<std::string>;
  WalkBoard board_;
  std::uint64_t version_ = 0;
};

TEST_F(Board, GivesWhatIsNewAndWhatChanged) {
  EXPECT_EQ(after(0), Ids{});
  add(crossing("a", 1));
  add(crossing("b", 2));
  EXPECT_EQ(after(0), (Ids{"a", "b"}));
  EXPECT_EQ(after(version_), Ids{});
  board_.central_has(1);
  EXPECT_EQ(after(version_), Ids{"a+"});
  board_.central_has(1);
  EXPECT_EQ(after(version_), Ids{});
}

TEST_F(Board, ShowsAPassingThatTheDiskHasNotTakenYetAndThenTheSameOneKept) {
  add(crossing("a", 0));
  board_.central_has(100);
  EXPECT_EQ(after(0), Ids{"a?"});
  add(crossing("a", 101));
  EXPECT_EQ(after(version_), Ids{"a"});
  EXPECT_EQ(board_.wait_after(0, kAtOnce).passings.at(0).number, 1U);
}

TEST_F(Board, TicksOffWhatCentralHadBeforeItWasAdded) {
  board_.central_has(7);
  add(crossing("a", 7));
  add(crossing("b", 8));
  EXPECT_EQ(after(0), (Ids{"a+", "b"}));
}

TEST_F(Board, DoesNotTickWhatCentralRefused) {
  for (const auto& [id, row] : {std::pair{"a", 1}, {"b", 2}, {"c", 3}})
    add(crossing(id, static_cast<std::uint64_t>(row)));
  const std::uint64_t refused[] = {2};
  board_.central_has(3, refused);
  EXPECT_EQ(after(0), (Ids{"a+", "b!", "c+"}));
}

TEST_F(Board, GivesEverythingToAPageOfAnEarlierStart) {
  add(crossing("a", 1));
  EXPECT_EQ(after(4'000), Ids{"a"});
}

TEST_F(Board, KeepsTheLastOnly) {
  for (std::size_t i = 1; i <= WalkBoard::kKept + 5; ++i) add(crossing("e" + std::to_string(i), i));
  const PassingsPage page = board_.wait_after(0, kAtOnce);
  ASSERT_EQ(page.passings.size(), WalkBoard::kKept);
  EXPECT_EQ(page.passings.front().number, 6U);
}

TEST_F(Board, NamesEachLowBatteryOnceNewestFirst) {
  for (const char* text : {"FL-1", "FL-2", "FL-1"}) {
    Crossing low = crossing(std::string{"x"} + text + std::to_string(version_++), 1, text);
    low.sighting.battery_low = true;
    add(low);
  }
  add(crossing("good", 9));
  EXPECT_EQ(board_.low_batteries(), (Ids{"FL-1", "FL-2"}));
}

TEST_F(Board, WakesWhoWaits) {
  std::jthread reader([this] { add(crossing("a", 1)); });
  EXPECT_EQ(board_.wait_after(0, kBound).passings.size(), 1U);
}

TEST_F(Board, EndsAWaitWhenAskedToStop) {
  std::stop_source stop;
  std::jthread other([&] { stop.request_stop(); });
  EXPECT_TRUE(board_.wait_after(0, kBound, stop.get_token()).passings.empty());
}

TEST_F(Board, IsSafeFromManyThreads) {
  constexpr std::size_t kEach = 2'000;
  {
    std::jthread first([this] {
      for (std::size_t i = 1; i <= kEach; ++i) add(crossing("a" + std::to_string(i), i));
    });
    std::jthread second([this] {
      for (std::size_t i = 1; i <= kEach; ++i) add(crossing("b" + std::to_string(i), kEach + i));
    });
    std::jthread uploader([this] {
      for (std::size_t i = 1; i <= 2 * kEach; ++i) board_.central_has(i);
    });
    std::uint64_t version = 0;
    while (version < 2 * kEach) version = board_.wait_after(version, kBound).version;
  }
  for (const Passing& p : board_.wait_after(0, kAtOnce).passings) EXPECT_TRUE(p.at_central);
}

TEST_F(Board, JsonComesBack) {
  Labels labels("");
  Crossing odd = crossing("a", 1, "");
  odd.sighting.transponder_id = 102'758'186;
  odd.sighting.strength = 112;
  odd.sighting.resent = odd.flagged = true;
  add(odd);
  board_.central_has(1);
  const auto read = passings_from_json(passings_json(board_.wait_after(0, kAtOnce), "boot", labels));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->board, "boot");
  ASSERT_EQ(read->passings.size(), 1U);
  EXPECT_EQ(read->passings[0].transponder, "102758186");
  EXPECT_EQ(read->passings[0].strength, 112U);
  EXPECT_FALSE(read->passings[0].hits);
  EXPECT_TRUE(read->passings[0].resent && read->passings[0].flagged && read->passings[0].kept);
  EXPECT_TRUE(read->passings[0].at_central);
  for (const char* text :
       {"", "7", "{}", R"({"version":-1,"passings":[]})", R"({"version":1,"passings":7})"}) {
    EXPECT_FALSE(passings_from_json(text)) << text;
  }
  EXPECT_TRUE(passings_from_json(R"({"version":1,"passings":[7,{"number":"x"}]})"));
}

}  // namespace
}  // namespace holeshot::status
