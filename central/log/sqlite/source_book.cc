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
    insert(std::make_unique<Source>(Source{rows.number(0),
                                           rows.number(1),
                                           std::string{rows.text(2)},
                                           std::move(client),
                                           std::move(boot),
                                           {},
                                           {}}));
  }
  if (!with_ranges) return {};
  HOLESHOT_TRY(load_ranges(db));
  return load_pruned(db);
}

base::Status SourceBook::load_ranges(Database& db) {
  // Covered by runs_by_source and in its order, so no body is touched and ranges grow at their end.
  HOLESHOT_ASSIGN(Statement rows,
                  db.prepare("SELECT source_id, first_seq, count FROM runs ORDER BY source_id, first_seq"));
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    const std::uint64_t first = rows.number(1);
    const std::uint64_t last = first + rows.number(2) - 1;
    HOLESHOT_ASSIGN(Source * source, source_of_row(rows.number(0), first, last));
    source->ranges.add(first, last);
  }
}

base::Status SourceBook::load_pruned(Database& db) {
  HOLESHOT_ASSIGN(Statement rows, db.prepare("SELECT source_id, first_seq, last_seq FROM pruned"));
  for (;;) {
    HOLESHOT_ASSIGN(const bool row, rows.step());
    if (!row) return {};
    HOLESHOT_ASSIGN(Source * source, source_of_row(rows.number(0), rows.number(1), rows.number(2)));
    source->ranges.add(rows.number(1), rows.number(2));
    source->pruned.add(rows.number(1), rows.number(2));
  }
}

base::Result<Source*> SourceBook::source_of_row(std::uint64_t id, std::uint64_t first, std::uint64_t last) {
  const auto it = by_id_.find(id);
  if (it != by_id_.end() && 0 < first && first <= last) return it->second;
  return base::fail(base::Code::kCorrupt,
                    "open log: a row names source " + std::to_string(id) + ", seqs " + std::to_string(first) +
                        " to " + std::to_string(last),
                    "run `holeshot-central log verify`");
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

void SourceBook::add_pruned(std::uint64_t source_id, const SeqRanges& ranges) {
  const std::unique_lock lock(mutex_);
  by_id_.at(source_id)->pruned.add(ranges);
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
