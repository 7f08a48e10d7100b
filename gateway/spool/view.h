// SpoolView: a look into a spool file without touching it, also while a gateway writes to it. For the command
// line. What changes a spool is on Spool: asked of the running gateway, or of one opened with an empty identity
// where none runs.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

class Database;

enum class Order : std::uint8_t { kOldestFirst, kNewestFirst };

// Which rows are shown; an empty field asks for nothing.
struct RowFilter {
  std::string state;         // "pending", "acked", "quarantined"
  std::string message_type;  // PASSING, ...
  std::uint64_t limit = 50;  // 0: all
  std::string boot_id;
  std::string decoder_id;     // as in the payload: D0000C00
  std::string transponder;    // transponder_string, or the digits of transponder_id
  std::uint64_t from_us = 0;  // captured_at, this one and later
  std::uint64_t to_us = std::numeric_limits<std::uint64_t>::max();  // earlier than this
  Order order = Order::kNewestFirst;
};

// One thread at a time. Each call is made of short reads, so the writer's log can always be cut; only the last
// part of verify() is a long one.
class SpoolView {
 public:
  // kMissing where there is no such file; kInvalid where it is no spool this version knows. A file in which
  // nothing was written yet is an empty spool.
  [[nodiscard]] static base::Result<SpoolView> open(const std::string& path);
  ~SpoolView();
  SpoolView(SpoolView&&) noexcept;
  SpoolView& operator=(SpoolView&&) noexcept;

  [[nodiscard]] base::Result<SpoolStats> stats();
  [[nodiscard]] base::Result<std::vector<SpoolRow>> list(const RowFilter& filter);
  // One row after the other, in constant memory; ends early where `visit` says false. Rows that come or go
  // meanwhile are shown or not. `looked_at` is told now and then how many rows were gone through.
  [[nodiscard]] base::Status each(const RowFilter& filter, const std::function<bool(const SpoolRow&)>& visit,
                                  const std::function<void(std::uint64_t)>& looked_at = {});
  // nullopt where the row is gone (acknowledged and pruned) or never was.
  [[nodiscard]] base::Result<std::optional<SpoolRow>> show(std::uint64_t id);
  // Every row's checksum, and the file's structure. Changes nothing; Spool::verify also puts aside what it
  // finds. kCorrupt where the file is too damaged to be gone through.
  [[nodiscard]] base::Result<VerifyReport> verify(const std::function<void(std::uint64_t)>& progress = {});

 private:
  SpoolView(std::string path, std::unique_ptr<Database> db);
  std::string path_;
  std::unique_ptr<Database> db_;
};

}  // namespace holeshot::spool
