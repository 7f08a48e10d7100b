// ProgressLine: how far long work has come, on one line of a terminal that is written over and wiped at the end. Where
// the standard error is no terminal it says nothing.
#pragma once

#include <cstdint>
#include <functional>

#include "central/log/event_log.h"
#include "common/base/clock.h"

namespace holeshot::central_app {

// One thread. The clock outlives it.
class ProgressLine {
 public:
  // Work goes from `from` to `total`.
  ProgressLine(const base::Clock& clock, std::uint64_t from, std::uint64_t total);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // At most a few times a second, whatever it is told.
  void at(std::uint64_t done);
  // at() as a tool of the log calls it; the line outlives it.
  [[nodiscard]] std::function<void(log::Offset)> teller();

 private:
  const base::Clock& clock_;
  const std::uint64_t from_;
  const std::uint64_t total_;
  const bool seen_;  // the standard error is a terminal
  std::uint64_t next_us_;
  bool written_ = false;
};

}  // namespace holeshot::central_app
