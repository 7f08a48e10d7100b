// Going through all rows of a spool in short reads, with what people ask for left in. Not for other rooms.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/spool/sqlite.h"
#include "gateway/spool/types.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {

struct StoredRow : SpoolRow {
  bool intact = true;  // its checksum holds
};

// The next rows in order of id, quarantined ones among them. Rows of one step: a short read (the writer's log
// can be cut between two), and memory that does not depend on the spool.
inline constexpr std::uint64_t kStepRows = 256;
struct Walk {
  Order order = Order::kOldestFirst;
  std::uint64_t from = 0;  // rows above (oldest first) or below (newest first) this id
  std::uint64_t rows = kStepRows;
  [[nodiscard]] static Walk begin(Order order) {
    constexpr std::uint64_t kAboveAll = std::numeric_limits<std::int64_t>::max();
    return {order, order == Order::kOldestFirst ? 0 : kAboveAll};
  }
};
// Rows between two calls of a progress callback.
inline constexpr std::uint64_t kTellEvery = 10'000;

[[nodiscard]] base::Result<std::vector<StoredRow>> read_step(Database& db, const Walk& step);
// Steps until there is no more, or `visit` says false.
using Fetch = std::function<base::Result<std::vector<StoredRow>>(const Walk&)>;
[[nodiscard]] base::Status walk(const Fetch& fetch, const std::function<bool(const StoredRow&)>& visit,
                                Order order = Order::kOldestFirst);

[[nodiscard]] bool matches(const SpoolRow& row, const RowFilter& filter);
[[nodiscard]] base::Result<std::vector<SpoolRow>> read_newest(Database& db, std::size_t limit,
                                                              std::string_view message_type);
[[nodiscard]] base::Result<std::vector<std::uint64_t>> quarantined_ids(Database& db);
// What SQLite finds wrong with the file, at most 100 lines. One long read.
[[nodiscard]] base::Result<std::vector<std::string>> check_structure(Database& db);

}  // namespace holeshot::spool
