#include "central/log/tools/figures.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

#include "central/log/tools/event_line.h"
#include "common/base/json_text.h"

namespace holeshot::log {

namespace {

constexpr std::uint64_t kHourUs = 3'600'000'000;
constexpr std::uint64_t kDayUs = 24 * kHourUs;

std::string fixed(double value, int digits) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string right(std::string text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

void drop_unwanted(std::vector<SubjectFigures>& figures, const EventFilter& filter) {
  std::erase_if(figures, [&](const auto& one) { return !filter.wants_subject(one.subject); });
}

RateFigures rate_of(const std::vector<SubjectFigures>& figures, std::uint64_t us) {
  RateFigures rate;
  for (const auto& one : figures) rate.events += one.events, rate.bytes += one.bytes;
  rate.events_per_s = static_cast<double>(rate.events) * 1e6 / static_cast<double>(us);
  rate.bytes_per_s = static_cast<double>(rate.bytes) * 1e6 / static_cast<double>(us);
  return rate;
}

base::Result<RateFigures> recent(EventLog& log, const std::string& path, const EventFilter& filter,
                                 std::uint64_t now_us, std::uint64_t us) {
  HOLESHOT_ASSIGN(const Offset after, log.before_time(now_us - std::min(now_us, us)));
  HOLESHOT_ASSIGN(auto figures, survey_log(path, {.after = after}));
  drop_unwanted(figures, filter);
  return rate_of(figures, us);
}

std::vector<SubjectFigures> by_track(const std::vector<SubjectFigures>& subjects) {
  std::map<std::string, SubjectFigures> tracks;
  for (const auto& one : subjects) {
    const std::string track{track_of_subject(one.subject)};
    if (track.empty()) continue;
    SubjectFigures& sum = tracks[track];
    sum.subject = track;
    sum.events += one.events;
    sum.bytes += one.bytes;
    sum.first_us = sum.first_us == 0 ? one.first_us : std::min(sum.first_us, one.first_us);
    sum.last_us = std::max(sum.last_us, one.last_us);
  }
  std::vector<SubjectFigures> out;
  for (auto& [name, figures] : tracks) out.push_back(std::move(figures));
  return out;
}

void write_rows(base::JsonWriter& w, const char* list, const char* name,
                const std::vector<SubjectFigures>& rows) {
  w.key(list);
  w.open_array();
  for (const auto& row : rows) {
    w.open_object();
    w.field("bytes", row.bytes);
    w.field("events", row.events);
    w.field("first_us", row.first_us);
    w.field("last_us", row.last_us);
    w.field(name, row.subject);
    w.close_object();
  }
  w.close_array();
}

void write_rate(base::JsonWriter& w, const char* name, const RateFigures& rate) {
  w.key(name);
  w.open_object();
  w.field("bytes", rate.bytes);
  w.field_raw("bytes_per_s", fixed(rate.bytes_per_s, 3));
  w.field("events", rate.events);
  w.field_raw("events_per_s", fixed(rate.events_per_s, 3));
  w.close_object();
}

void write_removed(base::JsonWriter& w, const LogFigures& figures) {
  w.key("removed_through");
  w.open_object();
  for (const auto& [subject, offset] : figures.removed_through) w.field(subject, offset.value());
  w.close_object();
}

std::string time_or_dash(std::uint64_t us) { return us == 0 ? "-" : local_time_text(us); }

void add_rows(std::string& out, const std::string& title, const std::vector<SubjectFigures>& rows) {
  std::size_t width = title.size();
  for (const auto& row : rows) width = std::max(width, row.subject.size());
  const auto name = [&](const std::string& text) { return text + std::string(width - text.size(), ' '); };
  out += "\n" + name(title) + "      events       bytes  each  first                    last\n";
  for (const auto& row : rows) {
    out += name(row.subject) + right(std::to_string(row.events), 12) + right(bytes_text(row.bytes), 12) +
           right(std::to_string(row.events == 0 ? 0 : row.bytes / row.events), 6) + "  " +
           time_or_dash(row.first_us) + "  " + time_or_dash(row.last_us) + "\n";
  }
}

std::string rate_text(const RateFigures& rate) {
  return std::to_string(rate.events) + " events, " + fixed(rate.events_per_s, 2) + "/s, " +
         bytes_text(rate.bytes);
}

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) value /= 1000, ++unit;
  return fixed(value, unit == 0 ? 0 : 1) + " " + kUnits[unit];
}

std::uint64_t LogFigures::events() const {
  std::uint64_t sum = 0;
  for (const auto& one : subjects) sum += one.events;
  return sum;
}

std::uint64_t LogFigures::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& one : subjects) sum += one.bytes;
  return sum;
}

std::uint64_t LogFigures::average_bytes() const { return events() == 0 ? 0 : bytes() / events(); }

std::uint64_t LogFigures::first_us() const {
  const auto first = std::ranges::min_element(subjects, {}, &SubjectFigures::first_us);
  return first == subjects.end() ? 0 : first->first_us;
}

std::uint64_t LogFigures::last_us() const {
  const auto last = std::ranges::max_element(subjects, {}, &SubjectFigures::last_us);
  return last == subjects.end() ? 0 : last->last_us;
}

base::Result<LogFigures> figures_of(EventLog& log, const std::string& path, const EventFilter& filter,
                                    std::uint64_t now_us, const std::function<void(Offset at)>& progress) {
  LogFigures figures;
  figures.log_id = log.log_id();
  figures.log = log.stats();
  SurveyRange range{.to_us = filter.to_us.value_or(0)};
  if (filter.from_us) {
    HOLESHOT_ASSIGN(range.after, log.before_time(*filter.from_us));
  }
  HOLESHOT_ASSIGN(figures.subjects, survey_log(path, range, progress));
  drop_unwanted(figures.subjects, filter);
  HOLESHOT_ASSIGN(figures.last_hour, recent(log, path, filter, now_us, kHourUs));
  HOLESHOT_ASSIGN(figures.last_day, recent(log, path, filter, now_us, kDayUs));
  for (const auto& subject : log.subjects()) {
    const Offset removed = log.pruned_through(subject);
    if (removed > Offset{} && filter.wants_subject(subject))
      figures.removed_through.emplace_back(subject, removed);
  }
  return figures;
}

std::string stats_json(const LogFigures& figures) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("average_bytes", figures.average_bytes());
  write_rows(w, "by_subject", "subject", figures.subjects);
  write_rows(w, "by_track", "track", by_track(figures.subjects));
  w.field("bytes", figures.log.bytes);
  w.field("commits", figures.log.commits);
  w.field("conflicts", figures.log.conflicts);
  w.field("duplicates", figures.log.duplicates);
  w.field("event_bytes", figures.bytes());
  w.field("events", figures.log.events);
  w.field("first_us", figures.first_us());
  write_rate(w, "last_day", figures.last_day);
  write_rate(w, "last_hour", figures.last_hour);
  w.field("last_offset", figures.log.last.value());
  w.field("last_us", figures.last_us());
  w.field("log_id", figures.log_id);
  write_removed(w, figures);
  w.field("selected_events", figures.events());
  w.key("subjects");
  w.open_array();
  for (const auto& one : figures.subjects) w.string(one.subject);
  w.close_array();
  w.close_object();
  return out;
}

std::string stats_text(const LogFigures& figures) {
  std::string out = "log        " + figures.log_id + "\nevents     " + std::to_string(figures.log.events) +
                    ", the last at offset " + std::to_string(figures.log.last.value()) + "\non disk    " +
                    bytes_text(figures.log.bytes) + "\nselected   " + std::to_string(figures.events()) +
                    " events, " + bytes_text(figures.bytes()) + ", " +
                    std::to_string(figures.average_bytes()) + " bytes each\nfrom       " +
                    time_or_dash(figures.first_us()) + "\nto         " + time_or_dash(figures.last_us()) +
                    "\nlast hour  " + rate_text(figures.last_hour) + "\nlast day   " +
                    rate_text(figures.last_day) + "\n";
  if (!figures.subjects.empty()) add_rows(out, "subject", figures.subjects);
  if (const auto tracks = by_track(figures.subjects); !tracks.empty()) add_rows(out, "track", tracks);
  if (!figures.removed_through.empty()) out += "\nremoved by retention, up to and including offset\n";
  for (const auto& [subject, offset] : figures.removed_through)
    out += "  " + subject + "  " + std::to_string(offset.value()) + "\n";
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

std::string verify_text(const VerifyReport& report) {
  std::string out = std::to_string(report.events) + " events in " + std::to_string(report.runs) +
                    " runs of " + std::to_string(report.sources) + " sources: ";
  if (report.pruned > 0) out += std::to_string(report.pruned) + " more were removed by retention; ";
  if (report.ok()) return out + "every checksum, offset, time and seq is as it should be\n";
  out += std::to_string(report.problem_count) + (report.problem_count == 1 ? " problem\n" : " problems\n");
  for (const auto& problem : report.problems) out += "  " + problem + "\n";
  if (report.problems.size() < report.problem_count) out += "  ... and more\n";
  return out + "keep the file, and restore from a copy (docs/log.md)\n";
}

}  // namespace holeshot::log
