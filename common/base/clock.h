// Time as an argument. Only main() makes a SystemClock; everything else is given a Clock&, and tests turn a
// ManualClock by hand. All times are microseconds.
#pragma once

#include <atomic>
#include <cstdint>

namespace holeshot::base {

// Thread-safe: every method may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Since the Unix epoch, UTC. May jump, and may run backwards when somebody sets the laptop's clock.
  [[nodiscard]] virtual std::uint64_t wall_us() const = 0;
  // Since an arbitrary moment; never runs backwards. For time-outs and durations.
  [[nodiscard]] virtual std::uint64_t mono_us() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::uint64_t wall_us() const override;
  [[nodiscard]] std::uint64_t mono_us() const override;
};

// For tests: stands still until told.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::uint64_t wall_us) : wall_us_(wall_us) {}
  [[nodiscard]] std::uint64_t wall_us() const override { return wall_us_.load(); }
  [[nodiscard]] std::uint64_t mono_us() const override { return mono_us_.load(); }
  void advance_us(std::uint64_t us) {
    wall_us_ += us;
    mono_us_ += us;
  }
  void set_wall_us(std::uint64_t us) { wall_us_ = us; }

 private:
  std::atomic<std::uint64_t> wall_us_;
  std::atomic<std::uint64_t> mono_us_{1'000'000};
};

}  // namespace holeshot::base
