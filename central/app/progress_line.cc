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

std::string progress_text(std::uint64_t from, std::uint64_t done, std::uint64_t total,
                          std::uint64_t elapsed_us) {
  constexpr double kUsPerSecond = 1e6;
  const std::uint64_t at = std::clamp(done, from, total);
  const std::uint64_t percent = total == from ? 100 : (at - from) * 100 / (total - from);
  std::string text =
      std::to_string(percent) + " %, offset " + std::to_string(at) + " of " + std::to_string(total);
  if (at == from) return text;
  const double left = static_cast<double>(elapsed_us) / kUsPerSecond * static_cast<double>(total - at) /
                      static_cast<double>(at - from);
  return text + ", " + std::to_string(static_cast<std::uint64_t>(left + 0.5)) + " s left";
}

ProgressLine::ProgressLine(const base::Clock& clock, std::uint64_t from, std::uint64_t total)
    : clock_(clock),
      from_(from),
      started_us_(clock.mono_us()),
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
  std::cerr << kWipe << progress_text(from_, done, total_, clock_.mono_us() - started_us_) << std::flush;
}

std::function<void(log::Offset)> ProgressLine::teller() {
  return [this](log::Offset offset) { at(offset.value()); };
}

}  // namespace holeshot::central_app
