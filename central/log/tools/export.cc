#include "central/log/tools/export.h"

#include <nlohmann/json.hpp>

#include "central/log/tools/event_filter.h"
#include "central/log/tools/event_line.h"
#include "common/contract/subjects.h"

namespace holeshot::log {

using Json = nlohmann::json;

namespace {

constexpr std::string_view kPassing = "PASSING";

std::string csv_text(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string{text};
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string cell(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || it->is_null()) return {};
  return csv_text(it->is_string() ? it->get<std::string>()
                                  : it->dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string time_cell(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_unsigned() ? utc_time_text(it->get<std::uint64_t>())
                                                        : std::string{};
}

std::string transponder_cell(const Json& payload) {
  const std::string number = cell(payload, "transponder_id");
  return number.empty() || number == "0" ? cell(payload, "transponder_string") : number;
}

}  // namespace

std::string_view csv_header() {
  return "time,track,client,decoder,passing_number,transponder,strength,hits,flags,rtc_time,offset\n";
}

std::optional<std::string> csv_row(const Event& event) {
  if (!event.subject.starts_with(contract::kRawPrefix)) return std::nullopt;
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object() || cell(body, "message_type") != kPassing) return std::nullopt;
  const Json payload = body.value("payload", Json::object());
  if (!payload.is_object()) return std::nullopt;
  std::string rtc_time = time_cell(payload, "rtc_time_us");
  if (!rtc_time.empty()) rtc_time.pop_back();  // without the Z
  std::string row = time_cell(body, "captured_at_us");
  for (const std::string& next :
       {std::string{track_of_subject(event.subject)}, event.client.str(), cell(payload, "decoder_id"),
        cell(payload, "passing_number"), transponder_cell(payload), cell(payload, "strength"),
        cell(payload, "hits"), cell(payload, "flags"), rtc_time, std::to_string(event.offset.value())})
    row.append(",").append(next);
  return row + '\n';
}

}  // namespace holeshot::log
