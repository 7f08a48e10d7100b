// BodySizes: how large the body of a run is, without reading it: SQLite looks at the row's head only, and not at the
// pages that a large body continues on.
//
// One thread at a time, that of its database. While it lives, a read transaction may be open: let it go soon.
#pragma once

#include <cstdint>
#include <memory>

#include "central/log/sqlite/database.h"
#include "common/base/result.h"

struct sqlite3_blob;

namespace holeshot::log {

class BodySizes {
 public:
  // The database outlives it.
  explicit BodySizes(Database& db) : db_(db) {}

  // Bytes of the body of the run that starts at this offset. kMissing where there is none.
  [[nodiscard]] base::Result<std::uint64_t> of(std::uint64_t first_offset);

 private:
  struct Close {
    void operator()(sqlite3_blob* blob) const;
  };
  Database& db_;
  std::unique_ptr<sqlite3_blob, Close> blob_;  // moved from row to row: opening one compiles a statement
};

}  // namespace holeshot::log
