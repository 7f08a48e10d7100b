// Run: one row of the log. Consecutive events of one append call that came from one source with consecutive
// seq share a row: the row's cost is then paid once for all of them (docs/log.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/log/sqlite/database.h"
#include "common/base/result.h"

namespace holeshot::log {

// A run is closed beyond either, so that reading one event out of the middle stays cheap.
inline constexpr std::size_t kMaxRunEvents = 512;
inline constexpr std::size_t kMaxRunBytes = 256U << 10;

struct Run {
  std::uint64_t first_offset = 0;
  std::uint64_t count = 0;
  std::uint64_t source_id = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t appended_at_us = 0;
  std::uint64_t checksum = 0;
  std::string body;  // `count` bodies, joined by line feeds

  // Of all the other fields: CRC-32 over the five numbers (little-endian, 8 bytes each) and the body.
  [[nodiscard]] std::uint64_t expected_checksum() const;
  // The bodies, pointing into `body`. As many as `body` holds lines, which check() compares with `count`.
  [[nodiscard]] std::vector<std::string_view> bodies() const;
  // kCorrupt with the offset in the message where checksum or count do not fit.
  [[nodiscard]] base::Status check() const;

  [[nodiscard]] std::uint64_t last_offset() const { return first_offset + count - 1; }
  [[nodiscard]] std::uint64_t last_seq() const { return first_seq + count - 1; }
};

// The columns of a run in the order that run_from() reads, for "SELECT ... FROM runs".
inline constexpr const char* kRunColumns =
    "first_offset, count, source_id, first_seq, appended_at_us, checksum, body";
[[nodiscard]] Run run_from(const Statement& row);

// Stores a run; parameters as bind_run() gives them. The run outlives the statement's step.
inline constexpr const char* kInsertRun =
    "INSERT INTO runs(first_offset, count, source_id, subject_id, first_seq, appended_at_us, checksum, body) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
void bind_run(Statement& insert, const Run& run, std::uint64_t subject_id);

}  // namespace holeshot::log
