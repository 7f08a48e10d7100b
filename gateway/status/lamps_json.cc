#include <nlohmann/json.hpp>

#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"
#include "gateway/status/lamps.h"

namespace holeshot::status {

namespace {

using nlohmann::json;

void write_lamp(base::JsonWriter& w, std::string_view name, const Lamp& lamp) {
  w.key(name);
  w.open_object();
  w.field("level", to_string(lamp.level));
  w.field("sentence", lamp.sentence);
  w.close_object();
}

void write_finding(base::JsonWriter& w, const Finding& finding) {
  w.open_object();
  w.field("key", finding.key);
  w.field("part", to_string(finding.part));
  w.field("level", to_string(finding.level));
  w.field("sentence", finding.sentence);
  w.field("action", finding.action);
  w.close_object();
}

std::string text_of(const json& node, const char* name) {
  const auto it = node.find(name);
  return it != node.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

// What cannot be read is red: nothing gets better by being unreadable.
Level level_of(const json& node, const char* name) {
  const std::string text = text_of(node, name);
  for (const Level level : {Level::kGreen, Level::kAmber}) {
    if (text == to_string(level)) return level;
  }
  return Level::kRed;
}

Lamp lamp_of(const json& node, const char* name) {
  const auto it = node.find(name);
  if (it == node.end() || !it->is_object()) return {};
  return {level_of(*it, "level"), text_of(*it, "sentence")};
}

Finding finding_of(const json& node) {
  Finding finding{text_of(node, "key"), Part::kLaptop, level_of(node, "level"), text_of(node, "sentence"),
                  text_of(node, "action")};
  for (const Part part : {Part::kDecoder, Part::kDisk, Part::kCentral}) {
    if (text_of(node, "part") == to_string(part)) finding.part = part;
  }
  return finding;
}

}  // namespace

std::string judgement_json(const Judgement& judgement) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("overall", to_string(judgement.overall));
  w.field("sentence", judgement.sentence);
  w.field("action", judgement.action);
  write_lamp(w, "decoder", judgement.decoder);
  write_lamp(w, "disk", judgement.disk);
  write_lamp(w, "central", judgement.central);
  w.key("findings");
  w.open_array();
  for (const Finding& finding : judgement.findings) write_finding(w, finding);
  w.close_array();
  w.close_object();
  return out;
}

base::Result<Judgement> judgement_from_json(std::string_view text) {
  const json node = contract::parse_shallow(text);
  if (!node.is_object() || !node.contains("overall")) {
    return base::fail(base::Code::kInvalid, "read a gateway's lamps: there are none",
                      "check that it is a gateway that listens there");
  }
  Judgement out{lamp_of(node, "decoder"),
                lamp_of(node, "disk"),
                lamp_of(node, "central"),
                level_of(node, "overall"),
                text_of(node, "sentence"),
                text_of(node, "action"),
                {}};
  if (const auto it = node.find("findings"); it != node.end() && it->is_array()) {
    for (const json& one : *it) {
      if (one.is_object()) out.findings.push_back(finding_of(one));
    }
  }
  return out;
}

}  // namespace holeshot::status
