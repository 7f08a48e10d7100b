// MarkBook: named numbers that were stored together with events ("this log has taken everything up to here of
// there"). In memory it holds what is durable and nothing else.
//
// Threads: the writer calls load() and merge(); anyone may call the others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "central/log/sqlite/database.h"
#include "central/log/sqlite/stamped.h"
#include "common/base/result.h"

namespace holeshot::log {

using MarkChanges = std::map<std::string, std::uint64_t>;

// Every mark of a file, by name.
[[nodiscard]] base::Result<std::vector<Mark>> read_marks(Database& db);

class MarkBook {
 public:
  [[nodiscard]] base::Status load(Database& db);
  // After the commit.
  void merge(const MarkChanges& changes);

  [[nodiscard]] std::optional<std::uint64_t> value(const std::string& name) const;
  // Sorted by name.
  [[nodiscard]] std::vector<Mark> all() const;

 private:
  mutable std::shared_mutex mutex_;
  MarkChanges marks_;  // guarded by mutex_
};

}  // namespace holeshot::log
