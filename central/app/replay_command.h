// `holeshot-central replay`: a track's race events derived again from the log, and compared with those that are stored.
// Opens the log read-only, so it works beside a running central, and with JetStream on this central's own copy.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "central/actor/replay.h"
#include "common/base/clock.h"

namespace CLI {
class App;
}

namespace holeshot::central_app {

// Exit statuses of a comparison beside 0: identical, and 2: wrong usage.
inline constexpr int kReplayDiffers = 1;
inline constexpr int kReplayNotPossible = 3;  // the log cannot be read, or has nothing to compare

struct ReplayCommand {
  std::string data;  // folder of central
  std::string track;
  std::string from;         // a time; empty: the beginning
  std::uint64_t after = 0;  // an offset; 0: the beginning
  bool verify = false;      // compare with the stored events; else print what is derived, one event a line
  bool json = false;
};

[[nodiscard]] int replay(const ReplayCommand& command, const base::Clock& clock, std::ostream& out);

// The comparison for people: what was compared, and every difference by its name, its event and where it differs.
[[nodiscard]] std::string replay_text(const actor::VerifyReport& report);

// `status` becomes the exit status.
void add_replay_command(CLI::App& app, int& status);

}  // namespace holeshot::central_app
