// How much a spool may hold, and where it looks for what is left. Value types.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace holeshot::spool {

struct DiskSpace {
  std::uint64_t free = 0;  // bytes that this process may still write
  std::uint64_t total = 0;
};
// Asked before every commit, so it is to be quick (statvfs takes a microsecond). nullopt: nobody knows.
using DiskProbe = std::function<std::optional<DiskSpace>(const std::string& path)>;
[[nodiscard]] std::optional<DiskSpace> probe_disk(const std::string& path);

// An evening's racing stays for inspection.
inline constexpr std::uint64_t kKeepAcknowledged = 10'000;
// What the rest of the machine needs to stay alive and to be looked at: the journal, a package upgrade, a
// login. On a small disk a twentieth of it is enough (kKeepFreeShare).
inline constexpr std::uint64_t kKeepFreeBytes = 256U << 20;
inline constexpr std::uint64_t kKeepFreeShare = 20;
// One write-ahead log at its bound: with that much, removing rows and copying the log back always succeed.
inline constexpr std::uint64_t kReserveBytes = 16U << 20;

struct SpoolOptions {
  std::uint64_t keep_acknowledged = kKeepAcknowledged;  // rows
  std::uint64_t max_bytes = 0;                          // of rows and log; 0: only the disk is the bound
  std::uint64_t keep_free_bytes = kKeepFreeBytes;
  std::uint64_t reserve_bytes = kReserveBytes;  // of <path>.reserve; 0: none
  DiskProbe disk = probe_disk;
};

}  // namespace holeshot::spool
