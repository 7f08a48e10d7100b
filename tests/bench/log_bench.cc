// Durable events per second of the log beside a bare write + fdatasync of the same bytes, and beside SQLite's own bulk
// append of them (a row an event, as a log would be that was made of plain SQL), in turns within one run: a shared
// machine's disk changes from second to second.
//
//   holeshot-bench-log [seconds per figure, default 0.5] [rounds, default 3] [folder, default $TMPDIR]
#include <sqlite3.h>

#include <filesystem>
#include <optional>

#include "central/log/sqlite/sqlite_log.h"
#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "tests/bench/log_bench_kit.h"

namespace holeshot::bench {
namespace {

Measured append(const Plan& plan, log::EventLog& log, std::size_t threads, std::size_t per_append) {
  std::vector<Events> events;
  for (std::size_t t = 0; t < threads; ++t) events.emplace_back(t, per_append);
  return measure(plan, threads, [&](std::size_t t) {
    (void)base::value_or_die(log.append(events[t].next()));
    return per_append;
  });
}

// A row an event, as many in a commit as an append has; WAL, synchronous FULL. No dedupe, no checksum, no order but the
// row number's.
Measured sqlite_rows(const Plan& plan, std::size_t per_commit) {
  const std::string path = plan.folder + "/rows.sqlite";
  std::filesystem::remove(path);
  sqlite3* db = nullptr;
  HOLESHOT_CHECK(sqlite3_open(path.c_str(), &db) == SQLITE_OK, "a database");
  const auto exec = [&](const char* sql) {
    HOLESHOT_CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
  };
  exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  exec("CREATE TABLE events(id INTEGER PRIMARY KEY, subject INTEGER, seq INTEGER, at INTEGER, body TEXT)");
  sqlite3_stmt* insert = nullptr;
  HOLESHOT_CHECK(sqlite3_prepare_v2(db, "INSERT INTO events(subject, seq, at, body) VALUES(1, ?1, ?2, ?3)",
                                    -1, &insert, nullptr) == SQLITE_OK,
                 "a statement");
  Events events(0, per_commit);
  const Measured measured = measure(plan, 1, [&](std::size_t) {
    exec("BEGIN IMMEDIATE");
    for (const auto& event : events.next()) {
      sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(event.seq));
      sqlite3_bind_int64(insert, 2, 1'700'000'000'000'000);
      sqlite3_bind_text(insert, 3, event.body.data(), static_cast<int>(event.body.size()), SQLITE_STATIC);
      HOLESHOT_CHECK(sqlite3_step(insert) == SQLITE_DONE, "a row");
      sqlite3_reset(insert);
    }
    exec("COMMIT");
    return per_commit;
  });
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return measured;
}

void bench_append(const Plan& plan, log::EventLog& log, std::size_t threads, std::size_t per_append) {
  const std::string name = "log_append_" + std::to_string(per_append) + "_by_" + std::to_string(threads);
  compare(
      plan, name, [&] { return append(plan, log, threads, per_append); }, "write_fdatasync",
      [&] { return write_and_sync(plan, per_append); });
}

int run(Plan plan) {
  const base::TestFolder folder(plan.folder);
  plan.folder = folder.path();
  const base::SystemClock clock;
  const auto log = base::value_or_die(log::SqliteLog::open({.path = log::log_path(plan.folder)}, clock));
  for (const std::size_t per_append : {1U, 10U, 100U}) bench_append(plan, *log, 1, per_append);
  for (const std::size_t per_append : {1U, 100U}) bench_append(plan, *log, 8, per_append);
  compare(
      plan, "log_append_100_by_1", [&] { return append(plan, *log, 1, 100); }, "sqlite_a_row_an_event_100",
      [&] { return sqlite_rows(plan, 100); });
  return 0;
}

}  // namespace
}  // namespace holeshot::bench

int main(int argc, char** argv) {
  const std::string temporary = std::filesystem::temp_directory_path().string();
  return holeshot::bench::run(holeshot::bench::plan_of(argc, argv, temporary));
}
