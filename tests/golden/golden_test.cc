// Each golden race says byte for byte what was recorded, and what a person who saw it would say of it. docs/race.md says
// how they are written anew.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "central/race/engine.h"
#include "tests/golden/golden.h"
#include "tests/golden/scenarios.h"

namespace holeshot::golden {
namespace {

using Json = nlohmann::json;

std::string result_of(const Json& payload) {
  std::string line = payload["moto_id"].get<std::string>() + "/" + payload["run"].dump() + ":";
  std::uint64_t place = 0;
  for (const Json& row : payload["results"]) {
    const std::string rider = row["rider_id"];
    const std::string status = row["status"];
    if (row["position"].is_null()) {
      line += " (" + rider + " " + status + ")";
      continue;
    }
    EXPECT_EQ(row["position"], ++place);
    line += " " + rider + (status == "DNF" ? "*" : status == "DNS" ? "-" : "");
  }
  return line + "\n";
}

class Golden : public testing::TestWithParam<Scenario> {};

TEST_P(Golden, SaysByteForByteWhatWasRecorded) {
  const Scenario& scenario = GetParam();
  const auto recording = read_recording(recording_path(scenario.name));
  ASSERT_FALSE(recording.empty()) << recording_path(scenario.name);
  EXPECT_EQ(lines_of(play(recording).events), read_text(events_path(scenario.name)));
}

TEST_P(Golden, TheRecordingIsWhatTheScenarioTells) {
  const Scenario& scenario = GetParam();
  std::string lines;
  for (const Recorded& recorded : scenario.record()) lines += to_line(recorded) + "\n";
  EXPECT_EQ(lines, read_text(recording_path(scenario.name)));
}

TEST_P(Golden, EndsAsThoseWhoWereThereSaw) {
  const Scenario& scenario = GetParam();
  const Played played = play(read_recording(recording_path(scenario.name)));
  std::string results;
  for (const race::RaceEvent& event : played.events) {
    if (event.event_type == "race_finished") results += result_of(Json::parse(event.payload));
  }
  EXPECT_EQ(results, scenario.results);
  const std::string all = lines_of(played.events);
  std::size_t from = 0;
  for (const std::string_view text : scenario.says) {
    from = all.find(text, from);
    ASSERT_NE(from, std::string::npos) << text;
    from += text.size();
  }
}

TEST_P(Golden, AnEngineRestoredAnywhereInItSaysTheSame) {
  const auto recording = read_recording(recording_path(GetParam().name));
  const std::string expected = lines_of(play(recording).events);
  for (std::size_t stop = 0; stop <= recording.size(); ++stop) {
    Played played = play({recording.begin(), recording.begin() + static_cast<std::ptrdiff_t>(stop)});
    played.engine = base::value_or_die(race::RaceEngine::restore(played.engine.snapshot()));
    std::uint64_t position = stop;
    for (std::size_t i = stop; i < recording.size(); ++i) {
      const auto input = recording[i].control ? race::parse_intent(recording[i].key, recording[i].body)
                                              : race::parse_raw(recording[i].key, recording[i].body);
      if (input) played.engine.apply(++position, *input, played.events);
    }
    ASSERT_EQ(lines_of(played.events), expected) << "stopped after " << stop;
  }
}

INSTANTIATE_TEST_SUITE_P(Races, Golden, testing::ValuesIn(scenarios()),
                         [](const testing::TestParamInfo<Scenario>& scenario) {
                           return std::string{scenario.param.name};
                         });

}  // namespace
}  // namespace holeshot::golden
