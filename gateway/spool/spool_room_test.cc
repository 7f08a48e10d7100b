// What stays where room is short, in which order the rest goes, and what is said about it.
#include <sys/mount.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "gateway/spool/disk_room.h"
#include "gateway/spool/rate_meter.h"
#include "gateway/spool/spool_test_kit.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {
namespace {

constexpr std::uint64_t kMiB = 1U << 20;
constexpr std::uint64_t kHourUs = 3'600'000'000;

std::vector<contract::Envelope> status_burst(std::size_t count, std::uint64_t number) {
  auto envelopes = burst(count, number);
  for (auto& envelope : envelopes) {
    envelope.message_type = "STATUS";
    envelope.payload = R"({"message_type":"STATUS","noise":40})";
  }
  return envelopes;
}

class SpoolRoomTest : public SpoolTest {
 protected:
  // Appends passings until there is no room, and gives how many went in.
  std::uint64_t fill() {
    std::uint64_t count = 0;
    while (true) {
      auto envelopes = burst(20, next_);
      const auto range = spool_->append(envelopes);
      if (!range) {
        EXPECT_EQ(range.error().code, base::Code::kFull);
        return count;
      }
      next_ += 20;
      count += 20;
    }
  }
  std::uint64_t count(const std::string& type, const std::string& state = {}) {
    auto view = base::value_or_die(SpoolView::open(path_.string()));
    std::uint64_t rows = 0;
    base::value_or_die(view.each({.state = state, .message_type = type, .limit = 0}, [&](const SpoolRow&) {
      ++rows;
      return true;
    }));
    return rows;
  }
};

TEST_F(SpoolRoomTest, ItsOwnBoundHoldsAndNoPassingIsDropped) {
  open("BOOT1", {.max_bytes = 2 * kMiB, .reserve_bytes = 0});
  const std::uint64_t taken = fill();
  EXPECT_GT(taken, 2'000U);
  const SpoolHealth health = spool_->health();
  EXPECT_EQ(health.state, SpoolState::kFull);
  EXPECT_NE(health.error.find("there is no room"), std::string::npos);
  EXPECT_EQ(health.pending, taken);
  EXPECT_LE(health.bytes_used, 2 * kMiB);
  EXPECT_LE(health.bytes_bound, 2 * kMiB);
  EXPECT_LT(std::filesystem::file_size(path_), 2 * kMiB + 64 * 1024);
  EXPECT_EQ(pending().size(), taken);
  // What is sent makes room, and the numbers go on without a gap.
  ASSERT_TRUE(spool_->acknowledge(500));
  auto envelopes = burst(20, next_);
  EXPECT_EQ(base::value_or_die(spool_->append(envelopes)).first, taken + 1);
  EXPECT_NE(spool_->health().state, SpoolState::kFull);
}

TEST_F(SpoolRoomTest, AcknowledgedRowsGoBeforeAnythingThatWaits) {
  open("BOOT1", {.keep_acknowledged = 1'000'000, .max_bytes = 2 * kMiB, .reserve_bytes = 0});
  append(2'000);
  ASSERT_TRUE(spool_->acknowledge(2'000));
  auto waiting = status_burst(10, next_);
  base::value_or_die(spool_->append(waiting));
  next_ += 10;
  EXPECT_EQ(count("", "acked"), 2'000U);
  append(3'300);
  EXPECT_LT(count("", "acked"), 2'000U);
  EXPECT_EQ(count("STATUS", "pending"), 10U);
  EXPECT_EQ(spool_->health().shed_status, 0U);
  // Oldest first: what is left of them is the newest.
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  EXPECT_FALSE(base::value_or_die(view.show(1)));
}

TEST_F(SpoolRoomTest, NewStatusIsNotTakenWhileRoomIsKeptForPassings) {
  open("BOOT1", {.max_bytes = 2 * kMiB, .reserve_bytes = 0});
  std::uint64_t kept = 0;
  for (int refused = 0; refused < 2;) {  // the first time, cutting the log may still give some room
    auto one = status_burst(1, next_);
    base::value_or_die(spool_->append(one));
    refused = one[0].seq == 0 ? refused + 1 : 0;
    kept += one[0].seq == 0 ? 0U : 1U;
    if (refused == 0) append(20);
  }
  const std::uint64_t shed = spool_->health().shed_status;
  EXPECT_EQ(spool_->health().state, SpoolState::kTight);
  auto mixed = status_burst(1, next_);
  auto passing = burst(1, next_ + 1);
  mixed.push_back(passing[0]);
  const std::uint64_t last = spool_->last_id();
  const SeqRange range = base::value_or_die(spool_->append(mixed));
  EXPECT_EQ(mixed[0].seq, 0U);
  EXPECT_EQ(mixed[1].seq, last + 1) << "STATUS that was not taken uses up no number";
  EXPECT_EQ(range.first, last + 1);
  EXPECT_EQ(range.last, last + 1);
  auto alone = status_burst(3, next_ + 2);
  EXPECT_EQ(base::value_or_die(spool_->append(alone)).first, 0U);
  EXPECT_EQ(spool_->health().shed_status, shed + 4);
  EXPECT_EQ(count("STATUS"), kept) << "what waits is not touched while passings still have room";
}

TEST_F(SpoolRoomTest, WaitingStatusGoesForPassingsAndTheRestKeepsItsOrder) {
  open("BOOT1", {.max_bytes = 2 * kMiB, .reserve_bytes = 0});
  append(10);
  auto waiting = status_burst(1'500, next_);
  base::value_or_die(spool_->append(waiting));
  next_ += 1'500;
  fill();
  const SpoolHealth health = spool_->health();
  EXPECT_EQ(health.state, SpoolState::kFull);
  EXPECT_EQ(health.shed_status, 1'500U) << "all of it goes before one passing is refused";
  EXPECT_EQ(count("STATUS"), 0U);
  const Batch batch = base::value_or_die(spool_->next_batch(100'000, 1U << 30));
  EXPECT_EQ(batch.rows.size(), health.pending);
  EXPECT_EQ(batch.rows.at(9).id, 10U);
  EXPECT_EQ(batch.rows.at(10).id, 1'511U);
  EXPECT_EQ(base::value_or_die(contract::parse_envelope(batch.rows.at(10).body)).seq, 1'511U);
  EXPECT_EQ(base::value_or_die(spool_->stats()).pending, health.pending);
  // The gap is behind the cursor for good, also after a restart.
  ASSERT_TRUE(spool_->acknowledge(1'600));
  const std::uint64_t left = health.pending - 100;
  EXPECT_EQ(spool_->health().pending, left);
  EXPECT_EQ(base::value_or_die(spool_->stats()).acked, 100U);
  open("BOOT2", {.max_bytes = 2 * kMiB, .reserve_bytes = 0});
  EXPECT_EQ(spool_->health().pending, left);
  EXPECT_EQ(pending().size(), left);
}

TEST_F(SpoolRoomTest, IdsOfStatusThatWentFromTheEndDoNotComeAgain) {
  open("BOOT1", {.max_bytes = 2 * kMiB, .reserve_bytes = 0});
  while (spool_->health().state == SpoolState::kOk) append(100);
  spool_.reset();
  // The same file with more room takes STATUS as its last rows; with less again it has to give them up.
  open("BOOT2", {.max_bytes = 4 * kMiB, .reserve_bytes = 0});
  auto last = status_burst(200, next_);
  base::value_or_die(spool_->append(last));
  const std::uint64_t id = spool_->last_id();
  open("BOOT3", {.max_bytes = kMiB, .reserve_bytes = 0});
  auto one = burst(1, next_);
  EXPECT_EQ(spool_->append(one).error().code, base::Code::kFull);
  open("BOOT4", {.max_bytes = 8 * kMiB, .reserve_bytes = 0});
  base::value_or_die(spool_->append(one));
  EXPECT_GT(spool_->last_id(), id);
  EXPECT_EQ(base::value_or_die(spool_->stats()).boots.at(1).last_seq, 200U);
}

TEST_F(SpoolRoomTest, AnotherProgramThatFillsTheDiskIsSeenWithoutAnAppend) {
  std::atomic<std::uint64_t> free{1'000 * kMiB};
  const DiskProbe disk = [&](const std::string&) { return DiskSpace{free, 20'000 * kMiB}; };
  open("BOOT1", {.keep_free_bytes = 256 * kMiB, .disk = disk});
  append(1);
  EXPECT_EQ(spool_->health().state, SpoolState::kOk);
  EXPECT_EQ(spool_->health().disk_free, 1'000 * kMiB);
  EXPECT_TRUE(spool_->health().reserve_present);
  EXPECT_EQ(std::filesystem::file_size(path_.string() + ".reserve"), kReserveBytes);
  free = 256 * kMiB;
  EXPECT_EQ(spool_->health().state, SpoolState::kTight);
  auto one = burst(1, 2);
  EXPECT_EQ(spool_->append(one).error().code, base::Code::kFull);
  EXPECT_EQ(spool_->health().state, SpoolState::kFull);
  free = 900 * kMiB;
  base::value_or_die(spool_->append(one));
  EXPECT_EQ(spool_->health().state, SpoolState::kOk);
  EXPECT_EQ(one[0].seq, 2U);
}

TEST_F(SpoolRoomTest, OnASmallDiskATwentiethStaysFree) {
  const SpoolOptions options{.max_bytes = 0};
  const Room room = room_of(options, {}, DiskSpace{100 * kMiB, 1'000 * kMiB});
  EXPECT_EQ(room.left, 50 * kMiB);
  const Room large = room_of(options, {}, DiskSpace{300 * kMiB, 100'000 * kMiB});
  EXPECT_EQ(large.left, 44 * kMiB);
  EXPECT_EQ(room_of({.max_bytes = 10 * kMiB}, {.rows = 4 * kMiB, .log = kMiB}, {}).left, 5 * kMiB);
}

TEST_F(SpoolRoomTest, TellsHowLongTheRoomLastsAtTodaysRate) {
  const std::uint64_t disk_free = 1'000 * kMiB;
  const DiskProbe disk = [&](const std::string&) { return DiskSpace{disk_free, 20'000 * kMiB}; };
  open("BOOT1", {.max_bytes = 100 * kMiB, .disk = disk});
  EXPECT_FALSE(spool_->health().room_s);
  append(1'000);
  clock_.advance_us(kHourUs);
  const SpoolHealth health = spool_->health();
  ASSERT_TRUE(health.bytes_per_hour && health.room_s);
  // 1,000 rows of 460 to 500 bytes in an hour; 100 MiB are some 215 to 230 such hours.
  EXPECT_NEAR(static_cast<double>(*health.bytes_per_hour), 480'000, 40'000);
  EXPECT_NEAR(static_cast<double>(*health.room_s) / 3'600, 218, 25);
  EXPECT_EQ(health.last_commit_us, kNow);
  EXPECT_EQ(health.oldest_pending_us, kNow + 1);
  clock_.advance_us(9 * kHourUs);
  EXPECT_EQ(*spool_->health().bytes_per_hour, 0U) << "yesterday is forgotten";
  EXPECT_FALSE(spool_->health().room_s);
}

// A real file system of 16 MiB, filled by somebody else.
class SpoolFullDiskTest : public SpoolRoomTest {
 protected:
  void SetUp() override {
    if (mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=16m") != 0) {
      GTEST_SKIP() << "mounting a tmpfs needs root";
    }
    mounted_ = true;
  }
  void TearDown() override {
    spool_.reset();
    if (mounted_) umount(folder_.c_str());
  }
  void hog(std::uint64_t leave) {
    std::ofstream file(folder_ / "hog", std::ios::app | std::ios::binary);
    const std::string block(16'384, 'x');
    while (std::filesystem::space(folder_).available > leave && file.write(block.data(), 16'384) &&
           file.flush()) {
    }
  }
  bool mounted_ = false;
};

TEST_F(SpoolFullDiskTest, TheReserveLetsAFullDiskDrainAndNothingIsLost) {
  // keep_free 0: only the disk itself says no.
  const SpoolOptions options{.keep_acknowledged = 0, .keep_free_bytes = 0, .reserve_bytes = 2 * kMiB};
  open("BOOT1", options);
  append(5'000);
  ASSERT_TRUE(spool_->health().reserve_present);
  hog(0);
  fill();
  EXPECT_EQ(spool_->health().state, SpoolState::kFull);
  const std::uint64_t all = spool_->last_id();
  ASSERT_EQ(pending().size(), all);
  // Sending goes on, and what is sent makes room for what comes.
  std::uint64_t appended = 0;
  for (int i = 0; i < 20; ++i) {
    const Batch batch = base::value_or_die(spool_->next_batch(200, kMiB));
    ASSERT_TRUE(spool_->acknowledge(batch.rows.back().id)) << i;
    auto envelopes = burst(10, next_);
    if (const auto range = spool_->append(envelopes)) {
      EXPECT_EQ(range->first, all + appended + 1);
      next_ += 10;
      appended += 10;
    }
  }
  EXPECT_GT(appended, 0U);
  EXPECT_EQ(pending().size(), all + appended - 4'000);
  std::filesystem::remove(folder_ / "hog");
  clock_.advance_us(60'000'000);
  append(1);
  EXPECT_EQ(spool_->health().state, SpoolState::kOk);
  EXPECT_TRUE(spool_->health().reserve_present) << "made again when there is room";
  open("BOOT2", options);
  EXPECT_EQ(pending().size(), all + appended - 4'000 + 1);
}

}  // namespace
}  // namespace holeshot::spool
