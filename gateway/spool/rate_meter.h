// RateMeter: how fast the spool fills, over the last hours. Header only, not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace holeshot::spool {

class RateMeter {
 public:
  // A race day has long pauses: eight hours tell today's rate, and yesterday's practice is forgotten.
  static constexpr std::uint64_t kSlotUs = 10ULL * 60 * 1'000'000;
  static constexpr std::uint64_t kSlots = 48;
  // Less says nothing about an hour.
  static constexpr std::uint64_t kLeastUs = 60ULL * 1'000'000;

  void start(std::uint64_t mono_us) { started_us_ = mono_us; }
  void add(std::uint64_t mono_us, std::uint64_t bytes) {
    Slot& slot = slots_.at(static_cast<std::size_t>(mono_us / kSlotUs % kSlots));
    if (slot.number != mono_us / kSlotUs) slot = {mono_us / kSlotUs, 0};
    slot.bytes += bytes;
  }
  // Bytes per hour; nullopt in the first minute.
  [[nodiscard]] std::optional<std::uint64_t> per_hour(std::uint64_t mono_us) const {
    const std::uint64_t now = mono_us / kSlotUs;
    const std::uint64_t oldest = now >= kSlots - 1 ? now - (kSlots - 1) : 0;
    const std::uint64_t from = oldest * kSlotUs > started_us_ ? oldest * kSlotUs : started_us_;
    if (mono_us < from + kLeastUs) return std::nullopt;
    std::uint64_t bytes = 0;
    for (const Slot& slot : slots_) {
      if (slot.number >= oldest && slot.number <= now) bytes += slot.bytes;
    }
    constexpr double kHourUs = 3'600e6;
    return static_cast<std::uint64_t>(static_cast<double>(bytes) * kHourUs /
                                      static_cast<double>(mono_us - from));
  }

 private:
  struct Slot {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
  };
  std::array<Slot, kSlots> slots_{};
  std::uint64_t started_us_ = 0;
};

}  // namespace holeshot::spool
