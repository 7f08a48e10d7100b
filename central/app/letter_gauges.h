// LetterGauges: how many dead letters there are and wait, by source and code, brought up to date when somebody scrapes
// /metrics (row S1-OBS.6: the rate of the counter is the rate of dead letters).
#pragma once

#include <map>
#include <string>
#include <utility>

#include "central/letters/letter_desk.h"
#include "common/base/metrics.h"

namespace holeshot::central_app {

class LetterGauges {
 public:
  // Both outlive the gauges.
  LetterGauges(letters::LetterDesk& desk, base::Metrics& metrics) : desk_(desk), metrics_(metrics) {}
  // One thread at a time. A log that cannot be read leaves the figures as they were.
  void refresh();

 private:
  letters::LetterDesk& desk_;
  base::Metrics& metrics_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counted_;  // what each counter was told
};

}  // namespace holeshot::central_app
