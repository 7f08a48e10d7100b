// The disk damages the file: what is still readable comes back in order, the rest is named, and capture goes on.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "common/base/fd.h"
#include "gateway/spool/spool_test_kit.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {
namespace {

constexpr std::size_t kPage = 4'096;

// The page of `path` that is written over, from `offset` within it.
void overwrite(const std::string& path, std::uint64_t page, std::size_t offset, const std::string& bytes) {
  const base::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  const auto at = static_cast<off_t>(page * kPage + offset);
  ASSERT_EQ(pwrite(fd.get(), bytes.data(), bytes.size(), at), static_cast<ssize_t>(bytes.size()));
}

std::string noise(std::mt19937_64& rng, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng());
  return bytes;
}

class SpoolSalvageTest : public SpoolTest {
 protected:
  // Waits (a real thread works) until nothing is left to put back.
  void salvaged() {
    for (int i = 0; i < 60'000 && spool_->health().salvaging != 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    ASSERT_EQ(spool_->health().salvaging, 0U);
  }
  // A closed file of three boots, 600 passings, of which 100 are acknowledged.
  void make_file() {
    open("BOOT1", {.keep_acknowledged = 20});
    append(200);
    open("BOOT2", {.keep_acknowledged = 20});
    append(200);
    ASSERT_TRUE(spool_->acknowledge(100));
    open("BOOT3", {.keep_acknowledged = 20});
    append(200);
    spool_.reset();
  }
  // Everything that waits is in order by boot and there once; gives the numbers.
  std::set<std::uint64_t> judged_pending() {
    std::map<std::string, std::uint64_t> last;
    std::set<std::uint64_t> numbers;
    for (const auto& row : base::value_or_die(spool_->next_batch(100'000, 1U << 30)).rows) {
      const auto envelope = base::value_or_die(contract::parse_envelope(row.body));
      std::uint64_t& before = last[envelope.boot_id.str()];
      EXPECT_GT(envelope.seq, before) << envelope.boot_id.str();
      before = envelope.seq;
      EXPECT_TRUE(numbers.insert(envelope.captured_at_us - kNow).second);
    }
    return numbers;
  }
  std::string text_of_marks() {
    std::string text;
    for (const auto& mark : base::value_or_die(spool_->marks())) text += mark.key + "=" + mark.value + " ";
    return text;
  }
  LossReport only_report() {
    const auto reports = spool_->loss_reports();
    EXPECT_EQ(reports.size(), 1U);
    return reports.empty() ? LossReport{} : reports.front();
  }
};

TEST_F(SpoolSalvageTest, AZeroedHeaderCostsNoRow) {
  make_file();
  overwrite(path_, 0, 0, std::string(100, '\0'));
  open("BOOT4");
  append(5);  // before anything is put back, or while it is
  salvaged();
  const auto numbers = judged_pending();
  EXPECT_EQ(numbers.size(), 505U);
  EXPECT_EQ(*numbers.begin(), 101U);
  EXPECT_EQ(base::value_or_die(spool_->stats()).pending, 505U);
  const LossReport report = only_report();
  EXPECT_EQ(report.salvaged, 500U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_EQ(report.acknowledged, 20U);
  EXPECT_TRUE(std::filesystem::exists(report.file));
  EXPECT_TRUE(std::filesystem::exists(report.file + ".loss.json"));
  // Old before new: nobody overtakes.
  EXPECT_EQ(pending().front(), 101U);
  EXPECT_EQ(pending().back(), 605U);
  ASSERT_TRUE(spool_->acknowledge(spool_->last_id()));
  EXPECT_EQ(spool_->health().pending, 0U);
  EXPECT_EQ(base::value_or_die(spool_->stats()).acked, 505U);
}

TEST_F(SpoolSalvageTest, AfterARestartADamagedFileIsNotPutBackTwice) {
  make_file();
  overwrite(path_, 0, 0, std::string(100, '\0'));
  open("BOOT4");
  salvaged();
  open("BOOT5");
  EXPECT_EQ(spool_->health().salvaging, 0U);
  EXPECT_EQ(judged_pending().size(), 500U);
}

TEST_F(SpoolSalvageTest, ATruncatedFileGivesWhatItStillHas) {
  make_file();
  const std::uint64_t pages = std::filesystem::file_size(path_) / kPage;
  std::filesystem::resize_file(path_, pages / 2 * kPage + 1'000);
  open("BOOT4");
  append(1);
  static_cast<void>(spool_->next_batch(10'000, 1U << 30));
  static_cast<void>(base::value_or_die(spool_->verify()));
  salvaged();
  const auto numbers = judged_pending();
  EXPECT_GT(numbers.size(), 150U);
  const LossReport report = only_report();
  EXPECT_EQ(report.salvaged + 1, numbers.size());
}

TEST_F(SpoolSalvageTest, AnEmptyFileIsAnEmptySpoolAndAWrongFileIsLeftAlone) {
  std::ofstream(path_).flush();
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  EXPECT_EQ(base::value_or_die(view.stats()).pending, 0U);
  EXPECT_TRUE(base::value_or_die(view.list({})).empty());
  open("BOOT1");
  append(1);
  EXPECT_EQ(pending().size(), 1U);
  spool_.reset();
  std::filesystem::remove(path_);
  std::filesystem::remove(path_.string() + "-wal");
  std::ofstream(path_) << std::string(5'000, 'a');
  const auto opened = Spool::open(path_.string(), identity("BOOT2"), clock_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kInvalid);
  EXPECT_EQ(std::filesystem::file_size(path_), 5'000U);
}

// Pages change under a running gateway: it goes on under the same boot and number, and the window of what is
// lost is named exactly.
TEST_F(SpoolSalvageTest, ARunningGatewayGoesOnInAFreshFileAndNamesWhatIsGone) {
  open("BOOT1", {.keep_acknowledged = 0});
  const std::vector<Mark> marks{{"passing/D0000C00", "300"}};
  auto envelopes = burst(300, 1);
  base::value_or_die(spool_->append(envelopes, marks));
  next_ = 301;
  ASSERT_TRUE(spool_->acknowledge(50));
  spool_.reset();
  // Only rows 51 to 300 are in the file; a page in their middle is lost while the gateway of BOOT2 runs.
  open("BOOT2", {.keep_acknowledged = 0});
  append(20);
  const std::uint64_t pages = std::filesystem::file_size(path_) / kPage;
  overwrite(path_, pages / 2, 0, std::string(kPage, '\xA5'));
  const auto first = spool_->next_batch(100'000, 1U << 30);
  ASSERT_TRUE(first) << first.error().text();
  salvaged();
  const auto numbers = judged_pending();
  append(3);
  EXPECT_EQ(judged_pending().size(), numbers.size() + 3);
  EXPECT_EQ(text_of_marks(), "passing/D0000C00=300 ");
  const LossReport report = only_report();
  EXPECT_TRUE(report.end_known);
  EXPECT_EQ(report.lost, 270 - numbers.size());
  ASSERT_EQ(report.ranges.size(), 1U);
  EXPECT_EQ(report.ranges[0].boot_id, "BOOT1");
  for (std::uint64_t seq = 51; seq <= 300; ++seq) {
    const bool lost = seq >= report.ranges[0].first_seq && seq <= report.ranges[0].last_seq;
    EXPECT_NE(numbers.contains(seq), lost) << seq;
  }
  const auto rows = base::value_or_die(spool_->newest(1, "PASSING"));
  EXPECT_EQ(rows.at(0).boot_id, "BOOT2");
  EXPECT_EQ(rows.at(0).seq, 23U) << "the numbers of the boot go on";
}

// Any damage: random pages of random files, in random ways. Never a crash, never a wrong or doubled row, never
// one that is neither there nor named.
TEST_F(SpoolSalvageTest, RandomDamageNeverLosesARowInSilence) {
  constexpr int kRounds = 40;
  constexpr std::uint64_t kSeed = 20'261'121;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round) + ", seed " + std::to_string(kSeed));
    std::mt19937_64 rng(kSeed + static_cast<std::uint64_t>(round));
    spool_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    next_ = 1;
    make_file();
    const std::uint64_t pages = std::filesystem::file_size(path_) / kPage;
    open("BOOT4", {.keep_acknowledged = 20});
    for (std::uint64_t i = 0; i <= rng() % 4; ++i) {
      const std::size_t size = rng() % 2 == 0 ? kPage : 1 + rng() % 200;
      overwrite(path_, rng() % pages, rng() % (kPage - size + 1), noise(rng, size));
    }
    if (rng() % 2 == 0) open("BOOT5", {.keep_acknowledged = 20});
    append(10);
    static_cast<void>(spool_->next_batch(100'000, 1U << 30));
    const auto verified = spool_->verify();
    ASSERT_TRUE(verified) << verified.error().text();
    salvaged();
    append(10);
    const auto numbers = judged_pending();
    const SpoolHealth health = spool_->health();
    std::uint64_t named = health.quarantined;
    for (const auto& report : spool_->loss_reports()) named += report.lost;
    for (std::uint64_t number = 601; number <= 620; ++number) EXPECT_TRUE(numbers.contains(number)) << number;
    std::uint64_t there = 0;
    for (std::uint64_t number = 101; number <= 620; ++number) there += numbers.contains(number) ? 1U : 0U;
    bool end_known = true;
    for (const auto& report : spool_->loss_reports()) end_known &= report.end_known;
    if (end_known) {
      EXPECT_GE(there + named, 520U);
    }
  }
}

}  // namespace
}  // namespace holeshot::spool
