#include "central/log/sqlite/sqlite_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <utility>

#include "central/log/sqlite/group_commit.h"
#include "central/log/sqlite/retention.h"
#include "central/log/sqlite/retention_worker.h"
#include "central/log/sqlite/run_reader.h"
#include "central/log/sqlite/schema.h"
#include "central/log/sqlite/writer_lock.h"

namespace holeshot::log {

using base::Code;
using base::fail;

namespace {

// More connections than this are not kept; whoever needs one meanwhile opens it for the call.
constexpr std::size_t kIdleReaders = 8;
// How often a read-only log looks whether another process appended.
constexpr std::chrono::milliseconds kPollOtherProcess{50};

std::uint64_t file_bytes(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

base::Status validate(std::span<const NewEvent> events) {
  const auto refuse = [](std::size_t i, std::string_view why) {
    return fail(Code::kInvalid, "append to log: event " + std::to_string(i) + ": " + std::string{why});
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const NewEvent& event = events[i];
    if (event.subject.empty()) return refuse(i, "no subject");
    if (event.client.empty() || event.boot.empty()) return refuse(i, "no client or no boot");
    if (event.seq == 0) return refuse(i, "seq is 0, it starts at 1");
    if (event.seq > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse(i, "seq is beyond 2^63-1");
    }
    if (event.body.empty()) return refuse(i, "no body");
    if (event.body.size() > kMaxEventBytes) return refuse(i, "body is larger than 16 MiB");
    if (event.body.find('\n') != std::string::npos) return refuse(i, "body holds a line break");
  }
  return {};
}

}  // namespace

struct SqliteLog::Inner {
  SqliteLogOptions options;
  base::UniqueFd writer_lock;  // first in, last out
  std::string id;
  mutable LogBooks books;
  // Absent in a read-only log.
  std::unique_ptr<GroupCommit> commit;
  std::unique_ptr<Retention> retention;

  mutable std::mutex readers_mutex;
  mutable std::vector<RunReader> idle_readers;

  std::mutex wait_mutex;
  std::condition_variable_any appended;
  std::atomic<std::uint64_t> last{0};
  std::unique_ptr<RetentionWorker> worker;  // last: its thread uses the rest

  // Runs `use` with a reader of the pool.
  template <class Use>
  auto with_reader(Use use) const -> decltype(use(std::declval<RunReader&>()));
  void publish(Offset offset);
  [[nodiscard]] base::Status open_writer(const base::Clock& clock);
  [[nodiscard]] base::Status start_retention(const base::Clock& clock);
  [[nodiscard]] base::Result<PruneReport> prune(const std::stop_token& stop) const;
  [[nodiscard]] base::Status open_reader();
  [[nodiscard]] base::Result<std::uint64_t> durable_last() const;
  // As books.subjects.find(); of the file in a read-only log.
  [[nodiscard]] Subject subject(std::string_view name) const;
  [[nodiscard]] base::Result<const Source*> source_of(const Run& run) const;
  [[nodiscard]] base::Status take_events(const Run& run, const ReadRange& range, std::size_t& bytes,
                                         std::vector<Event>& out) const;
};

template <class Use>
auto SqliteLog::Inner::with_reader(Use use) const -> decltype(use(std::declval<RunReader&>())) {
  std::unique_lock lock(readers_mutex);
  if (idle_readers.empty()) {
    lock.unlock();
    HOLESHOT_ASSIGN(RunReader opened, RunReader::open(options.path, options.vfs));
    lock.lock();
    idle_readers.push_back(std::move(opened));
  }
  RunReader reader = std::move(idle_readers.back());
  idle_readers.pop_back();
  lock.unlock();
  auto result = use(reader);
  lock.lock();
  if (idle_readers.size() < kIdleReaders) idle_readers.push_back(std::move(reader));
  return result;
}

base::Status SqliteLog::Inner::open_writer(const base::Clock& clock) {
  HOLESHOT_ASSIGN(writer_lock, lock_writer(options.path));
  HOLESHOT_ASSIGN(Database db, Database::open(options.path, OpenMode::kCreate, options.vfs));
  HOLESHOT_TRY(configure_writer(db, options.max_bytes));
  HOLESHOT_TRY(ensure_schema(db, options.path, clock));
  HOLESHOT_ASSIGN(id, read_log_id(db));
  HOLESHOT_TRY(books.load(db, !options.streams.empty()));
  HOLESHOT_ASSIGN(Appender appender, Appender::make(std::move(db), books));
  last = appender.last().value();
  commit = std::make_unique<GroupCommit>(std::move(appender), clock,
                                         GroupCommit::Hooks{[this](Offset offset) { publish(offset); },
                                                            [this] {
                                                              if (worker) worker->wake();
                                                            }});
  return options.streams.empty() ? base::Status{} : start_retention(clock);
}

base::Status SqliteLog::Inner::start_retention(const base::Clock& clock) {
  HOLESHOT_ASSIGN(auto pruner, Pruner::make(commit->appender(), books));
  retention = std::make_unique<Retention>(options.streams, clock, books, *commit, std::move(pruner));
  if (options.prune_every.count() == 0) return {};
  worker = std::make_unique<RetentionWorker>([this](const std::stop_token& stop) { return prune(stop); },
                                             options.prune_every);
  return {};
}

base::Result<PruneReport> SqliteLog::Inner::prune(const std::stop_token& stop) const {
  if (!retention) return PruneReport{};
  return with_reader([&](RunReader& reader) { return retention->prune(reader, stop); });
}

base::Status SqliteLog::Inner::open_reader() {
  HOLESHOT_ASSIGN(Database db, Database::open(options.path, OpenMode::kReadOnly, options.vfs));
  HOLESHOT_TRY(check_schema(db, options.path));
  HOLESHOT_ASSIGN(id, read_log_id(db));
  return books.load_names(db);
}

void SqliteLog::Inner::publish(Offset offset) {
  {
    const std::scoped_lock lock(wait_mutex);
    last = offset.value();
  }
  appended.notify_all();
}

base::Result<std::uint64_t> SqliteLog::Inner::durable_last() const {
  if (!options.read_only) return last.load();
  return with_reader([](RunReader& reader) { return reader.last_offset(); });
}

base::Result<const Source*> SqliteLog::Inner::source_of(const Run& run) const {
  const Source* source = books.sources.by_id(run.source_id);
  if (source == nullptr && options.read_only) {  // another process appended it since we opened
    HOLESHOT_TRY(with_reader([&](RunReader& reader) { return books.load_names(reader.database()); }));
    source = books.sources.by_id(run.source_id);
  }
  if (source != nullptr) return source;
  return fail(Code::kCorrupt, "read log: the run at offset " + std::to_string(run.first_offset) +
                                  " names source " + std::to_string(run.source_id) + ", which is missing");
}

base::Status SqliteLog::Inner::take_events(const Run& run, const ReadRange& range, std::size_t& bytes,
                                           std::vector<Event>& out) const {
  HOLESHOT_ASSIGN(const Source* source, source_of(run));
  const auto bodies = run.bodies();
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const Offset offset{run.first_offset + i};
    if (offset <= range.after) continue;
    if (out.size() >= range.max_events || (!out.empty() && bytes + bodies[i].size() > range.max_bytes)) {
      bytes = range.max_bytes;
      return {};
    }
    bytes += bodies[i].size();
    out.push_back({offset, source->subject, source->client, source->boot, run.first_seq + i,
                   run.appended_at_us, std::string{bodies[i]}});
  }
  return {};
}

SqliteLog::SqliteLog(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
SqliteLog::~SqliteLog() = default;

base::Result<std::unique_ptr<SqliteLog>> SqliteLog::open(const SqliteLogOptions& options,
                                                         const base::Clock& clock) {
  auto inner = std::make_unique<Inner>();
  inner->options = options;
  HOLESHOT_TRY(options.read_only ? inner->open_reader() : inner->open_writer(clock));
  return std::unique_ptr<SqliteLog>(new SqliteLog(std::move(inner)));
}

base::Result<std::vector<Appended>> SqliteLog::append(std::span<const NewEvent> events) {
  if (!inner_->commit) return fail(Code::kDenied, "append to log: it was opened read-only");
  HOLESHOT_TRY(validate(events));
  if (events.empty()) return std::vector<Appended>{};
  return inner_->commit->append(events);
}

base::Result<std::vector<std::vector<Appended>>> SqliteLog::append_stamped(std::span<const Stamped> batches,
                                                                           std::span<const Mark> marks) {
  if (!inner_->commit) return fail(Code::kDenied, "append to log: it was opened read-only");
  for (const Stamped& batch : batches) HOLESHOT_TRY(validate(batch.events));
  for (const Mark& mark : marks) {
    if (mark.name.empty()) return fail(Code::kInvalid, "append to log: a mark has no name");
  }
  if (batches.empty() && marks.empty()) return std::vector<std::vector<Appended>>{};
  return inner_->commit->append_stamped(batches, marks);
}

base::Result<PruneReport> SqliteLog::prune() {
  if (!inner_->commit) return fail(Code::kDenied, "prune the log: it was opened read-only");
  return inner_->prune({});
}

base::Result<std::vector<Event>> SqliteLog::read(const ReadRange& range) {
  HOLESHOT_ASSIGN(const std::uint64_t last, inner_->durable_last());
  std::vector<std::uint64_t> subject_ids;
  if (inner_->options.read_only && !range.subjects.empty()) {
    HOLESHOT_TRY(
        inner_->with_reader([&](RunReader& reader) { return inner_->books.load_names(reader.database()); }));
  }
  for (const auto& subject : range.subjects) {
    const std::uint64_t id = inner_->books.subjects.id(subject);
    if (id != 0 && std::find(subject_ids.begin(), subject_ids.end(), id) == subject_ids.end()) {
      subject_ids.push_back(id);
    }
  }
  std::vector<Event> events;
  if (range.max_events == 0 || (!range.subjects.empty() && subject_ids.empty())) return events;
  std::size_t bytes = 0;
  base::Status taken;
  const auto take = [&](const Run& run) {
    taken = inner_->take_events(run, range, bytes, events);
    return taken && events.size() < range.max_events && bytes < range.max_bytes;
  };
  auto status = inner_->with_reader(
      [&](RunReader& reader) { return reader.each(range.after.value(), last, subject_ids, take); });
  if (!taken) status = std::move(taken);
  // What stands before a damaged run is given first; the next read meets the damage itself.
  if (!status && events.empty()) return std::unexpected(std::move(status).error());
  return events;
}

bool SqliteLog::wait_past(Offset after, std::stop_token stop, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const auto something = [&] { return last() > after; };
  if (!inner_->options.read_only) {
    std::unique_lock lock(inner_->wait_mutex);
    return inner_->appended.wait_until(lock, stop, deadline, something);
  }
  while (!something()) {
    const auto now = std::chrono::steady_clock::now();
    if (stop.stop_requested() || now >= deadline) return false;
    std::unique_lock lock(inner_->wait_mutex);
    const auto next_look = std::min(deadline, now + kPollOtherProcess);
    inner_->appended.wait_until(lock, stop, next_look, [] { return false; });
  }
  return true;
}

Offset SqliteLog::last() const { return Offset{inner_->durable_last().value_or(0)}; }

base::Result<Offset> SqliteLog::before_time(std::uint64_t wall_us) {
  HOLESHOT_ASSIGN(const std::uint64_t last, inner_->durable_last());
  HOLESHOT_ASSIGN(const std::uint64_t offset,
                  inner_->with_reader([&](RunReader& reader) { return reader.before_time(wall_us, last); }));
  return Offset{offset};
}

std::uint64_t SqliteLog::high_water(std::string_view subject, const contract::ClientId& client,
                                    const contract::BootId& boot) const {
  if (inner_->options.read_only) {
    const auto loaded = inner_->with_reader(
        [&](RunReader& reader) { return inner_->books.sources.load(reader.database(), true); });
    if (!loaded) return 0;
  }
  return inner_->books.sources.high_water(subject, client, boot);
}

base::Result<std::optional<Offset>> SqliteLog::find(std::string_view subject,
                                                    const contract::ClientId& client,
                                                    const contract::BootId& boot, std::uint64_t seq) {
  return inner_->with_reader([&](RunReader& reader) -> base::Result<std::optional<Offset>> {
    HOLESHOT_ASSIGN(const auto offset, reader.find(subject, client.str(), boot.str(), seq));
    return offset ? std::optional{Offset{*offset}} : std::nullopt;
  });
}

Subject SqliteLog::Inner::subject(std::string_view name) const {
  if (!options.read_only) return books.subjects.find(name);
  return with_reader([&](RunReader& reader) { return reader.subject(name); }).value_or(Subject{});
}

Offset SqliteLog::last_of(std::string_view subject) const { return Offset{inner_->subject(subject).last}; }

Offset SqliteLog::pruned_through(std::string_view subject) const {
  return Offset{inner_->subject(subject).pruned_through};
}

std::vector<std::string> SqliteLog::subjects() const {
  if (!inner_->options.read_only) return inner_->books.subjects.names();
  return inner_->with_reader([&](RunReader& reader) { return reader.subjects(); })
      .value_or(std::vector<std::string>{});
}

std::vector<Mark> SqliteLog::marks() const {
  if (!inner_->options.read_only) return inner_->books.marks.all();
  return inner_->with_reader([&](RunReader& reader) { return read_marks(reader.database()); })
      .value_or(std::vector<Mark>{});
}

LogStats SqliteLog::stats() const {
  const Extent extent =
      inner_->with_reader([](RunReader& reader) { return reader.extent(); }).value_or(Extent{});
  LogStats stats;
  stats.last = Offset{extent.last};
  stats.first = Offset{extent.first};
  stats.pruned = extent.pruned;
  stats.events = extent.last - extent.pruned;  // every offset is an event that is there or was
  stats.bytes = file_bytes(inner_->options.path) + file_bytes(inner_->options.path + "-wal");
  if (!inner_->commit) return stats;
  stats.duplicates = inner_->commit->duplicates();
  stats.conflicts = inner_->commit->conflicts();
  stats.commits = inner_->commit->commits();
  return stats;
}

const std::string& SqliteLog::log_id() const { return inner_->id; }

}  // namespace holeshot::log
