#include "central/app/log_commands.h"

#include <iostream>
#include <memory>
#include <ostream>

#include "central/actor/replay.h"
#include "central/log/log_tools.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/sqlite/verify.h"
#include "common/base/signals.h"
#include "common/base/worker.h"

namespace holeshot::central_app {

namespace {

constexpr int kFine = 0;
constexpr int kProblem = 1;

int complain(const base::Error& error) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return kProblem;
}

base::Result<std::unique_ptr<log::SqliteLog>> open_log(const std::string& data, const base::Clock& clock) {
  log::SqliteLogOptions options;
  options.path = log::log_path(data);
  options.read_only = true;
  return log::SqliteLog::open(options, clock);
}

}  // namespace

int log_dump(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  auto log = open_log(command.data, clock);
  if (!log) return complain(log.error());
  const auto lines = log::dump(**log, command.subject, out);
  out.flush();
  return lines ? kFine : complain(lines.error());
}

int log_tail(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  base::Signals signals;
  auto log = open_log(command.data, clock);
  if (!log) return complain(log.error());
  base::Status done;
  base::Worker tailer("tail", [&](const std::stop_token& stop) {
    done = log::tail(**log, command.subject, (*log)->last(), stop, out);
    signals.raise();
  });
  signals.wait();
  tailer.request_stop();
  tailer.join();
  return done ? kFine : complain(done.error());
}

int log_stats(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto log = open_log(command.data, clock);
  if (!log) return complain(log.error());
  if (command.json) {
    out << log::stats_json(**log) << '\n';
    return kFine;
  }
  const auto stats = (*log)->stats();
  out << "log      " << (*log)->log_id() << "\nevents   " << stats.events << "\nlast     "
      << stats.last.value() << "\nbytes    " << stats.bytes << "\nsubjects\n";
  for (const auto& subject : (*log)->subjects()) out << "  " << subject << '\n';
  return kFine;
}

int log_verify(const LogCommand& command, const base::Clock& clock, std::ostream& out) {
  (void)clock;
  const auto report = log::verify_log(log::log_path(command.data));
  if (!report) return complain(report.error());
  out << log::verify_json(*report) << '\n';
  return report->ok() ? kFine : kProblem;
}

int replay(const ReplayCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto track = contract::TrackId::parse(command.track, "track");
  if (!track) return complain(track.error());
  const auto log = open_log(command.data, clock);
  if (!log) return complain(log.error());
  if (!command.verify) {
    const auto done = actor::derive(
        **log, *track, [&](const race::RaceEvent& event) { out << race::to_json(event) << '\n'; });
    return done ? kFine : complain(done.error());
  }
  const auto report = actor::verify(**log, *track);
  if (!report) return complain(report.error());
  if (command.json) {
    out << report->to_json() << '\n';
  } else {
    if (report->from.value() > 0) {
      out << "from the checkpoint at offset " << report->from.value() << ", after event "
          << report->from_ordinal << ": what came before was removed\n";
    }
    out << "derived " << report->derived << " events from " << report->inputs << " inputs, stored are "
        << report->stored << (report->removed > 0 ? ", removed are " + std::to_string(report->removed) : "")
        << (report->identical() ? ": identical, byte for byte\n" : "\n");
    for (const auto& difference : report->differences) {
      out << actor::to_string(difference.kind) << " #" << difference.ordinal << "\n  derived "
          << difference.derived << "\n  stored  " << difference.stored << '\n';
    }
  }
  return report->identical() ? kFine : kProblem;
}

}  // namespace holeshot::central_app
