#include "gateway/app/spool_text.h"

#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"
#include "common/p3/frame.h"
#include "gateway/app/moment.h"
#include "gateway/app/terminal.h"
#include "gateway/status/sentences.h"

namespace holeshot::app {

namespace {

using nlohmann::json;

// A text as it is, a number in digits; else empty.
std::string value_of(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || it == object.end()) return {};
  if (it->is_string()) return it->get<std::string>();
  return it->is_number_integer() || it->is_boolean() ? it->dump() : std::string{};
}

json part_of(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() ? *it : json();
}

json payload_of(const spool::SpoolRow& row) { return part_of(contract::parse_shallow(row.body), "payload"); }

std::string transponder_of(const json& payload) {
  std::string text = value_of(payload, "transponder_string");
  return text.empty() ? value_of(payload, "transponder_id") : text;
}

const char* word_for(const std::string& state) {
  return state == "pending" ? "waiting   " : state == "acked" ? "at central" : "quarantine";
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + "\"";
}

std::string csv_of(std::initializer_list<std::string> cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : ",") + csv_cell(cell);
  return line;
}

}  // namespace

std::string stats_text(const spool::SpoolStats& stats) {
  using status::count_text;
  return "waiting for central  " + count_text(stats.pending) + "\noldest of them       " +
         local_text(stats.oldest_captured_at_us) + "\nat central           " + count_text(stats.acked) +
         "\nin quarantine        " + count_text(stats.quarantined) + "\nbytes on disk        " +
         count_text(stats.bytes) + "\nboots                " + count_text(stats.boots.size());
}

std::string stats_json(const spool::SpoolStats& stats) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("acked", stats.acked);
  w.key("boots");
  w.open_array();
  for (const auto& boot : stats.boots) {
    w.open_object();
    w.field("boot_id", boot.boot_id);
    w.field("client_id", boot.client_id);
    w.field("last_seq", boot.last_seq);
    w.field("opened_at_us", boot.opened_at_us);
    w.field("track_id", boot.track_id);
    w.close_object();
  }
  w.close_array();
  w.field("bytes", stats.bytes);
  w.field("last_id", stats.last_id);
  w.field("oldest_captured_at_us", stats.oldest_captured_at_us);
  w.field("pending", stats.pending);
  w.field("quarantined", stats.quarantined);
  w.close_object();
  return out;
}

std::string row_text(const spool::SpoolRow& row) {
  const json payload = payload_of(row);
  std::string line = std::to_string(row.id) + "  " + local_text(row.captured_at_us) + "  " +
                     word_for(row.state) + "  " + row.message_type;
  if (const auto number = value_of(payload, "passing_number"); !number.empty()) line += " " + number;
  if (const auto transponder = transponder_of(payload); !transponder.empty())
    line += "  transponder " + transponder;
  if (const auto decoder = value_of(payload, "decoder_id"); !decoder.empty()) line += "  decoder " + decoder;
  line += "  " + row.boot_id + ":" + std::to_string(row.seq);
  if (!row.code.empty()) line += "  " + row.code + ": " + row.detail;
  return plain(line);
}

std::string row_json(const spool::SpoolRow& row) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  if (!row.code.empty()) w.field("action", advice_for(row.code));
  w.field("boot_id", row.boot_id);
  w.field("captured_at_us", row.captured_at_us);
  if (!row.code.empty()) {
    w.field("code", row.code);
    w.field("detail", row.detail);
  }
  w.key("envelope");
  // What the disk has damaged may be no JSON any more: then it is kept as text.
  if (contract::parse_shallow(row.body).is_object()) {
    w.raw(row.body);
  } else {
    w.string(row.body);
  }
  w.field("id", row.id);
  w.field("message_type", row.message_type);
  w.field("seq", row.seq);
  w.field("state", row.state);
  w.close_object();
  return out;
}

std::string advice_for(std::string_view code) {
  if (code == "damaged")
    return "the disk has changed it: look after the disk, and export the row to see what is left";
  if (code == "server_error") return "have central repaired, then: holeshot-gateway spool requeue";
  if (code == "conflict")
    return "central has another record under the same number: compare the two there; sending again changes "
           "nothing";
  if (code == "wrong_track")
    return "it belongs to another track than it was sent for: report it, and keep the row";
  return "central does not understand it: bring central to the gateway's version, then: holeshot-gateway "
         "spool "
         "requeue";
}

std::string verify_json(const spool::VerifyReport& report, const std::vector<std::string>& losses) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field_bool("good", report.good());
  w.field("rows", report.rows);
  w.key("damaged");
  w.open_array();
  for (const std::uint64_t id : report.damaged) w.number(id);
  w.close_array();
  w.key("structure");
  w.open_array();
  for (const std::string& line : report.structure) w.string(line);
  w.close_array();
  w.key("losses");
  w.open_array();
  for (const std::string& loss : losses) w.raw(loss);
  w.close_array();
  w.close_object();
  return out;
}

std::string csv_header() {
  return "id,state,captured_at,captured_at_us,message_type,decoder_id,transponder,transponder_id,passing_"
         "number,"
         "rtc_time_us,strength,hits,flags,resent,track_id,client_id,boot_id,seq,event_id,code,detail";
}

std::string csv_line(const spool::SpoolRow& row) {
  const json envelope = contract::parse_shallow(row.body);
  const json payload = part_of(envelope, "payload");
  const json context = part_of(envelope, "event_id_context");
  const auto of = [&](const char* name) { return value_of(payload, name); };
  return csv_of({std::to_string(row.id),
                 row.state,
                 iso_text(row.captured_at_us),
                 std::to_string(row.captured_at_us),
                 row.message_type,
                 of("decoder_id"),
                 transponder_of(payload),
                 of("transponder_id"),
                 of("passing_number"),
                 of("rtc_time_us"),
                 of("strength"),
                 of("hits"),
                 of("flags"),
                 value_of(part_of(envelope, "capture"), "resent"),
                 value_of(envelope, "track_id"),
                 value_of(context, "client_id"),
                 row.boot_id,
                 std::to_string(row.seq),
                 value_of(envelope, "event_id"),
                 row.code,
                 row.detail});
}

std::string p3_frame(const spool::SpoolRow& row) {
  const auto bytes = base::from_hex(value_of(payload_of(row), "raw"));
  if (!bytes || bytes->size() < p3::kMinFrame || bytes->front() != p3::kSor || bytes->back() != p3::kEor)
    return {};
  return {bytes->begin(), bytes->end()};
}

}  // namespace holeshot::app
