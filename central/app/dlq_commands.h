// The commands about dead letters (docs/dead-letters.md): list, show, fix, replay, discard, reopen. With a folder they
// open its log: to look at it, read-only, beside a running central; to change it, as its only writer. Without one they
// ask a running central over REST. Either way the answer is that of /api/dead-letters.
//
// Each gives the program's exit status: 0 done, 1 not done or not all of it, 2 wrong usage.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace holeshot::central_app {

// What the options say.
struct DlqCommand {
  std::string central = "http://127.0.0.1:8080";
  std::string data;  // folder of central; empty: ask `central`
  std::string id;
  bool all = false;
  std::string state = "open";
  std::vector<std::string> tracks;
  std::vector<std::string> sources;
  std::vector<std::string> codes;
  std::size_t limit = 100;
  std::string file;  // of the mended event; - is the standard input
  std::string actor;
  std::string reason;
  bool json = false;
};

[[nodiscard]] int dlq_list(const DlqCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int dlq_show(const DlqCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int dlq_fix(const DlqCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int dlq_replay(const DlqCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int dlq_discard(const DlqCommand& command, const base::Clock& clock, std::ostream& out);
[[nodiscard]] int dlq_reopen(const DlqCommand& command, const base::Clock& clock, std::ostream& out);

}  // namespace holeshot::central_app
