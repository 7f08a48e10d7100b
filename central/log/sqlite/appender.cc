#include "central/log/sqlite/appender.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "common/contract/canonical_json.h"

namespace holeshot::log {

using base::Code;
using base::fail;

namespace {

// The end-to-end proof builds a log without dedupe, to show that it would notice (cmake/options.cmake).
#ifdef HOLESHOT_SABOTAGE_NO_DEDUPE
constexpr bool kDedupe = false;
#else
constexpr bool kDedupe = true;
#endif

}  // namespace

base::Result<Appender> Appender::make(Database db, LogBooks& books) {
  Appender appender(std::move(db), books);
  HOLESHOT_TRY(appender.prepare());
  return appender;
}

base::Status Appender::prepare() {
  HOLESHOT_ASSIGN(statements_.insert_run, db_.prepare(kInsertRun));
  HOLESHOT_ASSIGN(statements_.insert_subject,
                  db_.prepare("INSERT INTO subjects(name) VALUES(?1) RETURNING id"));
  HOLESHOT_ASSIGN(
      statements_.insert_source,
      db_.prepare("INSERT INTO sources(subject_id, client, boot) VALUES(?1, ?2, ?3) RETURNING id"));
  HOLESHOT_ASSIGN(statements_.find_run,
                  db_.prepare(std::string{"SELECT "} + kRunColumns +
                              " FROM runs INDEXED BY runs_by_source WHERE source_id = ?1 AND first_seq <= ?2 "
                              "ORDER BY first_seq DESC LIMIT 1"));
  HOLESHOT_ASSIGN(statements_.set_mark,
                  db_.prepare("INSERT INTO marks(name, value) VALUES(?1, ?2) "
                              "ON CONFLICT(name) DO UPDATE SET value = excluded.value"));
  // The newest event, or what retention removed after it.
  HOLESHOT_ASSIGN(
      Statement last,
      db_.prepare("SELECT max(a), max(us) FROM ("
                  "SELECT * FROM (SELECT first_offset + count - 1 AS a, appended_at_us AS us FROM runs "
                  "ORDER BY first_offset DESC LIMIT 1) "
                  "UNION ALL SELECT pruned_through, pruned_us FROM subjects)"));
  HOLESHOT_ASSIGN(const bool row, last.step());
  durable_last_ = row ? last.number(0) : 0;
  durable_us_ = row ? last.number(1) : 0;
  next_offset_ = durable_last_ + 1;
  last_us_ = durable_us_;
  return {};
}

base::Status Appender::begin() {
  const int code = db_.exec_code("BEGIN IMMEDIATE");
  if (code != SQLITE_OK) return failed(code, "begin append");
  return {};
}

base::Status Appender::add(std::span<const NewEvent> events, std::uint64_t wall_us,
                           std::vector<Appended>& verdicts) {
  wall_us_ = wall_us;
  verdicts.reserve(events.size());
  for (const NewEvent& event : events) {
    HOLESHOT_ASSIGN(const Slot slot, slot_of(event));
    if (kDedupe && (slot.source->ranges.contains(event.seq) || slot.added->contains(event.seq))) {
      HOLESHOT_ASSIGN(const Appended appended, judge(slot, event));
      verdicts.push_back(appended);
      continue;
    }
    HOLESHOT_TRY(add_new(slot, event));
    verdicts.push_back({Verdict::kAppended, Offset{next_offset_ - 1}});
  }
  return flush_run();
}

base::Result<Appender::Slot> Appender::slot_of(const NewEvent& event) {
  // Nearly always the source of the event before.
  if (slot_.source != nullptr && slot_.source->subject == event.subject && slot_.source->boot == event.boot &&
      slot_.source->client == event.client) {
    return slot_;
  }
  Source* source = books_->sources.find(event.subject, event.client, event.boot);
  if (source == nullptr) {
    const auto it = new_by_key_.find(SourceBook::key(event.subject, event.client, event.boot));
    if (it != new_by_key_.end()) source = it->second;
  }
  if (source == nullptr) {
    HOLESHOT_ASSIGN(source, new_source(event));
  }
  slot_ = {source, &changes_.sources.added[source]};
  return slot_;
}

base::Result<Source*> Appender::new_source(const NewEvent& event) {
  HOLESHOT_ASSIGN(const std::uint64_t subject, subject_id(event.subject));
  Statement& insert = statements_.insert_source;
  const ResetAtExit reset(insert);
  insert.bind(1, subject).bind(2, event.client.str()).bind(3, event.boot.str());
  const int code = insert.step_code();
  if (code != SQLITE_ROW) return failed(code, "append a source to the log");
  const std::uint64_t id = insert.number(0);
  changes_.sources.new_sources.push_back(
      std::make_unique<Source>(Source{id, subject, event.subject, event.client, event.boot, {}, {}}));
  Source* source = changes_.sources.new_sources.back().get();
  new_by_key_[SourceBook::key(event.subject, event.client, event.boot)] = source;
  wrote_ = true;
  return source;
}

base::Result<std::uint64_t> Appender::subject_id(const std::string& subject) {
  if (const std::uint64_t id = books_->subjects.id(subject); id != 0) return id;
  const auto it = changes_.new_subjects.find(subject);
  if (it != changes_.new_subjects.end()) return it->second;
  Statement& insert = statements_.insert_subject;
  const ResetAtExit reset(insert);
  insert.bind(1, subject);
  const int code = insert.step_code();
  if (code != SQLITE_ROW) return failed(code, "append a subject to the log");
  const std::uint64_t id = insert.number(0);
  changes_.new_subjects[subject] = id;
  return id;
}

base::Status Appender::add_new(const Slot& slot, const NewEvent& event) {
  const bool continues = run_.count > 0 && run_.source_id == slot.source->id &&
                         run_.first_seq + run_.count == event.seq && run_.count < kMaxRunEvents &&
                         run_.body.size() + event.body.size() < kMaxRunBytes;
  if (!continues) {
    HOLESHOT_TRY(flush_run());
    run_.first_offset = next_offset_;
    run_.source_id = slot.source->id;
    run_.first_seq = event.seq;
    last_us_ = std::max(wall_us_, last_us_);
    run_.appended_at_us = last_us_;
    run_subject_id_ = slot.source->subject_id;
  } else {
    run_.body.push_back('\n');
  }
  run_.body.append(event.body);
  ++run_.count;
  ++next_offset_;
  slot.added->add(event.seq, event.seq);
  return {};
}

base::Result<Appended> Appender::judge(const Slot& slot, const NewEvent& event) {
  if (slot.source->pruned.contains(event.seq)) return Appended{Verdict::kDuplicate, Offset{}};
  // What it repeats may stand in this very call and not be written yet.
  if (run_.count > 0) HOLESHOT_TRY(flush_run());
  HOLESHOT_TRY(load_stored(*slot.source, event.seq));
  const std::uint64_t index = event.seq - compared_->first_seq;
  const std::string_view stored = compared_bodies_[index];
  const bool same = stored == event.body || contract::same_json(stored, event.body);
  return Appended{same ? Verdict::kDuplicate : Verdict::kConflict, Offset{compared_->first_offset + index}};
}

base::Status Appender::load_stored(const Source& source, std::uint64_t seq) {
  if (compared_ && compared_->source_id == source.id && compared_->first_seq <= seq &&
      seq <= compared_->last_seq()) {
    return {};
  }
  Statement& find = statements_.find_run;
  const ResetAtExit reset(find);
  find.bind(1, source.id).bind(2, seq);
  const int code = find.step_code();
  if (code != SQLITE_ROW && code != SQLITE_DONE) return failed(code, "read the log");
  if (code == SQLITE_ROW) compared_ = run_from(find);
  if (code == SQLITE_DONE || compared_->last_seq() < seq) {
    compared_.reset();
    return fail(Code::kCorrupt,
                "append to log: " + source.subject + " seq " + std::to_string(seq) +
                    " is counted as stored and is not",
                "run `holeshot-central log verify`");
  }
  if (auto status = compared_->check(); !status) {
    compared_.reset();
    return status;
  }
  compared_bodies_ = compared_->bodies();
  return {};
}

base::Status Appender::flush_run() {
  if (run_.count == 0) return {};
  run_.checksum = run_.expected_checksum();
  Statement& insert = statements_.insert_run;
  const ResetAtExit reset(insert);
  bind_run(insert, run_, run_subject_id_);
  const int code = insert.step_code();
  if (code != SQLITE_DONE) return failed(code, "append to log");
  wrote_ = true;
  SubjectGrowth& growth = changes_.grown[run_subject_id_];
  growth.last = run_.last_offset();
  growth.bytes += run_.body.size();
  ++growth.runs;
  run_.count = 0;
  run_.body.clear();
  return {};
}

base::Status Appender::set_mark(const Mark& mark) {
  const auto pending = changes_.marks.find(mark.name);
  const auto stored =
      pending != changes_.marks.end() ? std::optional{pending->second} : books_->marks.value(mark.name);
  if (stored == mark.value) return {};
  Statement& set = statements_.set_mark;
  const ResetAtExit reset(set);
  set.bind(1, mark.name).bind(2, mark.value);
  const int code = set.step_code();
  if (code != SQLITE_DONE) return failed(code, "set a mark in the log");
  changes_.marks[mark.name] = mark.value;
  wrote_ = true;
  return {};
}

base::Status Appender::commit() {
  if (!wrote_) {
    rollback();
    return {};
  }
  const int code = db_.exec_code("COMMIT");
  if (code != SQLITE_OK) {
    // Only "no room" and "busy" say for certain that nothing of it will be there after a restart.
    broken_ = (code & 0xff) != SQLITE_FULL && (code & 0xff) != SQLITE_BUSY;
    return std::unexpected(db_.error(code, "commit to log"));
  }
  if (next_offset_ - 1 > durable_last_ || !changes_.marks.empty()) ++commits_;
  durable_last_ = next_offset_ - 1;
  durable_us_ = last_us_;
  books_->merge(std::exchange(changes_, {}));
  rollback();  // only forgets what is merged
  return {};
}

void Appender::rollback() {
  if (db_.in_transaction() && db_.exec_code("ROLLBACK") != SQLITE_OK) broken_ = true;
  changes_ = {};
  new_by_key_.clear();
  slot_ = {};
  run_ = {};
  compared_.reset();
  next_offset_ = durable_last_ + 1;
  last_us_ = durable_us_;
  wrote_ = false;
}

base::Result<bool> Appender::step(Statement& statement, std::string_view what) {
  const int code = statement.step_code();
  if (code == SQLITE_ROW || code == SQLITE_DONE) return code == SQLITE_ROW;
  return failed(code, what);
}

std::unexpected<base::Error> Appender::failed(int code, std::string_view what) {
  base::Error error = db_.error(code, what);
  if (error.code == Code::kFull) error.hint = "free disk space or raise the log's limit";
  const int kind = code & 0xff;
  // Before the commit nothing is on disk, so most failures are mended by a rollback and a retry.
  if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_IOERR) broken_ = true;
  return std::unexpected(std::move(error));
}

}  // namespace holeshot::log
