// Faults that only the inside of a process can show, for any program, through LD_PRELOAD: a disk whose sync fails, and
// a wall clock that somebody sets. What is wrong stands in the file $HOLESHOT_FAULTS_FILE, which the test maps and
// changes while the program runs:
//   bytes 0 to 7   int64   microseconds that the wall clock is off
//   byte  8        uint8   1: fsync and fdatasync fail with EIO
// Without the variable nothing is changed. The clock that only runs on is never touched.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace {

struct Faults {
  std::atomic<std::int64_t> wall_offset_us;
  std::atomic<std::uint8_t> fail_sync;
};

Faults* map_faults() {
  const char* path = std::getenv("HOLESHOT_FAULTS_FILE");
  if (path == nullptr) return nullptr;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* at = mmap(nullptr, sizeof(Faults), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<Faults*>(at);
}

const Faults* faults() {
  static const Faults* const kFaults = map_faults();
  return kFaults;
}

bool sync_fails() { return faults() != nullptr && faults()->fail_sync != 0; }

int failing() {
  errno = EIO;
  return -1;
}

}  // namespace

extern "C" {

int fsync(int fd) { return sync_fails() ? failing() : static_cast<int>(syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return sync_fails() ? failing() : static_cast<int>(syscall(SYS_fdatasync, fd)); }

int clock_gettime(clockid_t id, timespec* at) noexcept {
  const int rc = static_cast<int>(syscall(SYS_clock_gettime, id, at));
  if (rc != 0 || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE) || faults() == nullptr) return rc;
  constexpr std::int64_t kSecondUs = 1'000'000;
  const std::int64_t us = at->tv_sec * kSecondUs + at->tv_nsec / 1'000 + faults()->wall_offset_us;
  at->tv_sec = us / kSecondUs;
  at->tv_nsec = (us % kSecondUs) * 1'000;
  return 0;
}

time_t time(time_t* at) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != nullptr) *at = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* at, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1'000;
  return 0;
}
}
