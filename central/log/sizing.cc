#include "central/log/sizing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "central/log/retention_text.h"
#include "central/log/tools/figures.h"

namespace holeshot::log {

namespace {

constexpr double kDaySeconds = 86'400;
constexpr double kGigabyte = 1e9;
constexpr const char* kRawStream = "timing_ingest_raw_v1";

std::string one_digit(double value) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

const StreamShare& share_of(std::span<const StreamShare> shares, const std::string& stream) {
  static const StreamShare kNothing;
  const auto it = std::ranges::find(shares, stream, &StreamShare::stream);
  return it == shares.end() ? kNothing : *it;
}

std::uint64_t whole(double bytes) { return static_cast<std::uint64_t>(std::llround(bytes)); }

// Whole gigabytes, upwards: what a person would set.
std::uint64_t settable(std::uint64_t bytes) {
  return whole(std::ceil(static_cast<double>(bytes) / kGigabyte) * kGigabyte);
}

std::string advice_for(const StreamRule& rule, const StreamSize& size) {
  const double held = static_cast<double>(rule.max_bytes) / size.bytes_per_day;
  const std::string_view setting = retention_setting(rule.name);
  RetentionLimits wanted{.max_age = rule.max_age, .max_bytes = settable(size.needed_bytes)};
  if (const auto days = std::chrono::seconds{static_cast<std::int64_t>(size.days * kDaySeconds)};
      days > rule.max_age && rule.max_age.count() > 0)
    wanted.max_age = days;
  std::string text = rule.name + ": " + bytes_text(rule.max_bytes) + " hold " + one_digit(held) + " of " +
                     one_digit(size.days) + " days at " + bytes_text(whole(size.bytes_per_day)) + " a day";
  if (!setting.empty()) text += "; set " + std::string{setting} + " = \"" + retention_text(wanted) + "\"";
  return text;
}

std::string age_advice(const StreamRule& rule, const StreamSize& size) {
  RetentionLimits wanted{
      .max_age = std::chrono::seconds{static_cast<std::int64_t>(size.days * kDaySeconds)},
      .max_bytes = rule.max_bytes == 0 ? 0 : std::max(rule.max_bytes, settable(size.needed_bytes))};
  return rule.name + ": is kept for " + one_digit(static_cast<double>(rule.max_age.count()) / kDaySeconds) +
         " days, " + one_digit(size.days) + " are wanted; set " + std::string{retention_setting(rule.name)} +
         " = \"" + retention_text(wanted) + "\"";
}

StreamSize size_by_number(const StreamRule& rule, const SizeRequest& request, StreamSize size) {
  const double kept = request.tracks * static_cast<double>(rule.max_per_subject) * size.bytes_per_event;
  size.needed_bytes = whole(kept * kHeadroom);
  size.disk_bytes = whole(kept * request.disk_factor);
  return size;
}

StreamSize size_stream(const StreamRule& rule, const SizeRequest& request) {
  const StreamShare& share = share_of(request.shares, rule.name);
  StreamSize size{.stream = rule.name, .bytes_per_event = share.bytes, .limit_bytes = rule.max_bytes};
  size.events_per_s = request.tracks * request.messages_per_s * share.per_message;
  size.bytes_per_day = size.events_per_s * share.bytes * kDaySeconds;
  if (rule.max_per_subject > 0) return size_by_number(rule, request, std::move(size));
  const double limit_days = static_cast<double>(rule.max_age.count()) / kDaySeconds;
  const bool asked = rule.name == kRawStream && request.raw_days;
  size.days = asked ? *request.raw_days : limit_days;
  size.needed_bytes = whole(size.bytes_per_day * size.days * kHeadroom);
  size.disk_bytes = whole(size.bytes_per_day * size.days * request.disk_factor);
  if (rule.max_bytes > 0 && rule.max_bytes < size.needed_bytes) {
    size.advice = advice_for(rule, size);
  } else if (asked && limit_days > 0 && limit_days < size.days) {
    size.advice = age_advice(rule, size);
  }
  return size;
}

}  // namespace

std::vector<StreamShare> usual_shares() {
  // Passings of eight riders over four loops, four decoders that report every few seconds: `log size --data` over such
  // a day's log.
  return {{kRawStream, 1.0, 600},
          {"timing_race_events_v1", 1.0, 800},
          // Per track and number kept, not per message.
          {"timing_race_snapshot_v1", 0.0, 8'000},
          {"timing_race_checkpoint_v1", 0.0, 32'000},
          // One in a thousand is already a day on which somebody should look.
          {"timing_dlq_v1", 0.001, 1'000},
          // Written by people, by the hundred.
          {"timing_registry_v1", 0.0, 500}};
}

std::vector<StreamShare> measured_shares(std::span<const StreamRule> streams,
                                         std::span<const SubjectFigures> figures) {
  std::map<std::string, SubjectFigures> sums;
  for (const auto& one : figures) {
    const StreamRule* stream = stream_of(streams, one.subject);
    if (stream == nullptr) continue;
    sums[stream->name].events += one.events;
    sums[stream->name].bytes += one.bytes;
  }
  auto shares = usual_shares();
  const auto raw = static_cast<double>(sums[kRawStream].events);
  if (raw == 0) return shares;
  for (StreamShare& share : shares) {
    const SubjectFigures& sum = sums[share.stream];
    if (sum.events == 0) continue;
    share.bytes = static_cast<double>(sum.bytes) / static_cast<double>(sum.events);
    if (share.per_message > 0) share.per_message = static_cast<double>(sum.events) / raw;
  }
  return shares;
}

std::vector<StreamSize> size_streams(std::span<const StreamRule> streams, const SizeRequest& request) {
  std::vector<StreamSize> sizes;
  for (const StreamRule& rule : streams) sizes.push_back(size_stream(rule, request));
  return sizes;
}

std::string disk_advice(std::span<const StreamRule> streams, std::uint64_t used_bytes,
                        std::uint64_t free_bytes, double disk_factor) {
  double allowed = 0;
  for (const StreamRule& rule : streams) allowed += static_cast<double>(rule.max_bytes) * disk_factor;
  const double room = static_cast<double>(used_bytes) + static_cast<double>(free_bytes);
  if (allowed <= room) return {};
  return "the streams' limits allow " + bytes_text(whole(allowed)) + " on disk, the log has " +
         bytes_text(used_bytes) + " and the disk " + bytes_text(free_bytes) +
         " free: it will be full before the oldest events go; lower retention_raw and retention_events, or "
         "give it a "
         "larger disk";
}

}  // namespace holeshot::log
