// `holeshot-central read rebuild`: the read model derived again from the log (docs/read.md). Without a folder it asks a
// running central over REST; with one it works on the folder of a central that is stopped.
#pragma once

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
};

// The program's exit status: 0 done, 1 not done, 2 wrong usage.
[[nodiscard]] int read_rebuild(const ReadCommand& command, const base::Clock& clock, std::ostream& out);

// `status` becomes the exit status.
void add_read_commands(CLI::App& app, int& status);

}  // namespace holeshot::central_app
