#include "tools/load/arguments.h"

#include <gtest/gtest.h>

namespace holeshot::load {
namespace {

std::optional<int> read(std::vector<const char*> words, Arguments& arguments) {
  words.insert(words.begin(), "holeshot-load");
  return read_command_line(static_cast<int>(words.size()), words.data(), arguments);
}

ViewerPlan plan_of(const std::vector<const char*>& words) {
  Arguments arguments;
  EXPECT_EQ(read(words, arguments), std::nullopt);
  return base::value_or_die(viewer_plan(arguments.viewers));
}

TEST(Arguments, BecomeAPlan) {
  const ViewerPlan plan =
      plan_of({"viewers", "--url", "ws://127.0.0.1:9/x", "--track", "a,b", "--viewers", "1000", "--encoding",
               "mix", "--storm", "2.5", "--slow", "10", "--stalled", "5", "--duration", "0"});
  EXPECT_EQ(plan.target.path, "/x");
  EXPECT_EQ(plan.tracks, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(plan.storm_every_us, 2'500'000U);
  EXPECT_EQ(plan.duration_us, 0U);
  EXPECT_EQ(plan.sources, 5U) << "one address for 250 viewers on this machine";
  EXPECT_FALSE(plan.filters());
  std::map<Manner, int> manners;
  int binary = 0;
  for (std::uint64_t i = 0; i < plan.viewers; ++i) {
    ++manners[plan.manner(i)];
    binary += plan.binary(i) ? 1 : 0;
  }
  EXPECT_EQ(manners[Manner::kStalled], 50);
  EXPECT_NEAR(manners[Manner::kSlow], 100, 50) << "where both fall on one viewer it is stalled";
  EXPECT_EQ(binary, 500);
}

TEST(Arguments, OfAFilterBecomeASubscription) {
  const ViewerPlan plan = plan_of({"viewers", "--rider", "r1,r2", "--class", "Girls 11"});
  EXPECT_EQ(plan.subscribe,
            R"({"payload":{"classes":["Girls 11"],"events":[],"riders":["r1","r2"]},"type":"subscribe"})");
}

TEST(Arguments, ThatAreWrongEndWithStatusTwo) {
  Arguments arguments;
  EXPECT_EQ(read({}, arguments), kUsage);
  EXPECT_EQ(read({"viewers", "--viewers", "none"}, arguments), kUsage);
  EXPECT_EQ(read({"viewers", "--encoding", "morse"}, arguments), kUsage);
  EXPECT_EQ(read({"--help"}, arguments), kWell);
  for (const auto& words :
       std::vector<std::vector<const char*>>{{"viewers", "--track", "a b"},
                                             {"viewers", "--slow", "60", "--stalled", "50"},
                                             {"viewers", "--url", "wss://127.0.0.1:9"},
                                             {"viewers", "--token", "a&b"}}) {
    Arguments wrong;
    ASSERT_EQ(read(words, wrong), std::nullopt);
    const auto plan = viewer_plan(wrong.viewers);
    ASSERT_FALSE(plan) << words[1];
    EXPECT_FALSE(plan.error().hint.empty()) << words[1];
  }
}

TEST(Arguments, OfGatewaysBecomeAPlan) {
  Arguments arguments;
  ASSERT_EQ(
      read({"gateways", "--url", "http://127.0.0.1:9", "--gateways", "3", "--rate", "2.5", "--track", "a,b"},
           arguments),
      std::nullopt);
  EXPECT_EQ(arguments.command, Arguments::Command::kGateways);
  const GatewayPlan plan = base::value_or_die(gateway_plan(arguments.gateways));
  EXPECT_EQ(plan.gateways, 3U);
  EXPECT_EQ(plan.events_per_s, 2.5);
  EXPECT_EQ(plan.tracks.size(), 2U);
  EXPECT_EQ(plan.key, nullptr);
  EXPECT_EQ(read({"gateways", "--batch", "1001"}, arguments), kUsage);
  arguments.gateways.key_file = "/nowhere/gateway.key";
  EXPECT_EQ(gateway_plan(arguments.gateways).error().code, base::Code::kMissing);
}

}  // namespace
}  // namespace holeshot::load
