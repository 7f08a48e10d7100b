// The commands that look into a log: dump, tail, stats, verify, replay. They open it read-only, so they work beside a
// running central. Each gives the program's exit status: 0 fine, 1 a problem was found or met, 2 wrong usage.
#pragma once

#include <iosfwd>
#include <string>

#include "common/base/clock.h"

namespace holeshot::central_app {

struct LogCommand {
  std::string data;     // folder of central
  std::string subject;  // empty = all
  bool json = false;
};

[[nodiscard]] int log_dump(const LogCommand& command, const base::Clock& clock, std::ostream& out);
// Until SIGINT or SIGTERM.
[[nodiscard]] int log_tail(const LogCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int log_stats(const LogCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int log_verify(const LogCommand& command, const base::Clock& clock, std::ostream& out);

struct ReplayCommand {
  std::string data;
  std::string track;
  bool verify = false;  // compare with the stored events; else print what is derived, one event a line
  bool json = false;
};
[[nodiscard]] int replay(const ReplayCommand& command, const base::Clock& clock, std::ostream& out);

}  // namespace holeshot::central_app
