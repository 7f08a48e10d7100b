#include "central/app/log_commands.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <ostream>

#include "central/app/progress_line.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/sqlite/verify.h"
#include "central/log/tools/export.h"
#include "central/log/tools/figures.h"
#include "central/log/tools/whole_file.h"
#include "common/base/signals.h"
#include "common/base/worker.h"

namespace holeshot::central_app {

namespace {

constexpr int kFine = 0;
constexpr int kProblem = 1;
constexpr int kUsage = 2;

int complain(const base::Error& error, int status = kProblem) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return status;
}

base::Result<std::unique_ptr<log::SqliteLog>> open_log(const std::string& data, const base::Clock& clock) {
  log::SqliteLogOptions options;
  options.path = log::log_path(data);
  options.read_only = true;
  return log::SqliteLog::open(options, clock);
}

log::LineStyle style_of(const LogCommand& command, log::LineStyle fallback) {
  if (command.json) return log::LineStyle::kJson;
  return command.text ? log::LineStyle::kText : fallback;
}

// A log and what to take of it: what every command but verify begins with.
struct Opened {
  std::unique_ptr<log::SqliteLog> log;
  log::Selection selection;
  int status = kFine;
};

Opened open(const LogCommand& command, const base::Clock& clock) {
  Opened opened;
  auto selection = selection_of(command, clock.wall_us());
  if (!selection) {
    opened.status = complain(selection.error(), kUsage);
    return opened;
  }
  opened.selection = std::move(*selection);
  auto log = open_log(command.data, clock);
  if (!log) {
    opened.status = complain(log.error());
    return opened;
  }
  opened.log = std::move(*log);
  return opened;
}

// Offset to start a tail after: what comes from now on, unless something older was asked for.
base::Status place_tail(log::EventLog& log, log::Selection& selection, log::LineStyle style,
                        std::ostream& out) {
  const log::Offset now = log.last();
  if (selection.newest > 0) {
    HOLESHOT_TRY(log::dump(log, selection, style, out));
    selection.newest = 0;
    selection.after = now;
  } else if (selection.after == log::Offset{} && !selection.filter.from_us) {
    selection.after = now;
  }
  return {};
}

log::EventSink export_sink(const LogCommand& command, std::ostream& out, std::uint64_t& rows) {
  const bool csv = command.format == "csv";
  if (csv) out << log::csv_header();
  return [csv, &out, &rows](const log::Event& event) -> base::Status {
    if (csv) {
      const auto row = log::csv_row(event);
      if (!row) return {};
      out << *row;
    } else {
      HOLESHOT_ASSIGN(const std::string line, log::json_line(event));
      out << line << '\n';
    }
    ++rows;
    if (!out)
      return base::fail(base::Code::kRetry, "export log: the output takes no more", "is the disk full?");
    return {};
  };
}

base::Result<std::uint64_t> export_to(log::EventLog& log, const log::Selection& selection,
                                      const LogCommand& command, const base::Clock& clock,
                                      std::ostream& out) {
  ProgressLine line(clock, selection.after.value(), log.last().value());
  std::uint64_t rows = 0;
  HOLESHOT_TRY(log::each_event(log, selection, export_sink(command, out, rows), line.teller()));
  out.flush();
  if (!out)
    return base::fail(base::Code::kRetry, "export log: the output takes no more", "is the disk full?");
  return rows;
}

}  // namespace

base::Result<log::Selection> selection_of(const LogCommand& command, std::uint64_t now_us) {
  log::Selection selection;
  selection.filter.tracks = command.tracks;
  selection.filter.subjects = command.subjects;
  selection.filter.transponders = command.transponders;
  selection.filter.types = command.types;
  if (!command.from.empty()) {
    HOLESHOT_ASSIGN(selection.filter.from_us, log::parse_time(command.from, now_us, "--from"));
  }
  if (!command.to.empty()) {
    HOLESHOT_ASSIGN(selection.filter.to_us, log::parse_time(command.to, now_us, "--to"));
  }
  selection.after = log::Offset{command.after};
  selection.limit = command.limit;
  selection.newest = command.newest;
  return selection;
}

int log_dump(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  auto [log, selection, status] = open(command, clock);
  if (!log) return status;
  // A terminal that shows the lines shows how far it is.
  ProgressLine line(clock, selection.after.value(), ::isatty(STDOUT_FILENO) == 1 ? 0 : log->last().value());
  const auto lines = log::dump(*log, selection, style_of(command, log::LineStyle::kJson), out, line.teller());
  return lines ? kFine : complain(lines.error());
}

int log_tail(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  base::Signals signals;
  auto [log, selection, status] = open(command, clock);
  if (!log) return status;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const auto style = style_of(command, terminal ? log::LineStyle::kText : log::LineStyle::kJson);
  base::Status done = place_tail(*log, selection, style, out);
  if (!done) return complain(done.error());
  base::Worker tailer("tail", [&, &from = *log, &what = selection](const std::stop_token& stop) {
    done = log::tail(from, what, style, stop, out);
    signals.raise();
  });
  signals.wait();
  tailer.request_stop();
  tailer.join();
  return done ? kFine : complain(done.error());
}

int log_stats(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  auto [log, selection, status] = open(command, clock);
  if (!log) return status;
  base::Result<log::LogFigures> figures;
  {
    ProgressLine line(clock, 0, log->last().value());
    figures =
        log::figures_of(*log, log::log_path(command.data), selection.filter, clock.wall_us(), line.teller());
  }
  if (!figures) return complain(figures.error());
  out << (command.json ? log::stats_json(*figures) + "\n" : log::stats_text(*figures));
  return kFine;
}

int log_verify(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  (void)clock;
  const auto report = log::verify_log(log::log_path(command.data));
  if (!report) return complain(report.error());
  out << (command.json ? log::verify_json(*report) + "\n" : log::verify_text(*report));
  return report->ok() ? kFine : kProblem;
}

int log_export(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  auto [log, selection, status] = open(command, clock);
  if (!log) return status;
  if (command.file.empty() || command.file == "-") {
    const auto rows = export_to(*log, selection, command, clock, out);
    return rows ? kFine : complain(rows.error());
  }
  log::WholeFile file(command.file, command.force ? log::IfThere::kReplace : log::IfThere::kRefuse);
  if (const auto opened = file.open(); !opened) return complain(opened.error());
  const auto rows = export_to(*log, selection, command, clock, file.out());
  if (!rows) return complain(rows.error());
  if (const auto done = file.commit(); !done) return complain(done.error());
  std::cerr << *rows << " rows in " << command.file << '\n';
  return kFine;
}

}  // namespace holeshot::central_app
