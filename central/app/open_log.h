// Opens the log that `serve --log` names: `sqlite`, or JetStream at nats://HOST:PORT[,...]; and, for commands, the one that
// stands in central's folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/streams.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::central_app {

inline constexpr const char* kSqliteLog = "sqlite";

struct LogChoice {
  std::string where = kSqliteLog;
  unsigned replicas = 1;    // JetStream: servers that hold each stream, 1 or 3
  std::string credentials;  // JetStream: file with a user's JWT and seed; empty = none
  std::vector<log::StreamRule> streams = log::default_streams();  // what is kept, and for how long
};

struct OpenedLog {
  std::unique_ptr<log::EventLog> log;
  // Whether it can be appended to now; otherwise why not. Lives as long as the log.
  std::function<base::Status()> status;
};

// kInvalid where the choice is none of these; otherwise as SqliteLog::open and JetStreamLog::open. `data` is there; the
// clock outlives the log.
[[nodiscard]] base::Result<OpenedLog> open_log(const LogChoice& choice, const std::string& data,
                                               const base::Clock& clock);

enum class LogUse : std::uint8_t { kRead, kWrite };

// For a command with --data: kMissing where the folder has no log, since opening one for writing would make it; kClosed,
// with a hint to ask the running central instead, where one has it open for writing.
[[nodiscard]] base::Result<std::unique_ptr<log::SqliteLog>> open_existing_log(const std::string& data,
                                                                              LogUse use,
                                                                              const base::Clock& clock);

}  // namespace holeshot::central_app
