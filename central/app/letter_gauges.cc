#include "central/app/letter_gauges.h"

namespace holeshot::central_app {

void LetterGauges::refresh() {
  const auto counts = desk_.counts();
  if (!counts) return;
  for (const auto& [name, count] : *counts) {
    const std::pair<std::string, std::string> key{name.first, name.second};
    const base::Labels labels{{"source", key.first}, {"code", key.second}};
    metrics_.gauge("holeshot_dead_letters_open", "Dead letters that wait for a person.", labels)
        .set(static_cast<double>(count.open));
    std::uint64_t& told = counted_[key];
    metrics_
        .counter("holeshot_dead_letters_total", "Dead letters in the log, and those that came since.", labels)
        .add(static_cast<double>(count.came - told));
    told = count.came;
  }
}

}  // namespace holeshot::central_app
