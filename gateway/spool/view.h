// SpoolView: a look into a spool file without touching it, also while a gateway writes to it. For the command
// line.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

class Database;

// Which rows list() shows. Newest first.
struct RowFilter {
  std::string state;         // "pending", "acked", "quarantined"; empty: all
  std::string message_type;  // PASSING, ...; empty: all
  std::uint64_t limit = 50;
};

// One thread at a time. Each call is one short read, so the writer's log can always be cut.
class SpoolView {
 public:
  // kMissing where there is no such file; kInvalid where it is no spool this version knows.
  [[nodiscard]] static base::Result<SpoolView> open(const std::string& path);
  ~SpoolView();
  SpoolView(SpoolView&&) noexcept;
  SpoolView& operator=(SpoolView&&) noexcept;

  [[nodiscard]] base::Result<SpoolStats> stats();
  [[nodiscard]] base::Result<std::vector<SpoolRow>> list(const RowFilter& filter);
  // nullopt where the row is gone (acknowledged and pruned) or never was.
  [[nodiscard]] base::Result<std::optional<SpoolRow>> show(std::uint64_t id);

 private:
  SpoolView(std::string path, std::unique_ptr<Database> db);
  std::string path_;
  std::unique_ptr<Database> db_;
};

}  // namespace holeshot::spool
