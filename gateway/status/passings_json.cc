#include <nlohmann/json.hpp>

#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"
#include "gateway/status/labels.h"
#include "gateway/status/walk_board.h"

namespace holeshot::status {

namespace {

using nlohmann::json;

void optional_number(base::JsonWriter& w, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) w.field(name, *value);
}

std::string label_of(const driver::Sighting& sighting, Labels& labels) {
  std::string label = labels.label(transponder_text(sighting));
  if (label.empty() && sighting.transponder_id)
    label = labels.label(std::to_string(*sighting.transponder_id));
  return label;
}

void write(base::JsonWriter& w, const Passing& passing, Labels& labels) {
  const Crossing& crossing = passing.crossing;
  const driver::Sighting& sighting = crossing.sighting;
  w.open_object();
  w.field("number", passing.number);
  w.field("captured_at_us", crossing.captured_at_us);
  w.field("transponder", transponder_text(sighting));
  w.field("label", label_of(sighting, labels));
  w.field("decoder_id", sighting.decoder_id);
  optional_number(w, "transponder_id", sighting.transponder_id);
  optional_number(w, "passing_number", sighting.passing_number);
  optional_number(w, "strength", sighting.strength);
  optional_number(w, "hits", sighting.hits);
  w.field_bool("battery_low", sighting.battery_low);
  w.field_bool("resent", sighting.resent);
  w.field_bool("flagged", crossing.flagged);
  w.field_bool("kept", passing.kept());
  w.field_bool("at_central", passing.at_central);
  w.field_bool("refused", passing.refused);
  w.close_object();
}

std::string text_of(const json& node, const char* name) {
  const auto it = node.find(name);
  return it != node.end() && it->is_string() ? it->get<std::string>() : std::string{};
}
std::optional<std::uint64_t> number_of(const json& node, const char* name) {
  const auto it = node.find(name);
  if (it == node.end() || !it->is_number_unsigned()) return std::nullopt;
  return it->get<std::uint64_t>();
}
bool flag_of(const json& node, const char* name) {
  const auto it = node.find(name);
  return it != node.end() && it->is_boolean() && it->get<bool>();
}

PassingLine line_of(const json& node) {
  return {.number = number_of(node, "number").value_or(0),
          .captured_at_us = number_of(node, "captured_at_us").value_or(0),
          .transponder = text_of(node, "transponder"),
          .label = text_of(node, "label"),
          .decoder_id = text_of(node, "decoder_id"),
          .strength = number_of(node, "strength"),
          .hits = number_of(node, "hits"),
          .battery_low = flag_of(node, "battery_low"),
          .resent = flag_of(node, "resent"),
          .flagged = flag_of(node, "flagged"),
          .kept = flag_of(node, "kept"),
          .at_central = flag_of(node, "at_central"),
          .refused = flag_of(node, "refused")};
}

}  // namespace

std::string passings_json(const PassingsPage& page, std::string_view board, Labels& labels) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("board", board);
  w.field("version", page.version);
  w.key("passings");
  w.open_array();
  for (const Passing& passing : page.passings) write(w, passing, labels);
  w.close_array();
  w.close_object();
  return out;
}

base::Result<PassingLines> passings_from_json(std::string_view text) {
  const json node = contract::parse_shallow(text);
  const auto version = node.is_object() ? number_of(node, "version") : std::nullopt;
  if (!version || !node.contains("passings") || !node["passings"].is_array()) {
    return base::fail(base::Code::kInvalid, "read a gateway's passings: there are none",
                      "check that it is a gateway that listens there");
  }
  PassingLines lines{text_of(node, "board"), *version, {}};
  for (const json& one : node["passings"]) {
    if (one.is_object()) lines.passings.push_back(line_of(one));
  }
  return lines;
}

}  // namespace holeshot::status
