// What room is left, and the file that keeps some back for bad times. Not for other rooms. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "gateway/spool/options.h"

namespace holeshot::spool {

// What a row needs beside its payload: the envelope around it, the row's own columns, and its part of pages
// that are never quite full.
inline constexpr std::uint64_t kRowOverhead = 400;

// What the database says about itself, in bytes.
struct FileUse {
  std::uint64_t rows = 0;  // pages in use
  std::uint64_t free = 0;  // pages that new rows will take first
  std::uint64_t log = 0;   // the write-ahead log
};

struct Room {
  std::uint64_t left = 0;       // bytes that may still be appended
  std::uint64_t used = 0;       // rows and log
  std::uint64_t bound = 0;      // used + left, at most max_bytes
  std::uint64_t disk_free = 0;  // 0 where nobody knows
  // The part of `left` that STATUS may not take, so that passings have it.
  [[nodiscard]] std::uint64_t headroom() const;
  [[nodiscard]] bool tight() const { return left < headroom(); }
};
[[nodiscard]] Room room_of(const SpoolOptions& options, const FileUse& use,
                           const std::optional<DiskSpace>& disk);

// A file of zeros whose only use is to be removed when the disk is full: SQLite needs room to make room.
class Reserve {
 public:
  Reserve(const std::string& spool_path, std::uint64_t bytes);
  [[nodiscard]] bool present() const { return present_; }
  // Makes it where the disk has room for it and keep_free still holds. False where it could not.
  bool make(const SpoolOptions& options, const std::optional<DiskSpace>& disk);
  void release();

 private:
  std::string path_;
  std::uint64_t bytes_;
  bool present_ = false;
};

}  // namespace holeshot::spool
