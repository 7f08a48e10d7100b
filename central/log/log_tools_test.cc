#include "central/log/log_tools.h"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;

class LogToolsTest : public testing::Test {
 protected:
  std::string dumped(const std::string& subject) {
    std::ostringstream out;
    base::value_or_die(dump(*log_, subject, out));
    return out.str();
  }
  void append(const std::vector<NewEvent>& events) { base::value_or_die(log_->append(events)); }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<SqliteLog> log_ = test::open_sqlite(folder_.path(), clock_);
};

TEST_F(LogToolsTest, DumpsRawEnvelopesWithTheirTimeAndOthersAsTheyAre) {
  append({event("timing.ingest.raw.v1.zolder", 1, R"({"z":1,"a":2})"),
          event("timing.race.events.v1.zolder", 1, R"({"z":1,"a":2})")});
  EXPECT_EQ(dumped("timing.ingest.raw.v1.zolder"),
            R"({"a":2,"contract_version":"track_ingest.v2","ingested_at_us":1700000000000000,"z":1})"
            "\n");
  EXPECT_EQ(dumped("timing.race.events.v1.zolder"), "{\"z\":1,\"a\":2}\n");
  EXPECT_EQ(dumped("nothing"), "");
  EXPECT_EQ(dumped("").size(),
            dumped("timing.ingest.raw.v1.zolder").size() + dumped("timing.race.events.v1.zolder").size());
}

TEST_F(LogToolsTest, DumpsMoreThanOnePageInOrder) {
  append(test::events("a", 1, 2500));
  std::string expected;
  for (int seq = 1; seq <= 2500; ++seq) expected += "{\"seq\":" + std::to_string(seq) + "}\n";
  EXPECT_EQ(dumped("a"), expected);
}

TEST_F(LogToolsTest, AFullOutputIsAnError) {
  append(test::events("a", 1, 10));
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(dump(*log_, "a", out));
}

// Stops the tail once it has put out what is awaited.
class StopAfter final : public std::stringbuf {
 public:
  StopAfter(std::string awaited, std::stop_source stop)
      : awaited_(std::move(awaited)), stop_(std::move(stop)) {}
  int sync() override {
    if (str().find(awaited_) != std::string::npos) stop_.request_stop();
    return 0;
  }

 private:
  std::string awaited_;
  std::stop_source stop_;
};

TEST_F(LogToolsTest, TailGivesWhatComesLater) {
  append({event("a", 1), event("b", 1)});
  std::stop_source stop;
  StopAfter buffer("{\"seq\":3}", stop);
  std::ostream out(&buffer);
  std::jthread writer([&] {
    append({event("b", 2)});
    append({event("a", 2)});
    append({event("a", 3)});
  });
  base::value_or_die(tail(*log_, "a", Offset{1}, stop.get_token(), out));
  EXPECT_EQ(buffer.str(), "{\"seq\":2}\n{\"seq\":3}\n");
}

TEST_F(LogToolsTest, StatsAndVerifyAreJson) {
  append({event("a", 1), event("a", 1), event("b", 1)});
  const std::string stats = stats_json(*log_);
  EXPECT_NE(stats.find(R"("duplicates":1,"events":2,"last_offset":2,"log_id":")" + log_->log_id()),
            std::string::npos)
      << stats;
  EXPECT_NE(stats.find(R"("pruned":0,"subjects":["a","b"])"), std::string::npos);
  EXPECT_EQ(verify_json(base::value_or_die(verify_log(log_path(folder_.path())))),
            R"({"events":2,"ok":true,"problem_count":0,"problems":[],"pruned":0,"runs":2,"sources":2})");
}

}  // namespace
}  // namespace holeshot::log
