// What can go wrong on the track, and the steady load.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "tools/sim/race_source.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

using testing::read_record;
constexpr std::uint64_t kBoot = 1'761'800'000'000'000;
constexpr std::uint64_t kSecond = 1'000'000;

class SimRaceFaults : public ::testing::Test {
 protected:
  RaceSource source(RaceOptions options) {
    options.boot_rtc_us = kBoot;
    return RaceSource(options, [this](const std::string& line) { lines_.push_back(line); });
  }
  // All that is issued until `seconds` of host time have passed.
  std::vector<Issued> listen(RaceSource& source, std::uint64_t seconds) {
    std::vector<Issued> heard;
    const std::uint64_t end = mono_us_ + seconds * kSecond;
    while (mono_us_ <= end) {
      mono_us_ =
          std::min(source.run(mono_us_, [&](const Issued& issued) { heard.push_back(issued); }), end + 1);
    }
    return heard;
  }
  static std::size_t count(const std::vector<Issued>& heard, Issued::Kind kind) {
    return static_cast<std::size_t>(
        std::ranges::count_if(heard, [kind](const Issued& issued) { return issued.kind == kind; }));
  }
  static std::size_t pulses(const std::vector<Issued>& heard) {
    return static_cast<std::size_t>(std::ranges::count_if(
        heard, [](const Issued& issued) { return issued.transponder_id == p3::kExternalStartTransponder; }));
  }
  std::vector<std::string> lines_;
  std::uint64_t mono_us_ = 5 * kSecond;
};

constexpr std::size_t kWholeRace = 1 + kLanes * kLoops.size();

TEST_F(SimRaceFaults, ASecondHitComesALittleLaterOnTheSameLoop) {
  auto races = source({.plan = {.double_hit = 1}, .races = 1});
  std::map<std::pair<std::uint32_t, std::size_t>, std::vector<std::uint64_t>> crossings;
  for (const Issued& issued : listen(races, 100)) {
    if (issued.kind == Issued::Kind::kPassing && issued.transponder_id > p3::kSyncTransponder)
      crossings[{issued.transponder_id, issued.decoder}].push_back(issued.rtc_us);
  }
  EXPECT_EQ(crossings.size(), kLanes * kLoops.size());
  for (const auto& [who, times] : crossings) {
    ASSERT_EQ(times.size(), 2U);
    EXPECT_GE(times[1] - times[0], 200'000U);
    EXPECT_LE(times[1] - times[0], 2'800'000U);
  }
}

TEST_F(SimRaceFaults, KnobsChangeNothingElseInTheRace) {
  auto plain = source({.races = 1});
  const auto expected = listen(plain, 100);
  auto doubled = source({.plan = {.double_hit = 1, .gate_double = 1}, .races = 1});
  const auto heard = listen(doubled, 100);
  for (const Issued& issued : expected) {
    if (issued.kind != Issued::Kind::kPassing) continue;
    EXPECT_TRUE(std::ranges::any_of(heard, [&](const Issued& other) {
      return other.rtc_us == issued.rtc_us && other.transponder_id == issued.transponder_id;
    }));
  }
}

TEST_F(SimRaceFaults, GatePulsesAreLostOrDoubled) {
  auto lost = source({.plan = {.gate_lost = 1}, .races = 2});
  const auto without = listen(lost, 150);
  EXPECT_EQ(pulses(without), 0U);
  EXPECT_EQ(count(without, Issued::Kind::kPassing), 2 * (kWholeRace - 1));
  auto doubled = source({.plan = {.gate_double = 1}, .races = 2});
  EXPECT_EQ(pulses(listen(doubled, 150)), 4U);
}

TEST_F(SimRaceFaults, NoStatusUntilItIsSwitchedOn) {
  auto races = source({.gate_on_command = true, .status = false});
  EXPECT_TRUE(listen(races, 20).empty());
  ASSERT_TRUE(races.command("status on", mono_us_));
  EXPECT_GE(count(listen(races, 20), Issued::Kind::kStatus), 12U);
  ASSERT_TRUE(races.command("status off", mono_us_));
  EXPECT_TRUE(listen(races, 20).empty());
}

TEST_F(SimRaceFaults, MissedPassingsAreKeptAndNotSent) {
  auto races = source({.races = 1, .miss_on_wire = 5});
  std::vector<const Issued*> missed;
  const auto heard = listen(races, 100);
  for (const Issued& issued : heard) {
    if (!issued.live) missed.push_back(&issued);
  }
  ASSERT_EQ(missed.size(), 5U);
  for (const Issued* issued : missed) EXPECT_EQ(issued->kind, Issued::Kind::kPassing);
  const auto ask = read_record(p3::resend_request(1, 99, {.decoder = kLoops[missed[0]->decoder].decoder}));
  const auto replies = races.answer(ask, mono_us_, kAllDecoders);
  EXPECT_EQ(replies.at(missed[0]->number - 1), missed[0]->wire);
}

TEST_F(SimRaceFaults, TheRaceLineTellsWhatTheDecodersClocksShow) {
  auto races = source({.gate_on_command = true});
  ASSERT_TRUE(races.command("rtc step 100 3", mono_us_));
  ASSERT_TRUE(races.command("gate 7000001", mono_us_));
  const auto line = nlohmann::json::parse(lines_.at(0));
  std::map<std::string, std::uint64_t> told;
  for (const auto& split : line["riders"][0]["splits"]) told[split["decoder_id"]] = split["rtc_us"];
  std::map<std::string, std::uint64_t> issued;
  for (const Issued& one : listen(races, 60)) {
    if (one.transponder_id == 7'000'001) issued[kLoops[one.decoder].decoder.str()] = one.rtc_us;
  }
  EXPECT_EQ(told, issued);
  EXPECT_EQ(told.size(), kLoops.size());
  EXPECT_GT(told["D0000C04"], told["D0000C01"] + 100 * kSecond);
}

TEST_F(SimRaceFaults, ProbabilitiesAreSetOnTheWay) {
  auto races = source({.gate_on_command = true});
  for (const char* line : {"miss 1", "gate-lost 1", "dnf 0.5", "double 0.5", "gate-double 0"})
    ASSERT_TRUE(races.command(line, mono_us_)) << line;
  ASSERT_TRUE(races.command("gate 0", mono_us_));
  EXPECT_EQ(count(listen(races, 60), Issued::Kind::kPassing), 0U);
  for (const char* line : {"miss", "miss 2", "status 1", "miss-on-wire x", "load", "load -1", "load 1e7"})
    EXPECT_FALSE(races.command(line, mono_us_)) << line;
}

TEST_F(SimRaceFaults, ALoadIsSteadyOverAllDecoders) {
  auto load = source({.status = false, .load_per_s = 200});
  const auto heard = listen(load, 10);
  EXPECT_NEAR(static_cast<double>(heard.size()), 2000, 40);
  EXPECT_TRUE(lines_.empty());
  std::map<std::size_t, std::size_t> per_decoder;
  for (const Issued& issued : heard) ++per_decoder[issued.decoder];
  for (const auto& [decoder, passings] : per_decoder) EXPECT_NEAR(static_cast<double>(passings), 500, 20);
  EXPECT_EQ(per_decoder.size(), kLoops.size());
  EXPECT_FALSE(load.finished());
}

TEST_F(SimRaceFaults, ALoadEndsAfterItsLastPassingAndCanBeChanged) {
  auto load = source({.status = false, .load_per_s = 100, .load_total = 50});
  EXPECT_EQ(listen(load, 10).size(), 50U);
  EXPECT_TRUE(load.finished());
  auto other = source({.gate_on_command = true, .status = false});
  ASSERT_TRUE(other.command("load 0.001", mono_us_));
  ASSERT_TRUE(other.command("load 50", mono_us_));  // does not wait for the slow one's rider
  EXPECT_NEAR(static_cast<double>(listen(other, 4).size()), 200, 10);
  ASSERT_TRUE(other.command("load 0", mono_us_));
  (void)listen(other, 1);  // those that had crossed already
  EXPECT_TRUE(listen(other, 10).empty());
}

}  // namespace
}  // namespace holeshot::sim
