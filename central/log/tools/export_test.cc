#include "central/log/tools/export.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "central/log/log_test_kit.h"
#include "central/log/tools/whole_file.h"

namespace holeshot::log {
namespace {

Event raw(std::string body) {
  const NewEvent made = test::event("timing.ingest.raw.v1.zolder", 1, std::move(body));
  return {Offset{42}, made.subject, made.client, made.boot, made.seq, test::kStartUs, made.body};
}

TEST(CsvRow, HoldsWhatTheDecoderSaidInTheOrderOfTheHeader) {
  EXPECT_EQ(
      csv_row(raw(R"({"captured_at_us":1795687203123456,"message_type":"PASSING","payload":{"decoder_id":)"
                  R"("D0000C00","flags":0,"hits":14,"passing_number":17,"rtc_time_us":1795690803000001,)"
                  R"("strength":102,"transponder_id":94890,"transponder_string":"FL-94890"}})")),
      "2026-11-26T10:00:03.123456Z,zolder,gw,D0000C00,17,94890,102,14,0,2026-11-26T11:00:03.000001,42\n");
}

TEST(CsvRow, HasAsManyCellsAsTheHeaderWhateverIsMissing) {
  const auto row =
      csv_row(raw(R"({"message_type":"PASSING","payload":{"transponder_id":0,"transponder_string":"AB"}})"));
  ASSERT_TRUE(row);
  EXPECT_EQ(std::ranges::count(*row, ','), std::ranges::count(csv_header(), ','));
  EXPECT_EQ(*row, ",zolder,gw,,,AB,,,,,42\n");
}

TEST(CsvRow, QuotesWhatWouldBreakTheTable) {
  const auto row = csv_row(raw(R"({"message_type":"PASSING","payload":{"decoder_id":"a,\"b\"\nc"}})"));
  EXPECT_EQ(row, ",zolder,gw,\"a,\"\"b\"\"\nc\",,,,,,,42\n");
}

TEST(CsvRow, IsOnlyForPassings) {
  EXPECT_FALSE(csv_row(raw(R"({"message_type":"STATUS","payload":{}})")));
  EXPECT_FALSE(csv_row(raw(R"({"message_type":"PASSING","payload":7})")));
  EXPECT_FALSE(csv_row(raw("no JSON")));
  Event event = raw(R"({"message_type":"PASSING","payload":{}})");
  event.subject = "timing.race.events.v1.zolder";
  EXPECT_FALSE(csv_row(event));
}

class WholeFileTest : public testing::Test {
 protected:
  static std::string content(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  [[nodiscard]] bool is_there(const std::string& path) const { return std::filesystem::exists(path); }

  test::TempFolder folder_;
  const std::string path_ = folder_.file("out.csv");
};

TEST_F(WholeFileTest, TakesItsPlaceOnlyWhenItIsWhole) {
  WholeFile file(path_, IfThere::kRefuse);
  base::value_or_die(file.open());
  file.out() << "a,b\n";
  EXPECT_FALSE(is_there(path_));
  base::value_or_die(file.commit());
  EXPECT_EQ(content(path_), "a,b\n");
  EXPECT_FALSE(is_there(path_ + ".part"));
}

TEST_F(WholeFileTest, LeavesNothingBehindWhenItIsGivenUp) {
  {
    WholeFile file(path_, IfThere::kRefuse);
    base::value_or_die(file.open());
    file.out() << "half";
  }
  EXPECT_FALSE(is_there(path_));
  EXPECT_FALSE(is_there(path_ + ".part"));
}

TEST_F(WholeFileTest, ReplacesAFileOnlyWhereItWasToldTo) {
  std::ofstream(path_) << "old";
  WholeFile careful(path_, IfThere::kRefuse);
  const auto refused = careful.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict);
  EXPECT_NE(refused.error().text().find("--force"), std::string::npos);
  {
    WholeFile file(path_, IfThere::kReplace);
    base::value_or_die(file.open());
    file.out() << "new";
    EXPECT_EQ(content(path_), "old");
    base::value_or_die(file.commit());
  }
  EXPECT_EQ(content(path_), "new");
}

TEST_F(WholeFileTest, AFileThatCameMeanwhileIsNotWrittenOver) {
  WholeFile file(path_, IfThere::kRefuse);
  base::value_or_die(file.open());
  file.out() << "mine";
  std::ofstream(path_) << "theirs";
  const auto done = file.commit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::Code::kConflict);
  EXPECT_EQ(content(path_), "theirs");
}

TEST_F(WholeFileTest, SaysWhatCannotBeWritten) {
  WholeFile file(folder_.file("no/such/folder.csv"), IfThere::kRefuse);
  const auto opened = file.open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().text().find("folder.csv.part"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::log
