// The commands that look into a log: dump, tail, stats, verify, export. They open it read-only, so they work
// beside a running central. Each gives the program's exit status: 0 fine, 1 a problem was found or met, 2 wrong usage.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "central/log/tools/event_line.h"
#include "central/log/tools/selection.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::central_app {

// What the options say, as they stand on the command line.
struct LogCommand {
  std::string data;  // folder of central
  std::vector<std::string> tracks;
  std::vector<std::string> subjects;
  std::vector<std::string> transponders;
  std::vector<std::string> types;
  std::string from;
  std::string to;
  std::uint64_t after = 0;
  std::uint64_t limit = 0;
  std::uint64_t newest = 0;
  bool json = false;
  bool text = false;
  // export
  std::string format = "jsonl";
  std::string file;  // empty: the standard output
  bool force = false;
};

// kInvalid names the option whose time is none.
[[nodiscard]] base::Result<log::Selection> selection_of(const LogCommand& command, std::uint64_t now_us);

[[nodiscard]] int log_dump(const LogCommand& command, const base::Clock& clock, std::ostream& out);
// Until SIGINT or SIGTERM, or the limit. Starts at what comes from now on, or with the newest so many, or after an offset.
[[nodiscard]] int log_tail(const LogCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int log_stats(const LogCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int log_verify(const LogCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int log_export(const LogCommand& command, const base::Clock& clock, std::ostream& out);

}  // namespace holeshot::central_app
