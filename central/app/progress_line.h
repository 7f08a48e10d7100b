// ProgressLine: how far long work has come, on one line of a terminal that is written over and wiped at the end. Where
// the standard error is no terminal it says nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "central/log/event_log.h"
#include "common/base/clock.h"

namespace holeshot::central_app {

// "37 %, offset 370000 of 1000000, 12 s left"; without a time left until something is done.
[[nodiscard]] std::string progress_text(std::uint64_t from, std::uint64_t done, std::uint64_t total,
                                        std::uint64_t elapsed_us);

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
  // Where the total is only known, or moves, once work is on its way.
  void towards(std::uint64_t total) { total_ = total; }
  // at() as a tool of the log calls it; the line outlives it.
  [[nodiscard]] std::function<void(log::Offset)> teller();

 private:
  const base::Clock& clock_;
  const std::uint64_t from_;
  const std::uint64_t started_us_;
  std::uint64_t total_;
  const bool seen_;  // the standard error is a terminal
  std::uint64_t next_us_;
  bool written_ = false;
};

}  // namespace holeshot::central_app
