// The disk fails under the spool: this program's own fdatasync and pwrite stand before libc's, so that SQLite
// calls them.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "gateway/spool/spool_test_kit.h"

namespace {
std::atomic<bool> g_fail_sync{false};
std::atomic<bool> g_disk_full{false};
std::atomic<int> g_syncs{0};

int real_or_failed_sync(long call, int fd) {
  ++g_syncs;
  if (g_fail_sync) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(syscall(call, fd));
}
ssize_t real_or_full_write(int fd, const void* bytes, size_t size, off_t at) {
  if (g_disk_full) {
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_pwrite64, fd, bytes, size, at);
}
}  // namespace

extern "C" int fdatasync(int fd) { return real_or_failed_sync(SYS_fdatasync, fd); }
extern "C" int fsync(int fd) { return real_or_failed_sync(SYS_fsync, fd); }
extern "C" ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t at) {
  return real_or_full_write(fd, bytes, size, at);
}
extern "C" ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return real_or_full_write(fd, bytes, size, at);
}

namespace holeshot::spool {
namespace {

class SpoolFaultTest : public SpoolTest {
 protected:
  ~SpoolFaultTest() override {
    g_fail_sync = false;
    g_disk_full = false;
  }
};

TEST_F(SpoolFaultTest, EveryAppendSyncsBeforeItReturns) {
  open();
  append(1);
  const int before = g_syncs;
  append(50);
  EXPECT_EQ(g_syncs - before, 1) << "one burst, one fsync";
}

TEST_F(SpoolFaultTest, AFailedSyncIsLatchedAndNothingOfItIsShown) {
  open("BOOT1");
  append(2);
  g_fail_sync = true;
  auto lost = burst(1, 3);
  EXPECT_EQ(spool_->append(lost).error().code, base::Code::kClosed);
  EXPECT_EQ(spool_->last_id(), 2U);
  g_fail_sync = false;
  // A later fsync would succeed without having written what the failed one dropped: so no more writes.
  const auto again = spool_->append(lost);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Code::kClosed);
  EXPECT_NE(again.error().hint.find("restart"), std::string::npos);
  EXPECT_EQ(spool_->acknowledge(1).error().code, base::Code::kClosed);
  EXPECT_EQ(pending(), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(SpoolFaultTest, AFullDiskUsesUpNoSequenceNumberAndTheSameEnvelopesGoInLater) {
  open();
  append(2);
  auto envelopes = burst(3, 3);
  g_disk_full = true;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(spool_->append(envelopes).error().code, base::Code::kFull);
  g_disk_full = false;
  const SeqRange range = base::value_or_die(spool_->append(envelopes));
  EXPECT_EQ(range.first, 3U);
  EXPECT_EQ(range.last, 5U);
  EXPECT_EQ(pending(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(SpoolFaultTest, AppendsThatWaitTogetherShareSyncs) {
  open();
  append(1);
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  const int before = g_syncs;
  std::vector<std::thread> readers;
  for (int t = 0; t < kThreads; ++t) {
    readers.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        auto one = burst(1);
        base::value_or_die(spool_->append(one));
      }
    });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_LT(g_syncs - before, kThreads * kEach);
  EXPECT_EQ(spool_->last_id(), 1U + kThreads * kEach);
}

}  // namespace
}  // namespace holeshot::spool
