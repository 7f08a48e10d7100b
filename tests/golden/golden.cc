#include "tests/golden/golden.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "central/race/input.h"
#include "common/base/check.h"
#include "common/contract/canonical_json.h"

namespace holeshot::golden {

using base::value_or_die;

std::string to_line(const Recorded& recorded) {
  return R"({"body":)" + recorded.body + R"(,"key":")" + recorded.key + R"(","subject":")" +
         (recorded.control ? "control" : "raw") + "\"}";
}

std::string read_text(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Recorded> read_recording(const std::string& path) {
  std::vector<Recorded> recording;
  std::istringstream text(read_text(path));
  for (std::string line; std::getline(text, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    HOLESHOT_CHECK(json.is_object() && json.contains("body"), "a line of a recording");
    recording.push_back({json.value("key", ""), json.value("subject", "") == "control",
                         value_or_die(contract::canonicalize(json["body"].dump()))});
  }
  return recording;
}

Played play(const std::vector<Recorded>& recording) {
  Played played{.engine = race::RaceEngine(value_or_die(contract::TrackId::parse("golden", "track_id"))),
                .events = {}};
  std::uint64_t position = 0;
  for (const Recorded& recorded : recording) {
    ++position;
    const auto input = recorded.control ? race::parse_intent(recorded.key, recorded.body)
                                        : race::parse_raw(recorded.key, recorded.body);
    if (input) played.engine.apply(position, *input, played.events);
  }
  return played;
}

std::string lines_of(const race::EventList& events) {
  std::string lines;
  for (const race::RaceEvent& event : events) lines += race::to_json(event) + "\n";
  return lines;
}

std::string recording_path(std::string_view name) {
  return std::string{HOLESHOT_SOURCE_DIR} + "/tests/golden/races/" + std::string{name} + ".in.jsonl";
}
std::string events_path(std::string_view name) {
  return std::string{HOLESHOT_SOURCE_DIR} + "/tests/golden/races/" + std::string{name} + ".events.jsonl";
}

}  // namespace holeshot::golden
