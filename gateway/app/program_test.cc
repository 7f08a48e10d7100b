// The program itself: started, stopped and killed, against a central that is a few lines long.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/contract/batch.h"
#include "common/contract/heartbeat.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/app/exit_codes.h"
#include "gateway/upload/loopback_test_kit.h"

namespace holeshot::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Takes every batch and keeps its envelopes in order of arrival.
class SmallCentral {
 public:
  [[nodiscard]] const std::string& url() const { return server_.url(); }
  std::vector<json> events() {
    const std::scoped_lock lock(mutex_);
    return events_;
  }

 private:
  std::string take(const upload::ServedRequest& request) {
    if (request.head.find(contract::kHeartbeatPath) != std::string::npos) {
      return upload::http("200 OK", contract::heartbeat_reply_body(1));
    }
    const json batch = json::parse(upload::plain_body(request));
    const std::scoped_lock lock(mutex_);
    for (const auto& event : batch.at("events")) events_.push_back(event);
    return upload::http("200 OK",
                        contract::reply_body({.accepted = batch.at("events").size(), .server_time_us = 1}));
  }
  std::mutex mutex_;
  std::vector<json> events_;
  upload::LoopbackServer server_{[this](const upload::ServedRequest& request) { return take(request); }};
};

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    std::string name = (fs::temp_directory_path() / "holeshot-gateway-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~ProgramTest() override {
    if (child_ > 0) end(SIGKILL);
    fs::remove_all(folder_);
  }

  void start(const std::vector<std::string>& arguments, const char* out = "out", const char* err = "err") {
    std::vector<std::string> texts{HOLESHOT_BIN_DIR "/holeshot-gateway"};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& text : texts) argv.push_back(text.data());
    argv.push_back(nullptr);
    child_ = fork();
    if (child_ != 0) return;
    dup2(::open((folder_ / out).c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
    dup2(::open((folder_ / err).c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  // Sends the signal (0: none) and gives the exit code, or minus the signal that ended it.
  int end(int signal) {
    if (signal != 0) kill(child_, signal);
    int status = 0;
    waitpid(std::exchange(child_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int run(const std::vector<std::string>& arguments) {
    start(arguments);
    return end(0);
  }
  // While another one runs; what it says is in the file "beside".
  int run_beside(const std::vector<std::string>& arguments) {
    const pid_t first = std::exchange(child_, 0);
    start(arguments, "beside", "beside_err");
    const int code = end(0);
    child_ = first;
    return code;
  }
  [[nodiscard]] std::string text_of(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / file).rdbuf();
    return text.str();
  }
  std::string file(const std::string& name) { return (folder_ / name).string(); }

  std::vector<std::string> run_arguments(const std::string& central, const std::string& decoder) {
    return {"run",   "--track-id", "hill",  "--client-id", "laptop",         "--central",
            central, "--decoder",  decoder, "--spool",     file("spool.db"), "--log-level",
            "debug", "--status",   "off"};
  }
  // A recording of passings numbered from 1, with junk between them.
  std::string recording(std::uint32_t count) {
    std::ofstream out(file("race.bin"), std::ios::binary);
    for (std::uint32_t number = 1; number <= count; ++number) {
      const base::Bytes frame =
          p3::FrameBuilder(p3::tor::kPassing).u32(p3::passing_tag::kNumber, number).finish();
      out.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
      if (number % 10 == 0) out << "noise";
    }
    return "file://" + file("race.bin");
  }
  json stats() {
    EXPECT_EQ(run({"spool", "stats", "--spool", file("spool.db"), "--json"}), 0) << text_of("err");
    return json::parse(text_of("out"));
  }
  // Looks every few milliseconds, for at most 30 s.
  template <class Check>
  [[nodiscard]] static bool eventually(Check check) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!check()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
  }

  fs::path folder_;
  pid_t child_ = 0;
};

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

TEST_F(ProgramTest, WrongConfigurationEndsWithASentence) {
  std::ofstream(file("gateway.toml")) << "track_id = \"hill\"\nclient_di = \"laptop\"\n";
  EXPECT_EQ(run({"config", "check", "--config", file("gateway.toml")}), kExitUsage);
  EXPECT_NE(
      text_of("err").find("gateway.toml:2:1: unknown setting \"client_di\"; did you mean \"client_id\"?"),
      std::string::npos)
      << text_of("err");
  EXPECT_EQ(run({"run", "--config", file("none.toml")}), kExitUsage);
  EXPECT_EQ(run({"run", "--no-such-flag"}), kExitUsage);
  EXPECT_EQ(run({}), kExitUsage);
  auto arguments = run_arguments("http://127.0.0.1:1", "file:///no/such/recording");
  EXPECT_EQ(run(arguments), kExitUsage);
  EXPECT_NE(text_of("err").find("/no/such/recording"), std::string::npos);
  arguments[10] = "/no/such/folder/spool.db";
  EXPECT_EQ(run(arguments), kExitSpoolUnusable);
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

TEST_F(ProgramTest, AGoodConfigurationIsShownWithItsOrigins) {
  std::ofstream(file("gateway.toml"))
      << "track_id = \"hill\"\nclient_id = \"laptop\"\ncentral = \"http://c\"\n"
         "decoders = [\"tcp://a\"]\nspool = \"s.db\"\n";
  EXPECT_EQ(run({"config", "check", "--config", file("gateway.toml")}), kExitOk) << text_of("err");
  EXPECT_NE(text_of("out").find("gateway.toml:4:1)"), std::string::npos) << text_of("out");
  EXPECT_NE(text_of("out").find("batch_events       = 500  (default)"), std::string::npos) << text_of("out");
}

TEST_F(ProgramTest, TheSpoolCommandsShowRowsAsJson) {
  start(run_arguments("http://127.0.0.1:1", recording(3)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find("last=3") != std::string::npos; }));
  const pid_t first = std::exchange(child_, 0);
  EXPECT_EQ(
      run({"spool", "list", "--spool", file("spool.db"), "--state", "all", "--limit", "1000000", "--json"}),
      0)
      << text_of("err");
  std::istringstream lines(text_of("out"));
  std::string line;
  std::uint64_t id = 3;
  while (std::getline(lines, line)) {
    const json row = json::parse(line);
    EXPECT_EQ(row.at("id"), id);
    EXPECT_EQ(row.at("state"), "pending");
    EXPECT_EQ(row.at("envelope").at("event_id_context").at("seq"), id--);
  }
  EXPECT_EQ(id, 0U);
  EXPECT_EQ(run({"spool", "show", "2", "--spool", file("spool.db")}), 0);
  EXPECT_NE(text_of("out").find("\"passing_number\":2"), std::string::npos);
  EXPECT_EQ(run({"spool", "show", "9", "--spool", file("spool.db")}), kExitFailed);
  EXPECT_EQ(run({"spool", "stats", "--spool", file("none.db")}), kExitFailed);
  child_ = first;
  EXPECT_EQ(end(SIGTERM), kExitOk);
}

TEST_F(ProgramTest, HelpAndVersionAreOnStdout) {
  EXPECT_EQ(run({"--version"}), kExitOk);
  EXPECT_EQ(text_of("out"), "holeshot-gateway " HOLESHOT_VERSION "\n");
  const std::vector<std::vector<std::string>> commands{{},
                                                       {"run"},
                                                       {"config"},
                                                       {"config", "check"},
                                                       {"config", "settings"},
                                                       {"spool"},
                                                       {"spool", "stats"},
                                                       {"spool", "list"},
                                                       {"spool", "show"}};
  for (auto command : commands) {
    command.emplace_back("--help");
    EXPECT_EQ(run(command), kExitOk);
    EXPECT_NE(text_of("out").find("Example: "), std::string::npos);
  }
}

}  // namespace
}  // namespace holeshot::app
