// SourceBook: every source (subject, client, boot) that the log knows, with the seqs it holds of each, in
// memory. It is what makes dedupe windowless and cheap. Rebuilt at open from the index runs_by_source and
// from what retention noted; the runs themselves are the only copy on disk of what they hold, so the two cannot
// disagree after a crash.
//
// Threads: one writer (whoever holds the log's front) calls find() and merge(); anyone may call the others.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/sqlite/database.h"
#include "central/log/sqlite/seq_ranges.h"
#include "common/base/result.h"

namespace holeshot::log {

// All but the ranges is fixed once the source is in the book.
struct Source {
  std::uint64_t id = 0;
  std::uint64_t subject_id = 0;
  std::string subject;
  contract::ClientId client;
  contract::BootId boot;
  SeqRanges ranges;  // all that ever came
  SeqRanges pruned;  // those of them that retention removed
};

// What a transaction adds, kept apart until it is durable.
struct SourceChanges {
  std::vector<std::unique_ptr<Source>> new_sources;  // with empty ranges
  std::unordered_map<Source*, SeqRanges> added;
};

class SourceBook {
 public:
  // Reads sources that the book does not have yet; with the ranges of all where `with_ranges`.
  [[nodiscard]] base::Status load(Database& db, bool with_ranges);

  // Writer only. nullptr where unknown.
  [[nodiscard]] Source* find(std::string_view subject, const contract::ClientId& client,
                             const contract::BootId& boot) const;
  // Writer only, after the commit.
  void merge(SourceChanges changes);
  // Writer only, after the commit that removed them.
  void add_pruned(std::uint64_t source_id, const SeqRanges& ranges);

  // nullptr where unknown. Its fixed fields may be read for as long as the book lives.
  [[nodiscard]] const Source* by_id(std::uint64_t id) const;
  [[nodiscard]] std::uint64_t high_water(std::string_view subject, const contract::ClientId& client,
                                         const contract::BootId& boot) const;

  [[nodiscard]] static std::string key(std::string_view subject, const contract::ClientId& client,
                                       const contract::BootId& boot);

 private:
  void insert(std::unique_ptr<Source> source);
  [[nodiscard]] base::Status load_ranges(Database& db);
  [[nodiscard]] base::Status load_pruned(Database& db);
  [[nodiscard]] base::Result<Source*> source_of_row(std::uint64_t id, std::uint64_t first,
                                                    std::uint64_t last);

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<Source>> sources_;
  std::unordered_map<std::uint64_t, Source*> by_id_;
};

}  // namespace holeshot::log
