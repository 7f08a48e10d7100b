#include "central/log/sqlite/source_book.h"

#include <mutex>
#include <utility>

namespace holeshot::log {

std::string SourceBook::key(std::string_view subject, const contract::ClientId& client,
                            const contract::BootId& boot) {
  std::string key;
  key.reserve(subject.size() + client.str().size() + boot.str().size() + 2);
  // Neither a client nor a boot can hold a colon, so two sources never share a key.
  key.append(boot.str()).append(":").append(client.str()).append(":").append(subject);
  return key;
}

base::Status SourceBook::load(Database& db, bool with_ranges) {
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare("SELECT s.id, s.subject_id, j.name, s.client, s.boot FROM sources s "
                             "JOIN subjects j ON j.id = s.subject_id ORDER BY s.id"));
  const std::unique_lock lock(mutex_);
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) break;
    if (by_id_.contains(rows.number(0))) continue;
    HOLESHOT_ASSIGN(auto client, contract::ClientId::parse(rows.text(3), "client of a source"));
    HOLESHOT_ASSIGN(auto boot, contract::BootId::parse(rows.text(4), "boot of a source"));
    insert(std::make_unique<Source>(Source{
        rows.number(0), rows.number(1), std::string{rows.text(2)}, std::move(client), std::move(boot), {}}));
  }
  return with_ranges ? load_ranges(db) : base::Status{};
}

base::Status SourceBook::load_ranges(Database& db) {
  // Covered by runs_by_source and in its order, so no body is touched and ranges grow at their end.
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare("SELECT source_id, first_seq, count FROM runs ORDER BY source_id, first_seq"));
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    const auto it = by_id_.find(rows.number(0));
    const std::uint64_t first = rows.number(1);
    const std::uint64_t count = rows.number(2);
    if (it == by_id_.end() || first == 0 || count == 0) {
      return base::fail(base::Code::kCorrupt,
                        "open log: a run names source " + std::to_string(rows.number(0)) + ", seq " +
                            std::to_string(first) + ", count " + std::to_string(count),
                        "run `holeshot-central log verify`");
    }
    it->second->ranges.add(first, first + count - 1);
  }
}

void SourceBook::insert(std::unique_ptr<Source> source) {
  by_id_[source->id] = source.get();
  auto name = key(source->subject, source->client, source->boot);
  sources_.emplace(std::move(name), std::move(source));
}

Source* SourceBook::find(std::string_view subject, const contract::ClientId& client,
                         const contract::BootId& boot) const {
  const std::shared_lock lock(mutex_);
  const auto it = sources_.find(key(subject, client, boot));
  return it == sources_.end() ? nullptr : it->second.get();
}

void SourceBook::merge(SourceChanges changes) {
  const std::unique_lock lock(mutex_);
  for (auto& source : changes.new_sources) insert(std::move(source));
  for (const auto& [source, ranges] : changes.added) source->ranges.add(ranges);
}

const Source* SourceBook::by_id(std::uint64_t id) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

std::uint64_t SourceBook::high_water(std::string_view subject, const contract::ClientId& client,
                                     const contract::BootId& boot) const {
  const std::shared_lock lock(mutex_);
  const auto it = sources_.find(key(subject, client, boot));
  return it == sources_.end() ? 0 : it->second->ranges.high_water();
}

}  // namespace holeshot::log
