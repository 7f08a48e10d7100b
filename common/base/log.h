// The program's log: one line per event on stderr (journald picks it up), as text for people or as JSON for
// machines. Something is logged once, where it is handled. Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace holeshot::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

// Called once by main, before the first thread.
void init_log(LogLevel level, LogFormat format);
// "debug", "info", "warn", "error"; anything else is info.
[[nodiscard]] LogLevel log_level_from(std::string_view name);

// A named value beside the message. Numbers stay numbers in JSON.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v), quoted(true) {}
  LogField(std::string_view k, const char* v) : LogField(k, std::string_view{v}) {}
  LogField(std::string_view k, const std::string& v) : LogField(k, std::string_view{v}) {}
  LogField(std::string_view k, std::uint64_t v) : key(k), value(std::to_string(v)), quoted(false) {}
  LogField(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)), quoted(false) {}
  LogField(std::string_view k, int v) : LogField(k, std::int64_t{v}) {}
  LogField(std::string_view k, unsigned v) : LogField(k, std::uint64_t{v}) {}
  std::string_view key;
  std::string value;
  bool quoted;
};
using LogFields = std::initializer_list<LogField>;

// log_warn("spool", "disk is nearly full", {{"free_bytes", free}});
void log_debug(std::string_view room, std::string_view message, LogFields fields = {});
void log_info(std::string_view room, std::string_view message, LogFields fields = {});
void log_warn(std::string_view room, std::string_view message, LogFields fields = {});
void log_error(std::string_view room, std::string_view message, LogFields fields = {});

}  // namespace holeshot::base
