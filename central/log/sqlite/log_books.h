// LogBooks: what the log knows without asking its file: sources, subjects, marks. Everything in them is durable;
// what a transaction adds is kept apart in LogChanges until it is, too.
//
// Threads: as the single books say; merge() is the writer's, after the commit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "central/log/sqlite/mark_book.h"
#include "central/log/sqlite/source_book.h"
#include "central/log/sqlite/subject_book.h"

namespace holeshot::log {

struct LogChanges {
  std::map<std::string, std::uint64_t, std::less<>> new_subjects;  // name -> id
  std::unordered_map<std::uint64_t, SubjectGrowth> grown;          // by subject id
  SourceChanges sources;
  MarkChanges marks;
};

struct LogBooks {
  SubjectBook subjects;
  SourceBook sources;
  MarkBook marks;

  // All there is to know, for a writer; with the bytes of each subject where retention will ask for them.
  [[nodiscard]] base::Status load(Database& db, bool count_bytes) {
    HOLESHOT_TRY(subjects.load(db, count_bytes ? SubjectBook::Depth::kBytes : SubjectBook::Depth::kNewest));
    HOLESHOT_TRY(sources.load(db, true));
    return marks.load(db);
  }
  // Names of subjects and sources only, for who reads beside a writer; again for what came since.
  [[nodiscard]] base::Status load_names(Database& db) {
    HOLESHOT_TRY(subjects.load(db, SubjectBook::Depth::kNames));
    return sources.load(db, false);
  }
  void merge(LogChanges changes) {
    for (const auto& [name, id] : changes.new_subjects) subjects.add(name, id);
    for (const auto& [id, growth] : changes.grown) subjects.grow(id, growth);
    sources.merge(std::move(changes.sources));
    marks.merge(changes.marks);
  }
};

}  // namespace holeshot::log
