// LineRetry: when a line that is gone is tried again, and when that is worth saying. Value type; its owner's thread.
#pragma once

#include <algorithm>
#include <cstdint>

namespace holeshot::source {

class LineRetry {
 public:
  // A line that is off for the night is mentioned when it goes and then every so many tries: about each minute.
  static constexpr std::uint64_t kSayEveryFailures = 12;

  // REQUIRES: 0 < first_us <= cap_us.
  LineRetry(std::uint64_t first_us, std::uint64_t cap_us)
      : first_us_(first_us), cap_us_(cap_us), pause_us_(first_us) {}

  // The line was lost, or a try failed: sets due_us(), and doubles the pause after it. True: say it.
  [[nodiscard]] bool failed(std::uint64_t now_us) {
    due_us_ = now_us + pause_us_;
    pause_us_ = std::min(pause_us_ * 2, cap_us_);
    return failures_++ % kSayEveryFailures == 0;
  }
  // Bytes came. (Only they prove a decoder; a line that opens and closes does not.)
  void proven() {
    pause_us_ = first_us_;
    failures_ = 0;
  }
  // The cause has changed: the next failure is said.
  void say_next() { failures_ = 0; }
  // The next try (monotonic).
  [[nodiscard]] std::uint64_t due_us() const { return due_us_; }

 private:
  std::uint64_t first_us_;
  std::uint64_t cap_us_;
  std::uint64_t pause_us_;
  std::uint64_t due_us_ = 0;
  std::uint64_t failures_ = 0;  // in a row
};

}  // namespace holeshot::source
