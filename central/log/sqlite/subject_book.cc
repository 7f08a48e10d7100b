#include "central/log/sqlite/subject_book.h"

#include <mutex>

namespace holeshot::log {

namespace {

base::Result<std::uint64_t> newest_of(Statement& newest, std::uint64_t subject_id) {
  const ResetAtExit reset(newest);
  newest.bind(1, subject_id);
  HOLESHOT_ASSIGN(const bool row, newest.step());
  return row ? newest.number(0) : 0;
}

}  // namespace

base::Status SubjectBook::load(Database& db, bool with_last) {
  HOLESHOT_ASSIGN(Statement rows, db.prepare("SELECT id, name, pruned_through FROM subjects"));
  HOLESHOT_ASSIGN(Statement newest,
                  db.prepare("SELECT first_offset + count - 1 FROM runs INDEXED BY runs_by_subject "
                             "WHERE subject_id = ?1 ORDER BY first_offset DESC LIMIT 1"));
  const std::unique_lock lock(mutex_);
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    Subject& subject = by_name_[std::string{rows.text(1)}];
    subject.id = rows.number(0);
    subject.name = std::string{rows.text(1)};
    subject.pruned_through = rows.number(2);
    by_id_[subject.id] = &subject;
    if (with_last) {
      HOLESHOT_ASSIGN(subject.last, newest_of(newest, subject.id));
    }
  }
}

void SubjectBook::add(const std::string& name, std::uint64_t id) {
  const std::unique_lock lock(mutex_);
  Subject& subject = by_name_[name];
  subject.id = id;
  subject.name = name;
  by_id_[id] = &subject;
}

void SubjectBook::grow(std::uint64_t id, std::uint64_t last) {
  const std::unique_lock lock(mutex_);
  by_id_.at(id)->last = last;
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

std::vector<std::string> SubjectBook::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, subject] : by_name_) {
    if (subject.last != 0) names.push_back(name);
  }
  return names;
}

}  // namespace holeshot::log
