// The commands that carry an event out of a central and back: export, import, backup. They ask a running central, or open
// its folder themselves. Each gives the program's exit status: 0 done, 1 not done or not all of it, 2 wrong usage.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "common/base/clock.h"

namespace holeshot::central_app {

// What the options say, as they stand on the command line.
struct EventCommand {
  std::string central = "http://127.0.0.1:8080";
  std::string data;   // central's folder; empty: ask `central`
  std::string event;  // id
  std::string file;   // "-": standard output or input
  bool force = false;
  bool dry_run = false;
  std::string to;         // backup: folder
  std::size_t keep = 14;  // backup: newest files of each event
  std::string actor;
  bool json = false;
};

[[nodiscard]] int event_export(const EventCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int event_import(const EventCommand& command, const base::Clock& clock, std::ostream& out);
// Every event into a file of its own, <to>/<event id>/<time>.json; one that is as it was when it was kept last is passed
// over. Of each event the newest `keep` files stay.
[[nodiscard]] int event_backup(const EventCommand& command, const base::Clock& clock, std::ostream& out);

}  // namespace holeshot::central_app
