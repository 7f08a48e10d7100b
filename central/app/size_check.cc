#include "central/app/size_check.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "central/log/sqlite/sqlite_log.h"
#include "central/log/sqlite/survey.h"
#include "common/contract/subjects.h"

namespace holeshot::central_app {

namespace {

constexpr std::uint64_t kDayUs = 86'400'000'000;
// A log that began five minutes ago says little about a day; what came is taken to be an hour's.
constexpr std::uint64_t kShortestUs = 3'600'000'000;
// Below, the file is mostly its own tables and its WAL.
constexpr std::uint64_t kTellingBytes = 50'000'000;

// The time of the newest event; 0 for an empty log.
base::Result<std::uint64_t> newest_us(log::EventLog& log) {
  const log::Offset last = log.last();
  if (last == log::Offset{}) return 0U;
  HOLESHOT_ASSIGN(const auto events,
                  log.read({.after = log::Offset{last.value() - 1}, .subjects = {}, .max_events = 1}));
  return events.empty() ? 0U : events.front().appended_at_us;
}

void add_advice(std::vector<std::string>& words, std::span<const log::StreamRule> streams,
                const log::SizeRequest& request, const char* why) {
  for (const auto& size : log::size_streams(streams, request)) {
    if (!size.enough()) words.push_back(size.advice + why);
  }
}

}  // namespace

base::Result<MeasuredLoad> measure(log::EventLog& log, const std::string& data,
                                   std::span<const log::StreamRule> streams) {
  MeasuredLoad load;
  HOLESHOT_ASSIGN(const std::uint64_t end_us, newest_us(log));
  if (end_us == 0) return load;
  HOLESHOT_ASSIGN(const log::Offset after, log.before_time(end_us - std::min(end_us, kDayUs)));
  HOLESHOT_ASSIGN(const auto figures, log::survey_log(log::log_path(data), {.after = after}));
  load.shares = log::measured_shares(streams, figures);
  std::uint64_t messages = 0;
  std::uint64_t first_us = end_us;
  for (const auto& one : figures) {
    first_us = std::min(first_us, one.first_us);
    if (one.subject.starts_with(contract::kRawPrefix)) messages += one.events;
  }
  const std::uint64_t span_us = std::max(end_us - first_us, kShortestUs);
  load.messages_per_s = static_cast<double>(messages) * 1e6 / static_cast<double>(span_us);
  return load;
}

double measured_disk_factor(log::EventLog& log, const std::string& data) {
  const auto all = log::survey_log(log::log_path(data), {});
  std::uint64_t bytes = 0;
  for (const auto& one : all.value_or(std::vector<log::SubjectFigures>{})) bytes += one.bytes;
  // A file does not shrink: after a removal its size says nothing about what is in it.
  if (bytes < kTellingBytes || log.stats().pruned > 0) return log::kUsualDiskFactor;
  return std::max(1.0, static_cast<double>(log.stats().bytes) / static_cast<double>(bytes));
}

std::string disk_warning(log::EventLog& log, const std::string& data,
                         std::span<const log::StreamRule> streams, double disk_factor) {
  std::error_code error;
  const auto space = std::filesystem::space(data, error);
  if (error) return {};
  return log::disk_advice(streams, log.stats().bytes, space.available, disk_factor);
}

std::vector<std::string> size_warnings(log::EventLog& log, const std::string& data,
                                       std::span<const log::StreamRule> streams,
                                       const ExpectedLoad& expected) {
  std::vector<std::string> words;
  const auto load = measure(log, data, streams);
  if (load && load->messages_per_s > 0) {
    add_advice(words, streams, {.tracks = 1, .messages_per_s = load->messages_per_s, .shares = load->shares},
               " (at the rate of the log's last day)");
  }
  if (expected.tracks > 0 && expected.messages_per_s > 0) {
    add_advice(words, streams,
               {.tracks = expected.tracks,
                .messages_per_s = expected.messages_per_s,
                .shares = load ? load->shares : log::usual_shares()},
               " (at expected_tracks and expected_rate)");
  }
  std::string disk = disk_warning(log, data, streams, log::kUsualDiskFactor);
  if (!disk.empty()) words.push_back(std::move(disk));
  return words;
}

}  // namespace holeshot::central_app
