#include "tools/sim/race_source.h"

#include <gtest/gtest.h>

#include <map>

#include "common/p3/tags.h"
#include "common/p3/views.h"

namespace holeshot::sim {
namespace {

constexpr std::uint64_t kBoot = 1'761'800'000'000'000;
constexpr std::uint64_t kSecond = 1'000'000;

struct Heard {
  std::uint64_t mono_us = 0;
  p3::Record record;
};

class SimRaceSource : public ::testing::Test {
 protected:
  // Runs until `seconds` of host time have passed, stepping from one due moment to the next.
  std::vector<Heard> listen(RaceSource& source, std::uint64_t seconds) {
    std::vector<Heard> heard;
    const std::uint64_t end = mono_us_ + seconds * kSecond;
    while (mono_us_ <= end) {
      const std::uint64_t due = source.run(mono_us_, [&](const Issued& issued) {
        framer_.feed(issued.wire,
                     [&](const p3::Frame& frame) { heard.push_back({mono_us_, p3::Record{frame}}); });
      });
      EXPECT_GT(due, mono_us_);
      mono_us_ = due;
    }
    mono_us_ = end;
    return heard;
  }
  static std::vector<p3::Passing> passings(const std::vector<Heard>& heard) {
    std::vector<p3::Passing> out;
    for (const auto& one : heard) {
      if (auto passing = p3::as_passing(one.record)) out.push_back(*passing);
    }
    return out;
  }
  RaceSource source(RaceOptions options) {
    options.boot_rtc_us = kBoot;
    return RaceSource(options, [this](const std::string& line) { lines_.push_back(line); });
  }
  std::vector<std::string> lines_;
  std::uint64_t mono_us_ = 5 * kSecond;
  p3::Framer framer_;
};

TEST_F(SimRaceSource, StatusComesEveryFiveSecondsFromEachDecoder) {
  auto races = source({.gate_on_command = true});
  std::map<std::uint32_t, std::vector<std::uint64_t>> times;
  for (const auto& one : listen(races, 60)) times[one.record.decoder_id()->value()].push_back(one.mono_us);
  EXPECT_EQ(times.size(), kLoops.size());
  for (const auto& [decoder, at] : times) {
    EXPECT_GE(at.size(), 11U);
    for (std::size_t i = 1; i < at.size(); ++i) EXPECT_EQ(at[i] - at[i - 1], kStatusIntervalUs);
  }
}

TEST_F(SimRaceSource, RacesAreReportedAsPlanned) {
  auto races = source({.races = 3});
  const auto heard = passings(listen(races, 200));
  EXPECT_EQ(heard.size(), 3 * (1 + kLanes * kLoops.size()));
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_TRUE(races.finished());
  std::map<std::uint32_t, std::uint64_t> numbers;
  for (const auto& passing : heard) {
    EXPECT_EQ(*passing.passing_number, ++numbers[passing.decoder_id->value()]);
    bool planned = false;  // its RTC stands in a race's line
    for (const auto& line : lines_)
      planned = planned || line.find(std::to_string(*passing.rtc_time_us)) != line.npos;
    EXPECT_TRUE(planned);
  }
}

TEST_F(SimRaceSource, GatesDropOneIntervalAfterTheOther) {
  auto races = source({.interval_s = 60, .races = 5});
  std::vector<std::uint64_t> gates;
  for (const auto& passing : passings(listen(races, 400))) {
    if (passing.transponder_id == p3::kExternalStartTransponder) gates.push_back(*passing.rtc_time_us);
  }
  ASSERT_EQ(gates.size(), 5U);
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const std::uint64_t turn = kBoot + kFirstGateUs + i * 60 * kSecond;
    EXPECT_GE(gates[i], turn + 100'000);
    EXPECT_LE(gates[i], turn + 2'700'000);
  }
}

TEST_F(SimRaceSource, GroupsRaceInTurn) {
  auto races = source({.riders = 2, .groups = 3, .races = 4});
  (void)listen(races, 300);
  ASSERT_EQ(lines_.size(), 4U);
  EXPECT_NE(lines_[0].find("7000001"), std::string::npos);
  EXPECT_NE(lines_[1].find("7000009"), std::string::npos);
  EXPECT_NE(lines_[2].find("7000017"), std::string::npos);
  EXPECT_NE(lines_[3].find("7000002"), std::string::npos);
}

TEST_F(SimRaceSource, SpeedCompressesTheWireAndNotTheRace) {
  auto slow = source({.races = 1});
  const auto expected = passings(listen(slow, 60));
  auto fast = source({.speed = 100, .races = 1});
  const auto heard = passings(listen(fast, 1));
  EXPECT_EQ(heard, expected);
}

TEST_F(SimRaceSource, PassingsAreHeardAfterTheyHappened) {
  auto races = source({.speed = 10, .races = 1});
  const std::uint64_t boot_mono = mono_us_;
  for (const auto& one : listen(races, 6)) {
    const auto passing = p3::as_passing(one.record);
    if (!passing) continue;
    const std::uint64_t heard_rtc = kBoot + (one.mono_us - boot_mono) * 10;
    EXPECT_GE(heard_rtc, *passing->rtc_time_us + 10'000);
    EXPECT_LE(heard_rtc, *passing->rtc_time_us + 100'010);
  }
}

TEST_F(SimRaceSource, GateDropsOnCommandForAGroupOrForListedRiders) {
  auto races = source({.groups = 2, .gate_on_command = true});
  EXPECT_TRUE(passings(listen(races, 60)).empty());
  EXPECT_TRUE(races.command("gate 1\r", mono_us_));
  EXPECT_TRUE(races.command("gate 7000004, 7000002", mono_us_));
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_NE(lines_[0].find("7000009"), std::string::npos);
  EXPECT_NE(lines_[1].find(R"("transponder_id":7000004,"transponder_string":"HS-00004","lane":1)"),
            std::string::npos);
  EXPECT_NE(lines_[1].find(R"("transponder_id":7000002,"transponder_string":"HS-00002","lane":2)"),
            std::string::npos);
  EXPECT_EQ(passings(listen(races, 60)).size(), 2 + 10 * kLoops.size());
}

TEST_F(SimRaceSource, BadCommandsDropNoGate) {
  RaceOptions options{.races = 1, .gate_on_command = true};
  auto races = source(options);
  for (const char* line :
       {"go", "gate", "gate x", "gate 1", "gate 1,2,,3", "gate 1,2,3,4,5,6,7,8,9", "gate 7000001,"}) {
    EXPECT_FALSE(races.command(line, mono_us_)) << line;
  }
  EXPECT_TRUE(lines_.empty());
  EXPECT_EQ(parse_gate("gate 1", options).error().code, base::Code::kInvalid);
  EXPECT_TRUE(races.command("", mono_us_));
  EXPECT_TRUE(races.command("gate 7000001", mono_us_));
  EXPECT_FALSE(races.command("gate 0", mono_us_));  // beyond --races
  EXPECT_EQ(lines_.size(), 1U);
}

}  // namespace
}  // namespace holeshot::sim
