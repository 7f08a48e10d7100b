// What a read costs: pages of the file, which is what a big log makes dear.
#include "central/log/sqlite/run_reader.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;

constexpr std::uint64_t kRuns = 20'000;
constexpr std::uint64_t kRareEvery = 4'000;
// A way down a tree is a handful of pages; going past the other subjects' runs would be a thousand.
constexpr int kFewPages = 40;

class RunReaderTest : public testing::Test {
 protected:
  // Runs of "busy0" to "busy29", and one of "rare" now and then; a run each.
  void SetUp() override {
    const base::ManualClock clock(test::kStartUs);
    auto log = test::open_sqlite(folder_.path(), clock);
    std::vector<std::vector<NewEvent>> calls;
    for (std::uint64_t i = 1; i <= kRuns; ++i) {
      const std::string subject = i % kRareEvery == 0 ? "rare" : "busy" + std::to_string(i % 30);
      calls.push_back({event(subject, i, "{\"x\":\"" + std::string(200, 'x') + "\"}")});
    }
    std::vector<Stamped> batches;
    for (const auto& call : calls) batches.push_back({call, test::kStartUs});
    base::value_or_die(log->append_stamped(batches, {}));
    log.reset();
    reader_.emplace(base::value_or_die(RunReader::open(log_path(folder_.path()), {})));
  }
  std::uint64_t id(const std::string& subject) { return base::value_or_die(reader_->subject(subject)).id; }
  // Pages read from the file since the last call.
  int pages() {
    int now = 0;
    int peak = 0;
    sqlite3_db_status(reader_->database().handle(), SQLITE_DBSTATUS_CACHE_MISS, &now, &peak, 1);
    return now;
  }
  std::vector<std::uint64_t> read(std::uint64_t after, const std::vector<std::uint64_t>& ids,
                                  std::size_t most) {
    std::vector<std::uint64_t> offsets;
    base::value_or_die(reader_->each(after, kRuns, ids, [&](const log::Run& run) {
      offsets.push_back(run.first_offset);
      return offsets.size() < most;
    }));
    return offsets;
  }

  test::TempFolder folder_;
  std::optional<RunReader> reader_;
};

TEST_F(RunReaderTest, ARareSubjectIsReadWithoutPassingTheOthers) {
  const std::vector<std::uint64_t> rare{id("rare"), id("nobody")};
  (void)pages();
  EXPECT_EQ(read(0, rare, 100), (std::vector<std::uint64_t>{4000, 8000, 12'000, 16'000, 20'000}));
  EXPECT_LT(pages(), kFewPages);
}

TEST_F(RunReaderTest, DeepInTheLogABusySubjectIsReadFromThereOn) {
  const std::vector<std::uint64_t> two{id("busy7"), id("rare")};
  (void)pages();
  EXPECT_EQ(read(18'000, two, 2), (std::vector<std::uint64_t>{18'007, 18'037}));
  EXPECT_LT(pages(), kFewPages);
  EXPECT_EQ(read(19'995, two, 10), std::vector<std::uint64_t>{20'000});
  EXPECT_LT(pages(), kFewPages);
}

TEST_F(RunReaderTest, TheNewestEventOfASubjectIsOneLook) {
  (void)pages();
  EXPECT_EQ(base::value_or_die(reader_->subject("busy7")).last, 19'987U);
  EXPECT_LT(pages(), kFewPages);
}

TEST_F(RunReaderTest, MoreSubjectsThanAreMergedCostAPassFromTheirStartOn) {
  std::vector<std::uint64_t> many;
  for (int i = 0; i < 20; ++i) many.push_back(id("busy" + std::to_string(i)));
  (void)pages();
  EXPECT_EQ(read(19'990, many, 100).front(), 19'991U);
  EXPECT_LT(pages(), kFewPages);
}

}  // namespace
}  // namespace holeshot::log
