#include "central/log/sqlite/subject_book.h"

#include <mutex>

#include "central/log/sqlite/body_sizes.h"

namespace holeshot::log {

namespace {

base::Result<std::uint64_t> newest_of(Statement& newest, std::uint64_t subject_id) {
  const ResetAtExit reset(newest);
  newest.bind(1, subject_id);
  HOLESHOT_ASSIGN(const bool row, newest.step());
  return row ? newest.number(0) : 0;
}

// Adds what was appended past `counted_through`.
base::Status count_rest(Statement& rest, BodySizes& sizes, std::uint64_t counted_through, Subject& subject) {
  const ResetAtExit reset(rest);
  rest.bind(1, subject.id).bind(2, counted_through);
  subject.uncounted_runs = 0;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rest.step());
    if (!row) return {};
    HOLESHOT_ASSIGN(const std::uint64_t bytes, sizes.of(rest.number(0)));
    subject.bytes += bytes;
    ++subject.uncounted_runs;
  }
}

}  // namespace

base::Status SubjectBook::load(Database& db, Depth depth) {
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare("SELECT id, name, pruned_through, bytes, counted_through FROM subjects"));
  HOLESHOT_ASSIGN(Statement newest,
                  db.prepare("SELECT first_offset + count - 1 FROM runs INDEXED BY runs_by_subject "
                             "WHERE subject_id = ?1 ORDER BY first_offset DESC LIMIT 1"));
  HOLESHOT_ASSIGN(Statement rest, db.prepare("SELECT first_offset FROM runs INDEXED BY runs_by_subject "
                                             "WHERE subject_id = ?1 AND first_offset > ?2"));
  BodySizes sizes(db);
  const std::unique_lock lock(mutex_);
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    Subject& subject = by_name_[std::string{rows.text(1)}];
    subject.id = rows.number(0);
    subject.name = std::string{rows.text(1)};
    subject.pruned_through = rows.number(2);
    subject.bytes = rows.number(3);
    by_id_[subject.id] = &subject;
    if (depth == Depth::kNames) continue;
    HOLESHOT_ASSIGN(subject.last, newest_of(newest, subject.id));
    if (depth == Depth::kBytes) HOLESHOT_TRY(count_rest(rest, sizes, rows.number(4), subject));
  }
}

void SubjectBook::add(const std::string& name, std::uint64_t id) {
  const std::unique_lock lock(mutex_);
  Subject& subject = by_name_[name];
  subject.id = id;
  subject.name = name;
  by_id_[id] = &subject;
}

void SubjectBook::grow(std::uint64_t id, const SubjectGrowth& growth) {
  const std::unique_lock lock(mutex_);
  Subject& subject = *by_id_.at(id);
  subject.last = growth.last;
  subject.bytes += growth.bytes;
  subject.uncounted_runs += growth.runs;
}

void SubjectBook::set_pruned_through(std::uint64_t id, std::uint64_t offset) {
  const std::unique_lock lock(mutex_);
  by_id_.at(id)->pruned_through = offset;
}

void SubjectBook::settle(std::uint64_t id, std::uint64_t bytes_left) {
  const std::unique_lock lock(mutex_);
  Subject& subject = *by_id_.at(id);
  if (subject.pruned_through >= subject.last) subject.last = 0;
  subject.bytes = bytes_left;
  subject.uncounted_runs = 0;
}

std::uint64_t SubjectBook::id(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? 0 : it->second.id;
}

Subject SubjectBook::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? Subject{} : it->second;
}

Subject SubjectBook::find(std::uint64_t id) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? Subject{} : *it->second;
}

std::vector<Subject> SubjectBook::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<Subject> subjects;
  subjects.reserve(by_name_.size());
  for (const auto& [name, subject] : by_name_) subjects.push_back(subject);
  return subjects;
}

std::vector<std::string> SubjectBook::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, subject] : by_name_) {
    if (subject.last != 0) names.push_back(name);
  }
  return names;
}

}  // namespace holeshot::log
