#include "central/app/open_log.h"

#include <fstream>
#include <utility>

#include "central/log/jetstream/jetstream_log.h"
#include "common/base/log.h"

namespace holeshot::central_app {

namespace {

bool names_servers(const std::string& where) {
  std::string_view rest = where;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view server = rest.substr(0, comma);
    if (!server.starts_with("nats://") && !server.starts_with("tls://")) return false;
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return !where.empty();
}

base::Result<OpenedLog> open_sqlite(const LogChoice& choice, const std::string& data,
                                    const base::Clock& clock) {
  log::SqliteLogOptions options;
  options.path = log::log_path(data);
  options.streams = choice.streams;
  options.prune_every = log::kPruneEvery;
  HOLESHOT_ASSIGN(std::unique_ptr<log::EventLog> log, log::SqliteLog::open(options, clock));
  return OpenedLog{std::move(log), [] { return base::Status{}; }};
}

base::Result<OpenedLog> open_jetstream(const LogChoice& choice, const std::string& data,
                                       const base::Clock& clock) {
  log::JetStreamLogOptions options;
  options.nats.servers = choice.where;
  options.nats.credentials = choice.credentials;
  options.replicas = choice.replicas;
  options.streams = choice.streams;
  options.replica.path = log::log_path(data);
  options.replica.streams = options.streams;
  options.replica.prune_every = log::kPruneEvery;
  HOLESHOT_ASSIGN(auto log, log::JetStreamLog::open(std::move(options), clock));
  log::JetStreamLog* const opened = log.get();
  return OpenedLog{std::move(log), [opened] { return opened->status(); }};
}

}  // namespace

base::Result<OpenedLog> open_log(const LogChoice& choice, const std::string& data, const base::Clock& clock) {
  if (choice.where == kSqliteLog) return open_sqlite(choice, data, clock);
  if (names_servers(choice.where)) return open_jetstream(choice, data, clock);
  return base::fail(base::Code::kInvalid, "log is \"" + choice.where + "\"",
                    "use sqlite, or nats://HOST:PORT[,nats://HOST:PORT...]");
}

base::Result<std::unique_ptr<log::SqliteLog>> open_existing_log(const std::string& data, LogUse use,
                                                                const base::Clock& clock) {
  log::SqliteLogOptions options;
  options.path = log::log_path(data);
  options.read_only = use == LogUse::kRead;
  if (!std::ifstream(options.path)) {
    return base::fail(base::Code::kMissing, "open log " + options.path + ": there is none",
                      "give central's folder with --data");
  }
  auto opened = log::SqliteLog::open(options, clock);
  if (!opened && opened.error().code == base::Code::kClosed)
    opened.error().hint = "a central runs on this folder: leave out --data, and it is asked at --central";
  return opened;
}

}  // namespace holeshot::central_app
