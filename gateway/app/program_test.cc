// The program as a service: started, stopped and killed.
#include "gateway/app/program_test_kit.h"

namespace holeshot::app {
namespace {

TEST_F(ProgramTest, ARecordingReachesCentralWholeInOrderAndOnce) {
  SmallCentral central;
  start(run_arguments(central.url(), recording(2'500)));
  ASSERT_TRUE(eventually([&] { return central.events().size() >= 2'500; })) << text_of("err");
  EXPECT_EQ(end(SIGTERM), kExitOk) << text_of("err");
  EXPECT_NE(text_of("err").find("recording finished"), std::string::npos);
  EXPECT_EQ(text_of("out"), "") << "stdout is for `listening` lines, and there is no listener";
  const auto events = central.events();
  ASSERT_EQ(events.size(), 2'500U);
  for (std::size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(events[i].at("event_id_context").at("seq"), i + 1);
    ASSERT_EQ(events[i].at("payload").at("passing_number"), i + 1);
  }
  const json after = stats();
  EXPECT_EQ(after.at("pending"), 0);
  EXPECT_EQ(after.at("acked"), 2'500);
  EXPECT_EQ(after.at("quarantined"), 0);
  EXPECT_EQ(after.at("boots").at(0).at("last_seq"), 2'500);
}

TEST_F(ProgramTest, WithoutCentralEverythingWaitsAndTheNextStartDelivers) {
  start(run_arguments("http://127.0.0.1:1", recording(100)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find("last=100") != std::string::npos; }))
      << text_of("err");
  EXPECT_EQ(end(SIGINT), kExitOk) << text_of("err");
  EXPECT_EQ(stats().at("pending"), 100);

  SmallCentral central;
  start(run_arguments(central.url(), recording(1)));
  ASSERT_TRUE(eventually([&] { return central.events().size() >= 101; })) << text_of("err");
  EXPECT_EQ(end(SIGTERM), kExitOk) << text_of("err");
  const auto events = central.events();
  ASSERT_EQ(events.size(), 101U);
  EXPECT_EQ(events[99].at("event_id_context").at("seq"), 100);
  EXPECT_EQ(events[100].at("event_id_context").at("seq"), 1);
  EXPECT_NE(events[99].at("event_id_context").at("boot_id"),
            events[100].at("event_id_context").at("boot_id"));
}

TEST_F(ProgramTest, WhatItSaidWasDurableSurvivesAKill) {
  start(run_arguments("http://127.0.0.1:1", recording(20'000)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find(" durable ") != std::string::npos; }))
      << text_of("err");
  EXPECT_EQ(end(SIGKILL), -SIGKILL);
  const std::string said = text_of("err");
  const std::uint64_t durable = std::stoull(said.substr(said.rfind("last=") + 5));
  EXPECT_GE(stats().at("boots").at(0).at("last_seq"), durable);
}

TEST_F(ProgramTest, TwoGatewaysOnOneSpoolAreRefused) {
  start(run_arguments("http://127.0.0.1:1", recording(1)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find("recording finished") != std::string::npos; }));
  const pid_t first = std::exchange(child_, 0);
  EXPECT_EQ(run(run_arguments("http://127.0.0.1:1", recording(1))), kExitSpoolUnusable);
  EXPECT_NE(text_of("err").find("process " + std::to_string(first)), std::string::npos) << text_of("err");
  child_ = first;
  EXPECT_EQ(end(SIGTERM), kExitOk);
}

TEST_F(ProgramTest, AServiceWaitsForItsSettingsAndBeginsWhenTheyAreSaved) {
  const std::string page = "status = \"127.0.0.1:0\"\n";
  std::ofstream(file("gateway.toml")) << page << "spool = \"" << file("spool.db") << "\"\n";
  start({"run", "--wait-for-settings", "--config", file("gateway.toml")});
  ASSERT_TRUE(eventually([&] { return text_of("err").find("status page url=http://") != std::string::npos; }))
      << text_of("err");
  const std::string url = text_of("err").substr(text_of("err").find("url=http://") + 11);
  EXPECT_EQ(run_beside({"status", "--at", url.substr(0, url.find('/'))}), 2);
  EXPECT_NE(text_of("beside").find("not set up yet: no track_id is set"), std::string::npos)
      << text_of("beside");
  ASSERT_TRUE(eventually([&] {
    return text_of("err").find("not configured: no track_id is set") != std::string::npos;
  })) << text_of("err");
  SmallCentral central;
  std::ofstream(file("new.toml")) << page << "track_id = \"hill\"\ncentral = \"" << central.url()
                                  << "\"\nspool = \"" << file("spool.db") << "\"\ndecoders = [\""
                                  << recording(3) << "\"]\n";
  fs::rename(file("new.toml"), file("gateway.toml"));
  ASSERT_TRUE(eventually([&] { return central.events().size() == 3; })) << text_of("err");
  EXPECT_EQ(end(SIGTERM), kExitOk);
}

TEST_F(ProgramTest, AServiceThatWaitsForItsSettingsEndsWhenAsked) {
  ASSERT_EQ(setenv("HOLESHOT_STATUS", "off", 1), 0);
  std::ofstream(file("gateway.toml")) << "track = 1\n";
  start({"run", "--wait-for-settings", "--config", file("gateway.toml")});
  ASSERT_TRUE(eventually([&] { return text_of("err").find("gateway.toml:1:1") != std::string::npos; }))
      << text_of("err");
  EXPECT_EQ(end(SIGTERM), kExitOk);
}

}  // namespace
}  // namespace holeshot::app
