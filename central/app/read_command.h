// `holeshot-central read rebuild`: the read model derived again from the log (docs/read.md). Without a folder it asks a
// running central over REST; with one it works on the folder of a central that is stopped. How far it has come is told on a
// terminal's standard error.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "common/base/clock.h"

namespace CLI {
class App;
}

namespace holeshot::central_app {

struct ReadCommand {
  std::string central = "http://127.0.0.1:8080";
  std::string data;  // folder of central; empty: ask `central`
  bool lose_removed = false;
  bool json = false;
  // A central that is asked may take as long as it likes, as long as something moves.
  std::chrono::milliseconds patience{120'000};
};

// The program's exit status: 0 done, 1 not done, 2 wrong usage.
[[nodiscard]] int read_rebuild(const ReadCommand& command, const base::Clock& clock, std::ostream& out);

// `status` becomes the exit status.
void add_read_commands(CLI::App& app, int& status);

}  // namespace holeshot::central_app
