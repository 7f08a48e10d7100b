// The commands on a real log: what they print, what they return.
#include "central/app/log_commands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::central_app {
namespace {

using base::value_or_die;
constexpr std::uint64_t kNow = 1'795'687'200'000'000;  // 2026-11-26T10:00:00Z

class LogCommandsTest : public testing::Test {
 protected:
  LogCommandsTest() {
    log::SqliteLogOptions options;
    options.path = log::log_path(folder_.path());
    log_ = value_or_die(log::SqliteLog::open(options, clock_));
    append("timing.ingest.raw.v1.zolder", 1,
           R"({"message_type":"PASSING","payload":{"transponder_id":7,"hits":3}})");
    append("timing.ingest.raw.v1.zolder", 2, R"({"message_type":"STATUS","payload":{"noise":40}})");
    clock_.advance_us(60'000'000);
    append("timing.ingest.raw.v1.peer", 1, R"({"message_type":"PASSING","payload":{"transponder_id":8}})");
    command_.data = folder_.path();
  }
  void append(const std::string& subject, std::uint64_t seq, std::string body) {
    const log::NewEvent event{subject, value_or_die(contract::ClientId::parse("gw", "client")),
                              value_or_die(contract::BootId::parse("boot", "boot")), seq, std::move(body)};
    value_or_die(log_->append({&event, 1}));
  }
  // The output; the log is still held by its writer, as beside a running central.
  std::string run(int (*action)(const LogCommand&, const base::Clock&, std::ostream&), int status = 0) {
    std::ostringstream out;
    EXPECT_EQ(action(command_, clock_, out), status);
    return out.str();
  }
  static std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }
  static std::string content(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  base::TestFolder folder_;
  base::ManualClock clock_{kNow};
  std::unique_ptr<log::SqliteLog> log_;
  LogCommand command_;
};

TEST_F(LogCommandsTest, DumpIsJsonUnlessTextIsAskedFor) {
  EXPECT_EQ(nlohmann::json::parse(run(log_dump).substr(0, run(log_dump).find('\n')))["ingested_at_us"], kNow);
  EXPECT_EQ(lines(run(log_dump)), 3);
  command_.text = true;
  EXPECT_NE(run(log_dump).find("zolder  PASSING  transponder 7  hits 3"), std::string::npos);
}

TEST_F(LogCommandsTest, FiltersReachTheLog) {
  command_.tracks = {"zolder"};
  EXPECT_EQ(lines(run(log_dump)), 2);
  command_.types = {"PASSING"};
  EXPECT_EQ(lines(run(log_dump)), 1);
  command_.transponders = {"8"};
  EXPECT_EQ(lines(run(log_dump)), 0);
  command_ = {.data = folder_.path(), .from = "-30s"};
  EXPECT_NE(run(log_dump).find("\"transponder_id\":8"), std::string::npos);
  EXPECT_EQ(lines(run(log_dump)), 1);
  command_ = {.data = folder_.path(), .to = "2026-11-26T10:00:01Z", .newest = 1};
  EXPECT_NE(run(log_dump).find("STATUS"), std::string::npos);
}

TEST_F(LogCommandsTest, TailBeginsWithTheNewestAndEndsAtItsLimit) {
  command_.after = 1;
  command_.limit = 2;
  EXPECT_EQ(lines(run(log_tail)), 2);
}

TEST_F(LogCommandsTest, ATimeThatIsNoneIsWrongUsageAndAFolderWithoutLogAProblem) {
  command_.from = "yesterday";
  for (auto* action : {log_dump, log_tail, log_stats, log_export}) run(action, 2);
  command_ = {.data = folder_.path() / "none"};
  for (auto* action : {log_dump, log_tail, log_stats, log_verify, log_export}) run(action, 1);
}

TEST_F(LogCommandsTest, VerifyAndStatsSpeakBothWays) {
  EXPECT_NE(run(log_verify).find("3 events"), std::string::npos);
  EXPECT_NE(run(log_stats).find("timing.ingest.raw.v1.peer"), std::string::npos);
  command_.json = true;
  EXPECT_EQ(nlohmann::json::parse(run(log_verify))["ok"], true);
  EXPECT_EQ(nlohmann::json::parse(run(log_stats))["last_hour"]["events"], 3);
}

TEST_F(LogCommandsTest, ExportWritesATableOfPassingsOnceUnlessForced) {
  command_.format = "csv";
  EXPECT_EQ(lines(run(log_export)), 3) << "a header and two passings";
  command_.file = folder_.file("passings.csv");
  EXPECT_EQ(run(log_export), "");
  EXPECT_EQ(lines(content(command_.file)), 3);
  run(log_export, 1);
  command_.tracks = {"peer"};
  command_.force = true;
  run(log_export);
  EXPECT_EQ(lines(content(command_.file)), 2);
}

TEST_F(LogCommandsTest, ExportOfJsonIsWhatDumpPrints) { EXPECT_EQ(run(log_export), run(log_dump)); }

TEST_F(LogCommandsTest, AnExportThatFailsLeavesNoFile) {
  append("timing.ingest.raw.v1.zolder", 3, "no envelope");
  command_.file = folder_.file("all.jsonl");
  run(log_export, 1);
  EXPECT_FALSE(std::filesystem::exists(command_.file));
  EXPECT_FALSE(std::filesystem::exists(command_.file + ".part"));
}

}  // namespace
}  // namespace holeshot::central_app
