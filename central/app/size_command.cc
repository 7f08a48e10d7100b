#include "central/app/size_command.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <utility>

#include "central/app/serve_settings.h"
#include "central/app/size_check.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/tools/size_report.h"

namespace holeshot::central_app {

namespace {

constexpr int kFine = 0;
constexpr int kProblem = 1;
constexpr int kUsage = 2;

int complain(const base::Error& error) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return error.code == base::Code::kInvalid ? kUsage : kProblem;
}

// What the command line says stands before what was measured.
base::Result<log::SizeRequest> request_of(const SizeCommand& command, const MeasuredLoad& load) {
  log::SizeRequest request{.tracks = command.tracks.value_or(1), .shares = load.shares};
  request.raw_days = command.days;
  request.disk_factor = load.disk_factor;
  if (command.bytes) {
    const auto raw = std::ranges::find(request.shares, "timing_ingest_raw_v1", &log::StreamShare::stream);
    raw->bytes = *command.bytes;
  }
  if (command.rate && command.tracks) {
    request.messages_per_s = *command.rate;
    return request;
  }
  if (command.rate || command.tracks || load.messages_per_s == 0) {
    return base::fail(base::Code::kInvalid, "log size: how much comes is not known",
                      "give --tracks and --rate, or --data of a log that holds what decoders sent");
  }
  request.messages_per_s = load.messages_per_s;
  return request;
}

base::Result<log::SizeReport> report_of(const SizeCommand& command, const base::Clock& clock) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs
  HOLESHOT_ASSIGN(const auto streams,
                  read_streams(command.config, [](const char* name) { return std::getenv(name); }));
  MeasuredLoad load;
  std::unique_ptr<log::SqliteLog> log;
  if (!command.data.empty()) {
    log::SqliteLogOptions options;
    options.path = log::log_path(command.data);
    options.read_only = true;
    HOLESHOT_ASSIGN(log, log::SqliteLog::open(options, clock));
    HOLESHOT_ASSIGN(load, measure(*log, command.data, streams));
    load.disk_factor = measured_disk_factor(*log, command.data);
  }
  HOLESHOT_ASSIGN(const log::SizeRequest request, request_of(command, load));
  log::SizeReport report{.streams = log::size_streams(streams, request)};
  if (log) report.disk = disk_warning(*log, command.data, streams, load.disk_factor);
  return report;
}

}  // namespace

int log_size(const SizeCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto report = report_of(command, clock);
  if (!report) return complain(report.error());
  out << (command.json ? log::size_json(*report) + "\n" : log::size_text(*report));
  return report->enough() ? kFine : kProblem;
}

}  // namespace holeshot::central_app
