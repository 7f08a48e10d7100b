// Filling rounds from results: what the rule book says becomes registry events, so that whoever reads the log later reads
// who rode and computes nothing. Private to the REST files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "central/http/rest_context.h"

namespace holeshot::http {

struct FillReport {
  std::size_t filled = 0;  // motos that got riders, or other riders, now
  std::vector<std::string>
      stale;  // motos that were staged or raced with riders whom the results no longer say
};

// Fills every round of the class whose earlier round is finished. Idempotent, also between programs: what
// it writes follows from the results alone, and the log keeps the same event once. Written as actor "rules:<book>".
[[nodiscard]] Outcome<FillReport> fill_class(RestContext& context, const std::string& event_id,
                                             const std::string& class_id);

}  // namespace holeshot::http
