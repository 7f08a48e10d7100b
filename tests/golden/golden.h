// Golden races: a recording (the bodies that a log held, one a line) and the events that follow from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "central/race/engine.h"

namespace holeshot::golden {

// One line of a recording is {"body":{...},"key":"<idempotency key>","subject":"raw"|"control"}.
struct Recorded {
  std::string key;
  bool control = false;
  std::string body;  // canonical JSON
};

[[nodiscard]] std::string to_line(const Recorded& recorded);
// Dies on a line that is none: a recording is part of the source.
[[nodiscard]] std::vector<Recorded> read_recording(const std::string& path);

// What an engine derives from it. Inputs that it cannot read are left out, as an actor leaves them out.
struct Played {
  race::RaceEngine engine;
  race::EventList events;
};
[[nodiscard]] Played play(const std::vector<Recorded>& recording);
[[nodiscard]] std::string lines_of(const race::EventList& events);

[[nodiscard]] std::string read_text(const std::string& path);
[[nodiscard]] std::string recording_path(std::string_view name);
[[nodiscard]] std::string events_path(std::string_view name);

}  // namespace holeshot::golden
