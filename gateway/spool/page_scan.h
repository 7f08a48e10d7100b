// PageScan: what can be read from a damaged spool file without SQLite, which refuses a file whose header or
// inner pages are gone. Every leaf page of the file and of its write-ahead log is looked at by itself; a row
// counts where its own checksum holds. Not for other rooms. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "gateway/spool/schema.h"

namespace holeshot::spool {

struct RawRow {
  std::uint64_t id = 0;
  std::uint64_t seq = 0;
  std::uint64_t captured_at_us = 0;
  std::string message_type;
  std::string body;
  bool quarantined = false;
  std::string code;  // why, where quarantined
  std::string detail;
  std::uint64_t quarantined_at_us = 0;
};

struct ScanCounts {
  std::uint64_t pages = 0;       // looked at, those of the log too
  std::uint64_t unreadable = 0;  // pages that the disk did not give
  std::uint64_t damaged = 0;     // rows that look like ours but whose checksum is wrong
};

class PageScan {
 public:
  // kMissing, kDenied, kRetry where the file itself cannot be opened. The write-ahead log may be absent.
  [[nodiscard]] static base::Result<PageScan> open(const std::string& path);

  // First pass: finds which page holds which ids, and the newest counters. Memory: 16 bytes per leaf page.
  // `stopped` is asked now and then; true ends it early with kClosed.
  [[nodiscard]] base::Status index(const std::function<bool()>& stopped);
  // REQUIRES: index(). Every row whose checksum holds and whose id is above `after`, once each, ids rising. An
  // error of `visit` ends it and is returned.
  [[nodiscard]] base::Status each(std::uint64_t after,
                                  const std::function<base::Status(const RawRow&)>& visit);

  [[nodiscard]] const std::optional<Counters>& counters() const { return counters_; }
  [[nodiscard]] const ScanCounts& counts() const { return counts_; }

 private:
  struct Leaf {
    std::uint64_t min_id;
    std::uint64_t unit;
  };
  PageScan() = default;
  void open_log(const std::string& path);
  // A unit is a page of the file (0 to file_pages_ - 1) or, after these, a frame of the log.
  [[nodiscard]] bool read_unit(std::uint64_t unit);
  [[nodiscard]] bool read_page(std::uint64_t number, std::vector<std::uint8_t>& page) const;
  void each_row(const std::function<void(RawRow&&)>& visit, bool count);
  void look_at_cell(std::size_t at, const std::function<void(RawRow&&)>& visit, bool count);
  [[nodiscard]] bool overflow(std::uint64_t number, std::uint64_t size);
  void judge(std::uint64_t id, const std::function<void(RawRow&&)>& visit, bool count);

  base::UniqueFd file_;
  base::UniqueFd log_;
  std::size_t page_size_ = 4096;
  std::uint64_t file_pages_ = 0;
  std::vector<std::uint64_t> frames_;                        // offsets of pages in the log
  std::unordered_map<std::uint64_t, std::uint64_t> newest_;  // page number -> offset of its newest frame
  std::vector<Leaf> leaves_;
  std::optional<Counters> counters_;
  ScanCounts counts_;
  std::vector<std::uint8_t> page_;
  std::vector<std::uint8_t> payload_;
  std::vector<std::uint8_t> overflow_;
};

}  // namespace holeshot::spool
