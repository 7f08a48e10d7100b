#include "central/log/log_tools.h"

#include <utility>

#include "common/base/json_text.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"

namespace holeshot::log {

namespace {

// How long a tail waits before it looks at its stop token again.
constexpr std::chrono::milliseconds kTailWait{1000};

base::Result<std::string> line_of(const Event& event) {
  if (!event.subject.starts_with(contract::kRawPrefix)) return event.body;
  auto line = contract::stored_envelope(event.body, event.appended_at_us);
  if (line) return line;
  return base::fail(base::Code::kCorrupt, "dump log: the event at offset " +
                                              std::to_string(event.offset.value()) +
                                              " is no envelope: " + line.error().message);
}

ReadRange range_of(const std::string& subject, Offset after) {
  ReadRange range;
  range.after = after;
  if (!subject.empty()) range.subjects = {subject};
  return range;
}

// Moves `range.after` past what was written.
base::Result<std::uint64_t> dump_from(EventLog& log, ReadRange& range, std::ostream& out) {
  std::uint64_t lines = 0;
  for (;;) {
    HOLESHOT_ASSIGN(const std::vector<Event> events, log.read(range));
    if (events.empty()) return lines;
    for (const Event& event : events) {
      HOLESHOT_ASSIGN(const std::string line, line_of(event));
      out << line << '\n';
      ++lines;
    }
    range.after = events.back().offset;
    if (!out) return base::fail(base::Code::kRetry, "dump log: the output takes no more");
  }
}

}  // namespace

base::Result<std::uint64_t> dump(EventLog& log, const std::string& subject, std::ostream& out) {
  ReadRange range = range_of(subject, Offset{});
  auto lines = dump_from(log, range, out);
  out.flush();
  if (lines && !out) return base::fail(base::Code::kRetry, "dump log: the output takes no more");
  return lines;
}

base::Status tail(EventLog& log, const std::string& subject, Offset after, const std::stop_token& stop,
                  std::ostream& out) {
  ReadRange range = range_of(subject, after);
  while (!stop.stop_requested()) {
    const Offset before = log.last();
    HOLESHOT_TRY(dump_from(log, range, out));
    out.flush();
    if (range.after < before) range.after = before;  // other subjects' events are not waited for again
    (void)log.wait_past(range.after, stop, kTailWait);
  }
  return {};
}

std::string stats_json(const EventLog& log) {
  const LogStats stats = log.stats();
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("bytes", stats.bytes);
  w.field("commits", stats.commits);
  w.field("conflicts", stats.conflicts);
  w.field("duplicates", stats.duplicates);
  w.field("events", stats.events);
  w.field("last_offset", stats.last.value());
  w.field("log_id", log.log_id());
  w.field("pruned", stats.pruned);
  w.key("subjects");
  w.open_array();
  for (const auto& subject : log.subjects()) w.string(subject);
  w.close_array();
  w.close_object();
  return out;
}

std::string verify_json(const VerifyReport& report) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("events", report.events);
  w.field_bool("ok", report.ok());
  w.field("problem_count", report.problem_count);
  w.key("problems");
  w.open_array();
  for (const auto& problem : report.problems) w.string(problem);
  w.close_array();
  w.field("pruned", report.pruned);
  w.field("runs", report.runs);
  w.field("sources", report.sources);
  w.close_object();
  return out;
}

}  // namespace holeshot::log
