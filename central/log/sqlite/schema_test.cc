// Older log files: brought to the schema of today with everything in them, or left as they were.
#include "central/log/sqlite/schema.h"

#include <gtest/gtest.h>

#include "central/log/log_test_kit.h"
#include "central/log/sqlite/run.h"
#include "central/log/sqlite/verify.h"

namespace holeshot::log {
namespace {

using test::event;
using test::names;
using test::read_all;

// As version 1 made its files. Frozen: it changes with no later version.
constexpr const char* kSchema1AsItWas = R"sql(
PRAGMA journal_mode = WAL;
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE subjects(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE sources(
  id INTEGER PRIMARY KEY,
  subject_id INTEGER NOT NULL REFERENCES subjects(id),
  client TEXT NOT NULL,
  boot TEXT NOT NULL,
  UNIQUE(subject_id, client, boot)) STRICT;
CREATE TABLE runs(
  first_offset INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources(id),
  subject_id INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  appended_at_us INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  body TEXT NOT NULL) STRICT;
CREATE INDEX runs_by_source ON runs(source_id, first_seq, count);
CREATE INDEX runs_by_subject ON runs(subject_id);
INSERT INTO meta VALUES('log_id', '01HF7YAT00ABCDEFGHJKMNPQRS');
INSERT INTO subjects(id, name) VALUES(1, 'a'), (2, 'b');
INSERT INTO sources(id, subject_id, client, boot) VALUES(1, 1, 'gw', 'b1'), (2, 2, 'gw', 'b1');
PRAGMA application_id = 1212960583;
PRAGMA user_version = 1;
)sql";

class SchemaTest : public testing::Test {
 protected:
  Database database(OpenMode mode = OpenMode::kReadWrite) {
    return base::value_or_die(Database::open(log_path(folder_.path()), mode));
  }
  // a1 a2 a3 | b1 | a5
  void make_schema_1() {
    auto db = database(OpenMode::kCreate);
    base::value_or_die(db.exec(kSchema1AsItWas));
    insert(db, {1, 3, 1, 1, test::kStartUs, 0, "{\"seq\":1}\n{\"seq\":2}\n{\"seq\":3}"}, 1);
    insert(db, {4, 1, 2, 1, test::kStartUs + 5, 0, "{\"seq\":1}"}, 2);
    insert(db, {5, 1, 1, 5, test::kStartUs + 9, 0, "{\"seq\":5}"}, 1);
  }
  static void insert(Database& db, const log::Run& run, int subject) {
    std::string sql = "INSERT INTO runs VALUES(";
    for (const auto number : {run.first_offset, run.count, run.source_id}) {
      sql += std::to_string(number) + ", ";
    }
    sql += std::to_string(subject) + ", " + std::to_string(run.first_seq) + ", " +
           std::to_string(run.appended_at_us) + ", " + std::to_string(run.expected_checksum()) + ", '" +
           run.body + "')";
    base::value_or_die(db.exec(sql));
  }
  std::unique_ptr<SqliteLog> open() { return test::open_sqlite(folder_.path(), clock_); }
  // Tables, columns and indexes, in words that two files of the same shape share.
  static std::string shape(Database& db) {
    auto rows = base::value_or_die(db.prepare(
        "SELECT m.type, m.name, coalesce(group_concat(c.name || ' ' || c.type || c.\"notnull\" || c.pk), '') "
        "FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c GROUP BY m.type, m.name ORDER BY 1, 2"));
    std::string out;
    while (base::value_or_die(rows.step())) {
      for (int column = 0; column < 3; ++column) out.append(rows.text(column)).append(" ");
      out.append("\n");
    }
    return out;
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs + 100};
};

TEST_F(SchemaTest, AnOlderLogIsBroughtForwardWithAllThatIsInIt) {
  make_schema_1();
  auto log = open();
  EXPECT_EQ(log->log_id(), "01HF7YAT00ABCDEFGHJKMNPQRS");
  EXPECT_EQ(names(read_all(*log)), "a1 a2 a3 b1 a5");
  EXPECT_EQ(read_all(*log)[3].appended_at_us, test::kStartUs + 5);
  EXPECT_EQ(log->last_of("a"), Offset{5});
  EXPECT_EQ(log->pruned_through("a"), Offset{});
  EXPECT_TRUE(log->marks().empty());
  const auto verdicts =
      base::value_or_die(log->append(std::vector{event("a", 2), event("a", 5, R"({"x":1})"), event("a", 4)}));
  EXPECT_EQ(verdicts[0].verdict, Verdict::kDuplicate);
  EXPECT_EQ(verdicts[1].verdict, Verdict::kConflict);
  EXPECT_EQ(verdicts[2].offset, Offset{6});
  EXPECT_EQ(log->high_water("a", event("a", 1).client, event("a", 1).boot), 5U);
  const std::vector<Mark> mark{{"m", 1}};
  base::value_or_die(log->append_stamped({}, mark));
  log.reset();
  EXPECT_EQ(base::value_or_die(database().number("PRAGMA user_version")), kLogSchema);
  EXPECT_TRUE(base::value_or_die(verify_log(log_path(folder_.path()))).ok());
  EXPECT_EQ(names(read_all(*open())), "a1 a2 a3 b1 a5 a4");
}

TEST_F(SchemaTest, ABroughtForwardFileHasTheShapeOfANewOne) {
  make_schema_1();
  open();
  auto old_db = database();
  const test::TempFolder other;
  test::open_sqlite(other.path(), clock_);
  auto new_db = base::value_or_die(Database::open(log_path(other.path()), OpenMode::kReadOnly));
  EXPECT_EQ(shape(old_db), shape(new_db));
  EXPECT_NE(shape(new_db).find("table marks"), std::string::npos) << shape(new_db);
}

TEST_F(SchemaTest, AMigrationThatFailsLeavesTheOldFile) {
  make_schema_1();
  auto db = database();
  const std::string before = shape(db);
  base::value_or_die(db.exec("CREATE TABLE pruned(in_the_way)"));
  const auto refused = SqliteLog::open({.path = log_path(folder_.path())}, clock_);
  ASSERT_FALSE(refused);
  base::value_or_die(db.exec("DROP TABLE pruned"));
  EXPECT_EQ(shape(db), before);
  EXPECT_EQ(base::value_or_die(db.number("PRAGMA user_version")), 1U);
  EXPECT_EQ(names(read_all(*open())), "a1 a2 a3 b1 a5");
}

TEST_F(SchemaTest, WhoOnlyReadsIsToldToServeAnOlderLogFirst) {
  make_schema_1();
  const auto refused = SqliteLog::open({.path = log_path(folder_.path()), .read_only = true}, clock_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalid);
  EXPECT_NE(refused.error().text().find("older schema 1"), std::string::npos);
  EXPECT_NE(refused.error().hint.find("serve"), std::string::npos);
  EXPECT_FALSE(verify_log(log_path(folder_.path())));
  open();
  EXPECT_TRUE(SqliteLog::open({.path = log_path(folder_.path()), .read_only = true}, clock_));
}

}  // namespace
}  // namespace holeshot::log
