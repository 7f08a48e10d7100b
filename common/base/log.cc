#include "common/base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "common/base/json_text.h"

namespace holeshot::base {

namespace {

std::atomic<LogFormat> g_format{LogFormat::kText};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> kLogger = spdlog::stderr_color_mt("holeshot");
  return *kLogger;
}

std::string as_text(std::string_view room, std::string_view message, LogFields fields) {
  std::string line = std::string{"["}.append(room).append("] ").append(message);
  for (const auto& field : fields) line.append(" ").append(field.key).append("=").append(field.value);
  return line;
}

// spdlog's own JSON pattern does not escape quotes, so the record is made here and spdlog adds only time and
// level.
std::string as_json(std::string_view room, std::string_view message, LogFields fields) {
  std::string line = "\"room\":";
  append_json_string(line, room);
  line += ",\"message\":";
  append_json_string(line, message);
  for (const auto& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    if (field.quoted) {
      append_json_string(line, field.value);
    } else {
      line += field.value;
    }
  }
  return line;
}

void write(LogLevel level, std::string_view room, std::string_view message, LogFields fields) {
  auto& log = logger();
  if (!log.should_log(level_of(level))) return;
  const bool json = g_format.load() == LogFormat::kJson;
  const std::string line = json ? as_json(room, message, fields) : as_text(room, message, fields);
  log.log(level_of(level), spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace

void init_log(LogLevel level, LogFormat format) {
  g_format = format;
  auto& log = logger();
  log.set_level(level_of(level));
  log.flush_on(spdlog::level::debug);
  log.set_pattern(format == LogFormat::kJson ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                             : "%H:%M:%S.%e %^%-5l%$ %v");
}

LogLevel log_level_from(std::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

void log_debug(std::string_view room, std::string_view message, LogFields fields) {
  write(LogLevel::kDebug, room, message, fields);
}
void log_info(std::string_view room, std::string_view message, LogFields fields) {
  write(LogLevel::kInfo, room, message, fields);
}
void log_warn(std::string_view room, std::string_view message, LogFields fields) {
  write(LogLevel::kWarn, room, message, fields);
}
void log_error(std::string_view room, std::string_view message, LogFields fields) {
  write(LogLevel::kError, room, message, fields);
}

}  // namespace holeshot::base
