#include "central/log/sqlite/mark_book.h"

#include <mutex>
#include <utility>

namespace holeshot::log {

base::Result<std::vector<Mark>> read_marks(Database& db) {
  HOLESHOT_ASSIGN(Statement rows, db.prepare("SELECT name, value FROM marks ORDER BY name"));
  std::vector<Mark> marks;
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return marks;
    marks.push_back({std::string{rows.text(0)}, rows.number(1)});
  }
}

base::Status MarkBook::load(Database& db) {
  HOLESHOT_ASSIGN(const std::vector<Mark> marks, read_marks(db));
  const std::unique_lock lock(mutex_);
  for (const Mark& mark : marks) marks_[mark.name] = mark.value;
  return {};
}

void MarkBook::merge(const MarkChanges& changes) {
  const std::unique_lock lock(mutex_);
  for (const auto& [name, value] : changes) marks_[name] = value;
}

std::optional<std::uint64_t> MarkBook::value(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto it = marks_.find(name);
  return it == marks_.end() ? std::nullopt : std::optional{it->second};
}

std::vector<Mark> MarkBook::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<Mark> marks;
  marks.reserve(marks_.size());
  for (const auto& [name, value] : marks_) marks.push_back({name, value});
  return marks;
}

}  // namespace holeshot::log
