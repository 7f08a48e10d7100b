#include "central/log/sqlite/body_sizes.h"

#include <sqlite3.h>

namespace holeshot::log {

void BodySizes::Close::operator()(sqlite3_blob* blob) const { sqlite3_blob_close(blob); }

base::Result<std::uint64_t> BodySizes::of(std::uint64_t first_offset) {
  const auto row = static_cast<sqlite3_int64>(first_offset);
  int code = SQLITE_OK;
  if (blob_) {
    code = sqlite3_blob_reopen(blob_.get(), row);
  } else {
    sqlite3_blob* raw = nullptr;
    code = sqlite3_blob_open(db_.handle(), "main", "runs", "body", row, 0, &raw);
    blob_.reset(raw);
  }
  if (code == SQLITE_OK) return static_cast<std::uint64_t>(sqlite3_blob_bytes(blob_.get()));
  blob_.reset();
  const std::string what = "measure the run at offset " + std::to_string(first_offset);
  // What SQLite says of a row that is not there.
  if (code == SQLITE_ERROR) return base::fail(base::Code::kMissing, what + ": there is none");
  return std::unexpected(db_.error(code, what));
}

}  // namespace holeshot::log
