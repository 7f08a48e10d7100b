// The whole conversation against a model decoder over a bad line: whatever is lost, doubled, reordered or cut off, and
// however often the gateway starts again, every passing that the decoder still stores is emitted exactly once.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/p3/tags.h"
#include "gateway/driver/p3/talk_world.h"

namespace holeshot::driver::p3 {
namespace {

namespace wire = holeshot::p3;
using testing::ModelOptions;
using testing::Random;
using testing::World;

// Everything that can happen to a line and to a gateway, then a good line for long enough.
void bad_day(World& world, bool with_clear) {
  Random& random = world.random();
  world.open();
  world.run(10'000'000);  // it knows the decoder
  world.faults = {.lost = 8, .doubled = 5, .swapped = 5, .damaged = 3};
  const std::size_t clear_at = with_clear ? random.below(12) : 99;
  for (std::size_t i = 0; i < 12; ++i) {
    if (i == clear_at) world.decoder().clear();
    world.run(1'000'000 + random.below(20'000'000), 5);
    if (random.chance(30)) world.restart();
    if (world.is_open() && random.chance(40)) world.cut();
    if (!world.is_open()) {
      world.run(random.below(8'000'000), 5);
      world.open();
    }
  }
  world.faults = {};
  if (world.is_open()) world.cut();
  world.open();
  world.run(60'000'000, 1);
  world.run(30'000'000);
}

class TalkOverABadLine : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TalkOverABadLine, EveryStoredPassingIsEmittedExactlyOnce) {
  const std::uint64_t first = GetParam();
  for (std::uint64_t seed = first; seed < first + 20; ++seed) {
    ModelOptions model{.echoes = seed % 3 != 0};
    if (seed % 5 == 0) model.ignored = {wire::tor::kVersion};
    if (seed % 7 == 0) model.unknown = {wire::tor::kGetTime};
    if (seed % 4 == 0) model.next_number = 0xFFFF'FFFFU - 60;  // wraps
    World world(seed, model);
    bad_day(world, seed % 2 == 0 && seed % 4 != 0);
    ASSERT_GT(world.decoder().stored().size(), 0U);
    for (const auto& passing : world.decoder().stored())
      ASSERT_EQ(world.emitted(passing.frame), 1U) << "seed " << seed << " number " << passing.number;
    for (const auto& [frame, times] : world.all_emitted())
      ASSERT_EQ(times, 1U) << "seed " << seed << " " << frame;
    ASSERT_EQ(world.complaint, "");
    ASSERT_FALSE(world.two_at_once) << "seed " << seed;
  }
}

TEST_P(TalkOverABadLine, APassiveDriverSendsNothingAndCountsWhatIsMissing) {
  const std::uint64_t first = GetParam();
  for (std::uint64_t seed = first; seed < first + 5; ++seed) {
    World world(seed, {}, true);
    bad_day(world, false);
    world.ride();
    world.run(1'000'000);
    EXPECT_TRUE(world.requests.empty());
    std::uint64_t never = 0;
    bool begun = false;
    for (const auto& passing : world.decoder().stored()) {
      const std::size_t times = world.emitted(passing.frame);
      EXPECT_LE(times, 1U);
      begun = begun || times > 0;
      if (begun && times == 0) ++never;
    }
    EXPECT_EQ(world.health().missing, never) << "seed " << seed;
    EXPECT_EQ(world.health().missing_numbers.empty(), never == 0);
    EXPECT_EQ(world.health().recovered, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TalkOverABadLine, ::testing::Values(1U, 21U, 41U, 61U, 81U));

TEST(Talk, OpensWithVersionAndTimeThenSessionOfWhomItHears) {
  World world(1, {});
  world.open();
  world.run(4'000'000);
  ASSERT_GE(world.requests.size(), 3U);
  EXPECT_EQ(world.requests[0].name(), "VERSION");
  EXPECT_EQ(world.requests[1].name(), "SESSION");
  EXPECT_EQ(world.requests[2].name(), "GET_TIME");
  EXPECT_EQ(world.requests[1].decoder_id(), world.decoder().id());
  const DecoderHealth health = world.health();
  EXPECT_EQ(health.model, "Model Decoder");
  EXPECT_EQ(health.firmware, "4.3.1");
  EXPECT_EQ(health.noise, 40U);
  EXPECT_EQ(health.temperature_c, 21);
  EXPECT_EQ(health.input_voltage_dv, 121U);
  EXPECT_EQ(health.last_passing_number, 4'999U);
  EXPECT_TRUE(health.not_supported.empty());
}

TEST(Talk, AsksForTheTimeEveryHalfMinuteAndTellsTheOffset) {
  World world(1, {});
  world.open();
  world.run(125'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "GET_TIME", &wire::Record::name), 5);
  ASSERT_TRUE(world.health().clock_offset_us);
  EXPECT_NEAR(static_cast<double>(*world.health().clock_offset_us), 3.6e9, 30'000);
  world.records.clear();
  world.ride();
  world.run(100'000);
  const auto passing = std::ranges::find(world.records, std::string{"PASSING"}, &Record::message_type);
  ASSERT_NE(passing, world.records.end());
  ASSERT_TRUE(passing->decoder_offset_us);
  EXPECT_NEAR(static_cast<double>(*passing->decoder_offset_us), 3.6e9, 30'000);
}

TEST(Talk, AClockThatIsSetIsFlaggedOnceAndCounted) {
  World world(1, {});
  world.open();
  world.run(65'000'000);
  world.decoder().rtc_ahead_us -= 10'000'000;
  world.records.clear();
  world.run(40'000'000);
  EXPECT_EQ(std::ranges::count(world.records, true, &Record::decoder_clock_stepped), 1);
  EXPECT_EQ(world.health().clock_steps, 1U);
}

TEST(Talk, NeverAsksForTheHistoryOfADecoderSeenForTheFirstTime) {
  World world(1, {});
  for (int i = 0; i < 300; ++i) world.ride();
  world.open();
  world.run(30'000'000, 2);
  EXPECT_EQ(std::ranges::count(world.requests, "RESEND", &wire::Record::name), 0);
  EXPECT_EQ(world.health().missing, 0U);
}

TEST(Talk, WhatWasMissedWhileTheGatewayWasDownComesInBlocksMarkedAsResent) {
  World world(1, {});
  world.open();
  world.run(5'000'000);
  world.ride();
  world.run(1'000'000);
  world.restart();
  for (int i = 0; i < 250; ++i) world.ride();
  world.records.clear();
  world.open();
  world.run(30'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "RESEND", &wire::Record::name), 3);
  EXPECT_EQ(std::ranges::count(world.records, true, &Record::resent), 250);
  for (const Record& record : world.records) {
    if (record.sighting) {
      EXPECT_TRUE(record.sighting->resent);
    }
  }
  EXPECT_EQ(world.health().recovered, 250U);
  EXPECT_EQ(world.health().missing, 0U);
}

TEST(Talk, ALostLastPassingIsFoundWithoutAnotherOne) {
  World world(1, {});
  world.open();
  world.run(5'000'000);
  world.faults.lost = 100;
  world.ride();
  world.faults.lost = 0;
  world.run(70'000'000);
  EXPECT_EQ(world.emitted(world.decoder().stored().back().frame), 1U);
}

TEST(Talk, WhatADecoderRefusesOrIgnoresIsLeftAloneUntilTheLineOpensAgain) {
  World world(1, {.ignored = {wire::tor::kSession}, .unknown = {wire::tor::kGetTime}});
  world.open();
  world.run(300'000'000);
  EXPECT_EQ(world.health().not_supported, (std::vector<std::string>{"SESSION", "GET_TIME"}));
  EXPECT_EQ(std::ranges::count(world.requests, "SESSION", &wire::Record::name), 2) << "one retry";
  EXPECT_EQ(std::ranges::count(world.requests, "GET_TIME", &wire::Record::name), 2) << "to all, then by name";
  world.cut();
  world.requests.clear();
  world.open();
  world.run(20'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "SESSION", &wire::Record::name), 2);
}

TEST(Talk, AHoleThatNeverComesIsGivenUpAndStaysNamed) {
  World world(1, {.stores = 1});  // forgets at once
  world.open();
  world.run(5'000'000);
  world.ride();
  world.run(1'000'000);
  world.cut();
  world.ride();
  world.ride();
  world.ride();
  world.open();
  world.run(120'000'000);
  EXPECT_EQ(world.health().missing, 2U);
  EXPECT_EQ(world.health().missing_numbers, "5001-5002");
  const auto asked = std::ranges::count(world.requests, "RESEND", &wire::Record::name);
  EXPECT_EQ(asked, 3);
  world.run(120'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "RESEND", &wire::Record::name), asked);
}

TEST(Talk, ACounterThatStartsOverLosesNothing) {
  World world(1, {});
  world.open();
  world.run(5'000'000);
  world.ride();
  world.run(1'000'000);
  world.decoder().clear();
  world.records.clear();
  for (int i = 0; i < 5; ++i) world.ride();
  world.run(5'000'000);
  EXPECT_EQ(std::ranges::count(world.records, std::string{"PASSING"}, &Record::message_type), 5);
  EXPECT_EQ(std::ranges::count(world.records, true, &Record::resent), 0);
  EXPECT_EQ(world.health().counter_restarts, 1U);
}

}  // namespace
}  // namespace holeshot::driver::p3
