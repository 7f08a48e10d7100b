// golden_races --write: records the scenarios anew and writes what the engine says of each. A change of an .events.jsonl
// is a change of the rules: its commit says why.
#include <cstdio>
#include <fstream>
#include <string_view>

#include "tests/golden/golden.h"
#include "tests/golden/scenarios.h"

int main(int argc, char** argv) {
  namespace golden = holeshot::golden;
  if (argc != 2 || std::string_view{argv[1]} != "--write") {
    std::fprintf(stderr, "Usage: golden_races --write\n  writes tests/golden/races/*.jsonl anew\n");
    return 2;
  }
  for (const golden::Scenario& scenario : golden::scenarios()) {
    const auto recording = scenario.record();
    std::ofstream in(golden::recording_path(scenario.name));
    for (const auto& recorded : recording) in << golden::to_line(recorded) << '\n';
    std::ofstream(golden::events_path(scenario.name)) << golden::lines_of(golden::play(recording).events);
    std::printf("%s\n", golden::recording_path(scenario.name).c_str());
  }
  return 0;
}
