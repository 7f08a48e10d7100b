#include "central/log/retention_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "common/base/check.h"

namespace holeshot::log {

namespace {

constexpr std::string_view kForever = "forever";

using Unit = std::pair<std::string_view, std::uint64_t>;
constexpr std::array<Unit, 4> kAges{{{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}}};
constexpr std::array<Unit, 9> kSizes{{{"TB", 1'000'000'000'000},
                                      {"GB", 1'000'000'000},
                                      {"MB", 1'000'000},
                                      {"KB", 1'000},
                                      {"TiB", std::uint64_t{1} << 40},
                                      {"GiB", std::uint64_t{1} << 30},
                                      {"MiB", std::uint64_t{1} << 20},
                                      {"KiB", std::uint64_t{1} << 10},
                                      {"B", 1}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSettings{
    {{"timing_ingest_raw_v1", "retention_raw"},
     {"timing_race_events_v1", "retention_events"},
     {"timing_race_snapshot_v1", "retention_snapshot"},
     {"timing_dlq_v1", "retention_dlq"}}};

std::unexpected<base::Error> invalid(std::string_view text) {
  return base::fail(base::Code::kInvalid, "\"" + std::string{text.substr(0, 80)} + "\" is no retention",
                    "write an age, a size or both, for example 7d,100GB; or forever");
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "36h" in seconds, or "100GB" in bytes; nullopt where no unit of `units` follows the number, or it does not fit.
std::optional<std::uint64_t> read_amount(std::string_view part, std::span<const Unit> units) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), count);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit = trimmed(part.substr(static_cast<std::size_t>(end - part.data())));
  const auto it = std::ranges::find(units, unit, &Unit::first);
  // The log's own numbers are 63 bits.
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (it == units.end() || count == 0 || count > kMost / it->second) return std::nullopt;
  return count * it->second;
}

std::string amount_text(std::uint64_t amount, std::span<const Unit> units) {
  for (const auto& [name, size] : units) {
    if (amount % size == 0) return std::to_string(amount / size) + std::string{name};
  }
  return {};
}

}  // namespace

base::Result<RetentionLimits> parse_retention(std::string_view text) {
  RetentionLimits limits;
  if (trimmed(text) == kForever) return limits;
  for (std::string_view rest = text; !rest.empty();) {
    const auto comma = rest.find(',');
    const std::string_view part = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const auto age = read_amount(part, kAges);
    const auto size = read_amount(part, kSizes);
    const bool again = age ? limits.max_age.count() != 0 : limits.max_bytes != 0;
    if ((!age && !size) || again || (comma != std::string_view::npos && rest.empty())) return invalid(text);
    if (age) limits.max_age = std::chrono::seconds{*age};
    if (size) limits.max_bytes = *size;
  }
  if (limits == RetentionLimits{}) return invalid(text);
  return limits;
}

std::string retention_text(const RetentionLimits& limits) {
  std::string text;
  if (limits.max_age.count() > 0)
    text = amount_text(static_cast<std::uint64_t>(limits.max_age.count()), kAges);
  if (limits.max_bytes > 0)
    text.append(text.empty() ? "" : ",").append(amount_text(limits.max_bytes, kSizes));
  return text.empty() ? std::string{kForever} : text;
}

std::string_view retention_setting(std::string_view stream) {
  for (const auto& [name, setting] : kSettings) {
    if (name == stream) return setting;
  }
  return {};
}

void set_retention(std::span<StreamRule> streams, std::string_view setting, const RetentionLimits& limits) {
  const auto it =
      std::ranges::find(streams, setting, [](const auto& rule) { return retention_setting(rule.name); });
  HOLESHOT_CHECK(it != streams.end(), "a retention setting names a stream");
  it->max_age = limits.max_age;
  it->max_bytes = limits.max_bytes;
}

}  // namespace holeshot::log
