#include "tools/sim/truth.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/p3/requests.h"
#include "tools/sim/decoders.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

using nlohmann::json;
constexpr std::uint64_t kNow = 1'761'800'000'000'000;

TEST(SimTruth, APassingIsToldWithEverythingThatIdentifiesIt) {
  Decoders box({.boot_us = kNow});
  Split split;
  split.loop = 2;
  split.rtc_us = kNow;
  const Issued issued = box.passing(rider_with(7'000'003), split);
  const json line = json::parse(truth_of(issued, {.links = 2, .intact = 1}));
  EXPECT_EQ(line["kind"], "passing");
  EXPECT_EQ(line["decoder_id"], "D0000C03");
  EXPECT_EQ(line["number"], 1);
  EXPECT_EQ(line["rtc_us"], kNow);
  EXPECT_EQ(line["transponder_id"], 7'000'003);
  EXPECT_EQ(line["transponder"], "HS-00003");
  EXPECT_EQ(line["hex"], base::to_hex(issued.wire));
  EXPECT_EQ(line["live"], true);
  EXPECT_EQ(line["links"], 2);
  EXPECT_EQ(line["intact"], 1);
  EXPECT_EQ(json::parse(truth_of(issued, {.links = 1, .intact = 0}))["live"], false);
}

TEST(SimTruth, AStatusHasNoNumberAndAChipXNoTransponderId) {
  Decoders box({.profile = Profile::kChipX, .boot_us = kNow});
  const json status = json::parse(truth_of(box.status(1, kNow), {}));
  EXPECT_EQ(status["kind"], "status");
  EXPECT_FALSE(status.contains("number"));
  EXPECT_EQ(status["live"], false);
  const json passing = json::parse(truth_of(box.passing(rider_with(7'000'001), Split{}), {}));
  EXPECT_FALSE(passing.contains("transponder_id"));
  EXPECT_EQ(passing["transponder"], "HS-00001");
}

TEST(SimTruth, RepliesAndResentPassingsAreToldApart) {
  Decoders box({.boot_us = kNow});
  const Issued issued = box.passing(rider_with(7'000'001), Split{});
  const auto request = testing::read_record(p3::resend_request(1, 1, {.decoder = kLoops[0].decoder}));
  const auto replies = box.answer(request, kNow, kAllDecoders);
  ASSERT_EQ(replies.size(), 2U);
  const json resent = json::parse(truth_of_reply(replies[0]));
  EXPECT_EQ(resent["kind"], "resent");
  EXPECT_EQ(resent["number"], 1);
  EXPECT_EQ(resent["hex"], base::to_hex(issued.wire));
  const json reply = json::parse(truth_of_reply(replies[1]));
  EXPECT_EQ(reply["kind"], "reply");
  EXPECT_EQ(reply["record"], "RESEND");
}

TEST(SimTruth, TheFileGrowsLineByLineAndIsNeverCutShort) {
  const testing::TempDir dir;
  const std::string path = dir.file("truth");
  const auto first = base::value_or_die(Truth::open(path));
  ASSERT_TRUE(first->write(truth_of_command("silent \"on\"")));
  EXPECT_EQ(json::parse(testing::lines_of(path).at(0))["line"], "silent \"on\"");  // at once
  const auto second = base::value_or_die(Truth::open(path));
  ASSERT_TRUE(second->write("{}"));
  EXPECT_EQ(testing::lines_of(path).size(), 2U);
  EXPECT_EQ(Truth::open("/nonexistent/truth").error().code, base::Code::kMissing);
}

}  // namespace
}  // namespace holeshot::sim
