// `replay` on a real log: what it says and what it returns.
#include "central/app/replay_command.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "central/actor/track_log.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/race/engine.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"

namespace holeshot::central_app {
namespace {

using base::value_or_die;

class ReplayCommandTest : public testing::Test {
 protected:
  ReplayCommandTest() {
    log_ = value_or_die(log::SqliteLog::open({.path = log::log_path(folder_.path().string())}, clock_));
    // Intents that no engine knows or can use: each gives an event.
    for (std::uint64_t seq = 1; seq <= 4; ++seq) {
      append("timing.race.control.v1.zolder", "office", "b", seq,
             R"({"type":"clear_alert","event_id":"i)" + std::to_string(seq) +
                 R"(","ts_us":5,"actor":"a","id":"none"})");
    }
    (void)value_or_die(actor::derive(
        *log_, value_or_die(contract::TrackId::parse("zolder", "t")),
        [this](const race::RaceEvent& event) { stored_.push_back(actor::stored_form(event)); }));
    command_ = {.data = folder_.path().string(), .track = "zolder", .from = {}, .verify = true};
  }
  void append(const std::string& subject, const std::string& client, const std::string& boot,
              std::uint64_t seq, const std::string& body) {
    const log::NewEvent event{subject, value_or_die(contract::ClientId::parse(client, "client")),
                              value_or_die(contract::BootId::parse(boot, "boot")), seq, body};
    (void)value_or_die(log_->append({&event, 1}));
  }
  void store() { (void)value_or_die(log_->append(stored_)); }
  // The log is still held by its writer, as beside a running central.
  std::string run(int status) {
    std::ostringstream out;
    EXPECT_EQ(replay(command_, clock_, out), status);
    return out.str();
  }

  base::TestFolder folder_;
  base::ManualClock clock_{1'795'687'200'000'000};
  std::unique_ptr<log::SqliteLog> log_;
  std::vector<log::NewEvent> stored_;
  ReplayCommand command_;
};

TEST_F(ReplayCommandTest, AnIdenticalLogIsSaidToBeThatAndIsStatusZero) {
  store();
  EXPECT_NE(run(0).find("identical, byte for byte"), std::string::npos);
  command_.json = true;
  EXPECT_EQ(nlohmann::json::parse(run(0))["identical"], true);
}

TEST_F(ReplayCommandTest, ADifferenceNamesItsEventAndTheMembers) {
  ASSERT_EQ(stored_.size(), 4U);
  auto& body = stored_[2].body;
  body.replace(body.find("\"accepted\":false"), 16, "\"accepted\":true");
  store();
  const std::string text = run(kReplayDiffers);
  EXPECT_NE(text.find("1 differences"), std::string::npos) << text;
  EXPECT_NE(text.find("differs #3 intent_result"), std::string::npos) << text;
  EXPECT_NE(text.find("/payload/accepted: derived false, stored true"), std::string::npos) << text;
  command_.json = true;
  EXPECT_EQ(nlohmann::json::parse(run(kReplayDiffers))["differences"][0]["kind"], "differs");
}

TEST_F(ReplayCommandTest, MissingAndExtraEventsAreNamed) {
  stored_.erase(stored_.begin() + 1);
  store();
  append("timing.race.events.v1.zolder", "engine", std::string{race::kEngineVersion}, 9,
         R"({"event_type":"alert"})");
  const std::string text = run(kReplayDiffers);
  EXPECT_NE(text.find("missing #2 intent_result: derived and not stored"), std::string::npos) << text;
  EXPECT_NE(text.find("extra #9 alert: stored and not derived"), std::string::npos) << text;
}

TEST_F(ReplayCommandTest, WhatCentralHasNotStoredYetIsSaidToBeThat) {
  stored_.pop_back();
  store();
  EXPECT_NE(run(kReplayDiffers).find("the last 1 are only not stored yet"), std::string::npos);
}

TEST_F(ReplayCommandTest, OtherRulesAloneAreNothingToCompare) {
  append("timing.race.events.v1.zolder", "engine", "race-v0", 1, R"({"event_type":"alert"})");
  const std::string text = run(kReplayNotPossible);
  EXPECT_NE(text.find("1 events of other rules, engine race-v0"), std::string::npos) << text;
  EXPECT_NE(text.find("nothing to compare"), std::string::npos) << text;
}

TEST_F(ReplayCommandTest, WithoutVerifyItPrintsWhatItDerives) {
  command_.verify = false;
  std::string all;
  for (const auto& event : stored_) all += event.body + "\n";
  EXPECT_EQ(run(0), all);
}

TEST_F(ReplayCommandTest, WrongWordsAndMissingLogsHaveTheirOwnStatus) {
  command_.from = "soon";
  (void)run(2);
  command_.from = "-1h";
  store();
  (void)run(0);  // there is no checkpoint: from the beginning
  command_.track = "no track";
  (void)run(2);
  command_.track = "elsewhere";
  (void)run(kReplayNotPossible);
  command_.data = folder_.file("none");
  (void)run(kReplayNotPossible);
}

}  // namespace
}  // namespace holeshot::central_app
