#include "central/app/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace holeshot::central_app {

namespace {

// Work that ends sooner needs no line; a line that changes faster cannot be read.
constexpr std::uint64_t kEveryUs = 300'000;
constexpr const char* kWipe = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(const base::Clock& clock, std::uint64_t from, std::uint64_t total)
    : clock_(clock),
      from_(from),
      total_(total),
      seen_(::isatty(STDERR_FILENO) == 1),
      next_us_(clock.mono_us() + kEveryUs) {}

ProgressLine::~ProgressLine() {
  if (written_) std::cerr << kWipe << std::flush;
}

void ProgressLine::at(std::uint64_t done) {
  if (!seen_ || total_ <= from_ || clock_.mono_us() < next_us_) return;
  next_us_ = clock_.mono_us() + kEveryUs;
  written_ = true;
  const std::uint64_t percent = (std::clamp(done, from_, total_) - from_) * 100 / (total_ - from_);
  std::cerr << kWipe << percent << " %, offset " << done << " of " << total_ << std::flush;
}

std::function<void(log::Offset)> ProgressLine::teller() {
  return [this](log::Offset offset) { at(offset.value()); };
}

}  // namespace holeshot::central_app
