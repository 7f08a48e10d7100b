#include "central/log/tools/event_filter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "central/log/streams.h"
#include "common/contract/subjects.h"

namespace holeshot::log {

using base::Code;
using base::fail;
using Json = nlohmann::json;

namespace {

constexpr std::uint64_t kSecond = 1'000'000;
// Fewer digits are seconds or milliseconds, which nobody means to be in 1970.
constexpr std::size_t kLeastMicrosecondDigits = 15;

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Json parsed(const std::string& body) { return Json::parse(body, nullptr, false); }

std::string text_at(const Json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

bool is_of_type(const Json& body, const std::vector<std::string>& types) {
  constexpr std::array kNames{"message_type", "event_type", "type", "kind", "code"};
  for (const char* name : kNames) {
    const std::string type = text_at(body, name);
    if (type.empty()) continue;
    return std::ranges::any_of(types, [&](const auto& wanted) { return same_text(wanted, type); });
  }
  return false;
}

bool is_transponder(const Json& value, const std::vector<std::string>& wanted) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return std::ranges::find(wanted, text) != wanted.end();
}

bool holds_transponder(const Json& value, const std::vector<std::string>& wanted) {
  if (value.is_object()) {
    for (const char* name : {"transponder_id", "transponder_string"}) {
      const auto it = value.find(name);
      if (it != value.end() && is_transponder(*it, wanted)) return true;
    }
  }
  return value.is_structured() &&
         std::ranges::any_of(value, [&](const Json& inner) { return holds_transponder(inner, wanted); });
}

// Reading JSON is the dear part: a body in which none of the words stands is not read. One with escapes always is.
bool may_hold(std::string_view body, const std::vector<std::string>& words) {
  if (words.empty() || body.find('\\') != std::string_view::npos) return true;
  return std::ranges::any_of(words,
                             [&](const auto& word) { return body.find(word) != std::string_view::npos; });
}

bool is_in_body(std::string_view subject) {
  return subject.starts_with(contract::kDlqPrefix) || subject == contract::kRegistrySubject;
}

template <class Number>
bool read_number(std::string_view& text, std::size_t digits, Number& out) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
  if (error != std::errc{} || end != text.data() + digits) return false;
  text.remove_prefix(digits);
  return true;
}

bool skip(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".25" as 250000; what lies beyond microseconds is cut off.
std::uint64_t read_fraction(std::string_view& text) {
  std::uint64_t us = 0;
  std::uint64_t place = kSecond / 10;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    us += static_cast<std::uint64_t>(text.front() - '0') * place;
    place /= 10;
    text.remove_prefix(1);
  }
  return us;
}

// "Z", "+02:00": minutes east of Greenwich.
std::optional<int> read_zone(std::string_view& text) {
  if (skip(text, "Zz")) return 0;
  const bool west = text.starts_with('-');
  int hours = 0;
  int minutes = 0;
  if (!skip(text, "+-") || !read_number(text, 2, hours) || !skip(text, ":") || !read_number(text, 2, minutes))
    return std::nullopt;
  return (west ? -1 : 1) * (hours * 60 + minutes);
}

std::optional<std::uint64_t> read_rfc3339(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  std::uint64_t hour = 0;
  std::uint64_t minute = 0;
  std::uint64_t second = 0;
  if (!read_number(text, 4, year) || !skip(text, "-") || !read_number(text, 2, month) || !skip(text, "-") ||
      !read_number(text, 2, day) || !skip(text, "Tt ") || !read_number(text, 2, hour) || !skip(text, ":") ||
      !read_number(text, 2, minute) || !skip(text, ":") || !read_number(text, 2, second))
    return std::nullopt;
  const std::uint64_t fraction = skip(text, ".") ? read_fraction(text) : 0;
  const auto zone = read_zone(text);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!zone || !text.empty() || !date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const auto days = static_cast<std::uint64_t>(std::chrono::sys_days{date}.time_since_epoch().count());
  const auto seconds =
      static_cast<std::int64_t>(days * 86'400 + hour * 3'600 + minute * 60 + second) - *zone * 60;
  if (seconds < 0) return std::nullopt;
  return static_cast<std::uint64_t>(seconds) * kSecond + fraction;
}

// "15m" as microseconds.
std::optional<std::uint64_t> read_duration(std::string_view text) {
  constexpr std::array<std::pair<char, std::uint64_t>, 4> kUnits{
      {{'s', kSecond}, {'m', 60 * kSecond}, {'h', 3'600 * kSecond}, {'d', 86'400 * kSecond}}};
  std::uint64_t count = 0;
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const char unit = text.back();
  text.remove_suffix(1);
  if (!read_number(text, text.size(), count)) return std::nullopt;
  for (const auto& [letter, us] : kUnits) {
    if (letter == unit) return count * us;
  }
  return std::nullopt;
}

}  // namespace

std::string_view track_of_subject(std::string_view subject) {
  constexpr std::array kPrefixes{contract::kRawPrefix, contract::kControlPrefix, contract::kEventsPrefix,
                                 contract::kCheckpointPrefix, contract::kSnapshotPrefix};
  for (const std::string_view prefix : kPrefixes) {
    if (!subject.starts_with(prefix)) continue;
    subject.remove_prefix(prefix.size());
    return subject.substr(0, subject.find('.'));
  }
  return {};
}

std::string track_of_event(const Event& event) {
  if (!is_in_body(event.subject)) return std::string{track_of_subject(event.subject)};
  const Json body = parsed(event.body);
  if (std::string track = text_at(body, "track_id"); !track.empty()) return track;
  if (text_at(body, "kind") == "track") return text_at(body, "id");
  const auto object = body.is_object() ? body.find("object") : body.end();
  if (object != body.end()) return text_at(*object, "track_id");
  return std::string{track_of_subject(text_at(body, "subject"))};
}

bool EventFilter::wants_subject(std::string_view subject) const {
  const auto fits = [&](const std::string& pattern) { return matches(pattern, subject); };
  if (!subjects.empty() && std::ranges::none_of(subjects, fits)) return false;
  if (tracks.empty() || is_in_body(subject)) return true;
  return std::ranges::find(tracks, track_of_subject(subject)) != tracks.end();
}

bool EventFilter::wants(const Event& event) const {
  if (from_us && event.appended_at_us < *from_us) return false;
  if (to_us && event.appended_at_us >= *to_us) return false;
  if (!wants_subject(event.subject)) return false;
  if (!tracks.empty() && is_in_body(event.subject) &&
      std::ranges::find(tracks, track_of_event(event)) == tracks.end())
    return false;
  if (types.empty() && transponders.empty()) return true;
  if (!may_hold(event.body, transponders)) return false;
  const Json body = parsed(event.body);
  if (!types.empty() && !is_of_type(body, types)) return false;
  return transponders.empty() || holds_transponder(body, transponders);
}

base::Result<std::uint64_t> parse_time(std::string_view text, std::uint64_t now_us, std::string_view what) {
  if (text == "now") return now_us;
  if (text.starts_with('-')) {
    if (const auto before = read_duration(text.substr(1))) return now_us - std::min(*before, now_us);
  }
  if (const auto at = read_rfc3339(text)) return *at;
  std::uint64_t number = 0;
  std::string_view digits = text;
  if (text.size() >= kLeastMicrosecondDigits && read_number(digits, text.size(), number)) return number;
  return fail(Code::kInvalid,
              std::string{what} + " \"" + std::string{text.substr(0, 80)} + "\" is not a time",
              "write 2026-11-26T10:00:00Z, -15m, -2h, or microseconds since 1970");
}

}  // namespace holeshot::log
