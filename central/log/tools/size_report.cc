#include "central/log/tools/size_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "central/log/tools/figures.h"
#include "common/base/json_text.h"

namespace holeshot::log {

namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

std::string right(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

std::string bytes_or(std::uint64_t bytes, const char* none) { return bytes == 0 ? none : bytes_text(bytes); }

std::uint64_t whole(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

void write_stream(base::JsonWriter& w, const StreamSize& size) {
  w.open_object();
  w.field("advice", size.advice);
  w.field("bytes_per_day", whole(size.bytes_per_day));
  w.field("bytes_per_event", whole(size.bytes_per_event));
  w.field_raw("days", number(size.days));
  w.field("disk_bytes", size.disk_bytes);
  w.field_bool("enough", size.enough());
  w.field_raw("events_per_s", number(size.events_per_s));
  w.field("limit_bytes", size.limit_bytes);
  w.field("needed_bytes", size.needed_bytes);
  w.field("stream", size.stream);
  w.close_object();
}

std::vector<std::string> all_advice(const SizeReport& report) {
  std::vector<std::string> advice;
  for (const auto& size : report.streams) {
    if (!size.enough()) advice.push_back(size.advice);
  }
  if (!report.disk.empty()) advice.push_back(report.disk);
  return advice;
}

}  // namespace

bool SizeReport::enough() const {
  return disk.empty() && std::ranges::all_of(streams, [](const auto& size) { return size.enough(); });
}

std::uint64_t SizeReport::disk_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& size : streams) sum += size.disk_bytes;
  return sum;
}

std::string size_json(const SizeReport& report) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.key("advice");
  w.open_array();
  for (const auto& one : all_advice(report)) w.string(one);
  w.close_array();
  w.field("disk_bytes", report.disk_bytes());
  w.field_bool("enough", report.enough());
  w.key("streams");
  w.open_array();
  for (const auto& size : report.streams) write_stream(w, size);
  w.close_array();
  w.close_object();
  return out;
}

std::string size_text(const SizeReport& report) {
  std::size_t width = 0;
  for (const auto& size : report.streams) width = std::max(width, size.stream.size());
  std::string out = "stream" + std::string(width - 6, ' ') +
                    "    events/s   bytes     a day   days    needed     limit   on disk\n";
  for (const auto& size : report.streams) {
    out += size.stream + std::string(width - size.stream.size(), ' ') + right(number(size.events_per_s), 12) +
           right(std::to_string(whole(size.bytes_per_event)), 8) +
           right(bytes_text(whole(size.bytes_per_day)), 10) +
           right(size.days == 0 ? "-" : number(size.days), 7) + right(bytes_or(size.needed_bytes, "-"), 10) +
           right(bytes_or(size.limit_bytes, "none"), 10) + right(bytes_or(size.disk_bytes, "-"), 10) + "\n";
  }
  out += "the log will take " + bytes_text(report.disk_bytes()) + " on disk\n";
  if (report.enough()) return out + "every limit is large enough\n";
  for (const auto& one : all_advice(report)) out += "TOO SMALL: " + one + "\n";
  return out;
}

}  // namespace holeshot::log
