// SubjectBook: what the log knows of each subject, in memory: its newest event, what retention removed of it, and
// how much it holds. It answers "is there anything new for me?" without a query.
//
// Threads: one writer (whoever holds the log's front) calls what changes it; anyone may call the others.
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
  std::uint64_t bytes = 0;           // of the bodies that the log holds; only where they are counted
  std::uint64_t uncounted_runs = 0;  // appended since `bytes` was last written to the file
};

// What a transaction appended to a subject.
struct SubjectGrowth {
  std::uint64_t last = 0;
  std::uint64_t bytes = 0;
  std::uint64_t runs = 0;
};

class SubjectBook {
 public:
  // How much of each subject load() finds out: each is dearer than the one before it.
  enum class Depth : std::uint8_t {
    kNames,   // one query
    kNewest,  // and a look at an index per subject
    kBytes,   // and a look at each run appended since the subject was last counted
  };

  // Reads every subject of the file.
  [[nodiscard]] base::Status load(Database& db, Depth depth);

  // After the commit that made the subject.
  void add(const std::string& name, std::uint64_t id);
  // After the commit that appended to it.
  void grow(std::uint64_t id, const SubjectGrowth& growth);
  // Before the commit that removes events up to here, so that nobody misses one without being able to tell; with
  // the old value again where that commit failed.
  void set_pruned_through(std::uint64_t id, std::uint64_t offset);
  // After the commit that removed them and wrote how many bytes are left.
  void settle(std::uint64_t id, std::uint64_t bytes_left);

  // 0 where unknown.
  [[nodiscard]] std::uint64_t id(std::string_view name) const;
  // With id 0 where unknown.
  [[nodiscard]] Subject find(std::string_view name) const;
  [[nodiscard]] Subject find(std::uint64_t id) const;
  // Sorted by name.
  [[nodiscard]] std::vector<Subject> all() const;
  // Names of the subjects that hold an event, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, Subject, std::less<>> by_name_;  // guarded by mutex_; its nodes stay where they are
  std::unordered_map<std::uint64_t, Subject*> by_id_;    // guarded by mutex_
};

}  // namespace holeshot::log
