// holeshot-gateway spool requeue | prune: what changes a spool. Asked of the gateway that holds it, over its control
// socket; where none does, done here.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/app/spool_commands.h"
#include "gateway/status/server.h"

namespace holeshot::app {

// Which rows go back to the queue: these, or all that the filter lets through.
struct RequeueAsk {
  std::vector<std::uint64_t> ids;
  bool all = false;       // the whole quarantine
  bool filtered = false;  // what ask.filter says
};
[[nodiscard]] int spool_requeue(const SpoolAsk& ask, const RequeueAsk& which);

// Asks first, unless `sure`; where there is nobody to ask, nothing is removed (exit code 2).
[[nodiscard]] int spool_prune(const SpoolAsk& ask, const status::PruneOrder& order, bool sure);

}  // namespace holeshot::app
