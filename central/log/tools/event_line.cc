#include "central/log/tools/event_line.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "central/log/tools/event_filter.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"

namespace holeshot::log {

using Json = nlohmann::json;

namespace {

constexpr std::uint64_t kSecond = 1'000'000;
// Of a body that cannot be read: enough to see what it is.
constexpr std::size_t kShownBytes = 60;

const Json& at(const Json& object, const char* name) {
  static const Json kNothing;
  const auto it = object.is_object() ? object.find(name) : object.end();
  return it == object.end() ? kNothing : *it;
}

std::string shown(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string seconds_text(std::uint64_t us) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%llu.%03llu s",
                      static_cast<unsigned long long>(us / kSecond),
                      static_cast<unsigned long long>(us % kSecond / 1000));
  return text.data();
}

// A field and the word that stands before it; a field that is absent is left out.
struct Shown {
  const char* field;
  const char* word;
};

void add(std::string& line, std::string_view word, std::string_view value) {
  line.append("  ").append(word).append(word.empty() ? "" : " ").append(value);
}

template <std::size_t N>
void add_fields(std::string& line, const Json& object, const std::array<Shown, N>& fields) {
  for (const auto& [field, word] : fields) {
    const Json& value = at(object, field);
    if (value.is_null() || value.is_structured()) continue;
    if (std::string_view{field} == "elapsed_us" && value.is_number_unsigned()) {
      add(line, word, seconds_text(value.get<std::uint64_t>()));
    } else {
      add(line, word, shown(value));
    }
  }
}

std::string envelope_text(const Json& body) {
  constexpr std::array kFields{Shown{"passing_number", "passing"},
                               Shown{"transponder_id", "transponder"},
                               Shown{"transponder_string", ""},
                               Shown{"strength", "strength"},
                               Shown{"hits", "hits"},
                               Shown{"noise", "noise"},
                               Shown{"temperature", "temperature"},
                               Shown{"gps_status", "gps"},
                               Shown{"version", "version"},
                               Shown{"decoder_id", "decoder"}};
  std::string line = shown(at(body, "message_type"));
  add_fields(line, at(body, "payload"), kFields);
  return line;
}

std::string race_event_text(const Json& body) {
  constexpr std::array kFields{Shown{"moto_id", "moto"},
                               Shown{"rider_id", "rider"},
                               Shown{"loop_name", "loop"},
                               Shown{"elapsed_us", "elapsed"},
                               Shown{"position", "position"},
                               Shown{"finish_position", "finished"},
                               Shown{"transponder_id", "transponder"},
                               Shown{"reason", "reason"},
                               Shown{"accepted", "accepted"},
                               Shown{"text", "text"}};
  std::string line = shown(at(body, "event_type"));
  add_fields(line, at(body, "payload"), kFields);
  return line;
}

std::string intent_text(const Json& body) {
  constexpr std::array kFields{Shown{"moto_id", "moto"}, Shown{"text", "text"}, Shown{"reason", "reason"},
                               Shown{"actor", "by"}};
  std::string line = shown(at(body, "type"));
  add_fields(line, body, kFields);
  return line;
}

std::string letter_text(std::string_view source, const Json& body) {
  constexpr std::array kFields{
      Shown{"id", ""},     Shown{"action", ""}, Shown{"code", ""},           Shown{"reason", ""},
      Shown{"detail", ""}, Shown{"key", "key"}, Shown{"offset", "of offset"}};
  std::string line = "dead letter of " + std::string{source};
  add_fields(line, body, kFields);
  return line;
}

std::string registry_text(const Json& body) {
  constexpr std::array kFields{Shown{"kind", ""}, Shown{"id", ""}, Shown{"revision", "revision"},
                               Shown{"actor", "by"}};
  std::string line = shown(at(body, "op"));
  add_fields(line, body, kFields);
  return line;
}

std::string essentials(const Event& event) {
  const Json body = Json::parse(event.body, nullptr, false);
  const std::string_view subject = event.subject;
  if (body.is_object()) {
    if (subject.starts_with(contract::kRawPrefix)) return envelope_text(body);
    if (subject.starts_with(contract::kEventsPrefix)) return race_event_text(body);
    if (subject.starts_with(contract::kControlPrefix)) return intent_text(body);
    if (subject.starts_with(contract::kDlqPrefix))
      return letter_text(subject.substr(contract::kDlqPrefix.size()), body);
    if (subject == contract::kRegistrySubject) return registry_text(body);
  }
  return event.subject + "  " + std::to_string(event.body.size()) + " bytes  " +
         event.body.substr(0, kShownBytes);
}

// "2026-11-26T11:00:03", with `between` date and time.
std::string time_text(const std::tm& parts, char between) {
  std::array<char, 80> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02d-%02d%c%02d:%02d:%02d", parts.tm_year + 1900,
                      parts.tm_mon + 1, parts.tm_mday, between, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text.data();
}

std::string fraction_text(std::uint64_t fraction, int digits) {
  std::array<char, 24> text{};
  (void)std::snprintf(text.data(), text.size(), ".%0*llu", digits, static_cast<unsigned long long>(fraction));
  return text.data();
}

// What a body holds can be anything; a line is a line, and no control character reaches a terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

}  // namespace

std::string local_time_text(std::uint64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / kSecond);
  std::tm parts{};
  (void)::localtime_r(&seconds, &parts);
  return time_text(parts, ' ') + fraction_text(wall_us % kSecond / 1000, 3);
}

std::string utc_time_text(std::uint64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / kSecond);
  std::tm parts{};
  (void)::gmtime_r(&seconds, &parts);
  return time_text(parts, 'T') + fraction_text(wall_us % kSecond, 6) + "Z";
}

base::Result<std::string> json_line(const Event& event) {
  if (!event.subject.starts_with(contract::kRawPrefix)) return event.body;
  auto line = contract::stored_envelope(event.body, event.appended_at_us);
  if (line) return line;
  return base::fail(base::Code::kCorrupt, "dump log: the event at offset " +
                                              std::to_string(event.offset.value()) +
                                              " is no envelope: " + line.error().message);
}

std::string text_line(const Event& event) {
  std::array<char, 24> offset{};
  (void)std::snprintf(offset.data(), offset.size(), "%10llu",
                      static_cast<unsigned long long>(event.offset.value()));
  const std::string track = track_of_event(event);
  std::string line = offset.data();
  add(line, "", local_time_text(event.appended_at_us));
  add(line, "", track.empty() ? "-" : track);
  add(line, "", essentials(event));
  return printable(std::move(line));
}

base::Result<std::string> line_of(const Event& event, LineStyle style) {
  if (style == LineStyle::kText) return text_line(event);
  return json_line(event);
}

}  // namespace holeshot::log
