// SubjectBook: what the log knows of each subject, in memory: its newest event, what retention removed of it, and
// how much it holds. It answers "is there anything new for me?" without a query.
//
// Threads: one writer (whoever holds the log's front) calls load(), add(), grow(); anyone may call the others.
#pragma once

#include <cstdint>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/log/sqlite/database.h"
#include "common/base/result.h"

namespace holeshot::log {

// Value type. Offsets are 0 where there is none.
struct Subject {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t last = 0;            // newest event that the log holds
  std::uint64_t pruned_through = 0;  // newest event that retention removed
};

class SubjectBook {
 public:
  // Reads every subject of the file; with its newest event where `with_last`.
  [[nodiscard]] base::Status load(Database& db, bool with_last);

  // After the commit that made the subject.
  void add(const std::string& name, std::uint64_t id);
  // After the commit that appended to it: its newest event is now here.
  void grow(std::uint64_t id, std::uint64_t last);

  // 0 where unknown.
  [[nodiscard]] std::uint64_t id(std::string_view name) const;
  // With id 0 where unknown.
  [[nodiscard]] Subject find(std::string_view name) const;
  // Names of the subjects that hold an event, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, Subject, std::less<>> by_name_;  // guarded by mutex_; its nodes stay where they are
  std::unordered_map<std::uint64_t, Subject*> by_id_;    // guarded by mutex_
};

}  // namespace holeshot::log
