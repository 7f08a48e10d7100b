// `holeshot-central log size`: how much room the log's streams need, and whether their limits give it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "common/base/clock.h"

namespace holeshot::central_app {

struct SizeCommand {
  std::optional<double> tracks;
  std::optional<double> rate;   // messages per second of one track's decoders
  std::optional<double> bytes;  // of one message
  std::optional<double> days;   // to keep what decoders sent
  std::string data;             // a log to measure; its disk is looked at, too
  std::string config;           // whose limits count; empty: the default file, where it is there
  bool json = false;
};

// Status 0 where every limit is large enough, 1 where one is not or the log cannot be read, 2 for wrong usage: without a
// log both tracks and rate are needed.
[[nodiscard]] int log_size(const SizeCommand& command, const base::Clock& clock, std::ostream& out);

}  // namespace holeshot::central_app
