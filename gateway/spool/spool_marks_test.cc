// Marks, and bringing a version-1 file forward.
#include <sqlite3.h>

#include <fstream>
#include <sstream>

#include "gateway/spool/schema.h"
#include "gateway/spool/spool_test_kit.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {
namespace {

using Numbers = std::vector<std::uint64_t>;

std::string text_of(const std::vector<Mark>& marks) {
  std::string text;
  for (const auto& mark : marks) text += mark.key + "=" + mark.value + " ";
  return text;
}

class SpoolMarksTest : public SpoolTest {
 protected:
  std::string marks() { return text_of(base::value_or_die(spool_->marks())); }
};

TEST_F(SpoolMarksTest, AreReplacedWithTheAppendAndOutliveARestart) {
  open("BOOT1");
  auto envelopes = burst(2);
  const std::vector<Mark> first{{"passing/D0000C00", "2"}, {"passing/D0000C01", "7"}};
  base::value_or_die(spool_->append(envelopes, first));
  auto more = burst(1, 3);
  const std::vector<Mark> second{{"passing/D0000C00", "3"}};
  base::value_or_die(spool_->append(more, second));
  EXPECT_EQ(marks(), "passing/D0000C00=3 passing/D0000C01=7 ");
  open("BOOT2");
  EXPECT_EQ(marks(), "passing/D0000C00=3 passing/D0000C01=7 ");
}

TEST_F(SpoolMarksTest, MayComeAloneAndUseUpNoNumber) {
  open();
  const std::vector<Mark> one{{"k", "v"}};
  base::value_or_die(spool_->append({}, one));
  append(1);
  EXPECT_EQ(marks(), "k=v ");
  EXPECT_EQ(spool_->last_id(), 1U);
  EXPECT_EQ(spool_->append({}).error().code, base::Code::kInvalid);
}

TEST_F(SpoolMarksTest, ADamagedMarkIsLeftOut) {
  open();
  const std::vector<Mark> two{{"a", "1"}, {"b", "2"}};
  base::value_or_die(spool_->append({}, two));
  spool_.reset();
  run_sql(path_, "UPDATE marks SET value = '9' WHERE key = 'a'");
  open("BOOT2");
  EXPECT_EQ(marks(), "b=2 ");
}

TEST_F(SpoolMarksTest, TheNewestRowsOfATypeComeNewestFirstAcknowledgedOnesToo) {
  open();
  append(3);
  auto status = burst(1, 4);
  status[0].message_type = "STATUS";
  base::value_or_die(spool_->append(status));
  ASSERT_TRUE(spool_->acknowledge(2, std::vector<Rejected>{{1, "conflict", ""}}));
  std::string found;
  for (const auto& row : base::value_or_die(spool_->newest(2, "PASSING"))) {
    found += std::to_string(row.id) + row.state + " ";
  }
  EXPECT_EQ(found, "3pending 2acked ");
  EXPECT_EQ(base::value_or_die(spool_->newest(9, "PASSING")).size(), 3U);
}

class SpoolMigrationTest : public SpoolTest {
 protected:
  // testdata/schema1.sql: what version 0.1.0 wrote in two boots: 40 envelopes, of which 12 are acknowledged
  // (two of them rejected, and the first four pruned).
  void make_version_1() {
    std::ifstream file(HOLESHOT_SOURCE_DIR "/gateway/spool/testdata/schema1.sql");
    std::stringstream sql;
    sql << file.rdbuf();
    ASSERT_FALSE(sql.str().empty());
    run_sql(path_, sql.str());
  }
};

TEST_F(SpoolMigrationTest, AFullBacklogOfVersionOneIsKeptAndGoesOn) {
  make_version_1();
  open("BOOT3");
  const SpoolStats stats = base::value_or_die(spool_->stats());
  EXPECT_EQ(stats.pending, 28U);
  EXPECT_EQ(stats.acked, 10U);
  EXPECT_EQ(stats.quarantined, 2U);
  ASSERT_EQ(stats.boots.size(), 2U);
  EXPECT_EQ(stats.boots[0].last_seq, 25U);
  EXPECT_EQ(stats.boots[1].last_seq, 15U);
  Numbers expected;
  for (std::uint64_t number = 13; number <= 40; ++number) expected.push_back(number);
  EXPECT_EQ(pending(), expected);
  next_ = 41;
  append(2);
  expected.push_back(41);
  expected.push_back(42);
  EXPECT_EQ(pending(), expected);
  const auto rows = base::value_or_die(spool_->newest(1, "PASSING"));
  EXPECT_EQ(rows.at(0).seq, 2U);
  EXPECT_EQ(rows.at(0).boot_id, "BOOT3");
  EXPECT_EQ(base::value_or_die(spool_->stats()).boots.at(1).last_seq, 15U);
}

TEST_F(SpoolMigrationTest, TheViewSaysWhatToDoWithAnOlderFileAndLeavesItAlone) {
  make_version_1();
  const auto view = SpoolView::open(path_.string());
  ASSERT_FALSE(view);
  EXPECT_NE(view.error().message.find("older holeshot-gateway (schema 1)"), std::string::npos);
  EXPECT_NE(view.error().hint.find("start holeshot-gateway once"), std::string::npos);
  open("BOOT3");
  EXPECT_EQ(pending().size(), 28U);
}

}  // namespace
}  // namespace holeshot::spool
