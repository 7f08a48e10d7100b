// The track's four decoders behind one connection: each with its own counter, its store of passings, its
// STATUS, and its answers to requests. Pure: time comes in as an argument. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "common/base/bytes.h"
#include "common/p3/record.h"
#include "common/p3/record_writer.h"
#include "tools/sim/race_plan.h"
#include "tools/sim/random.h"
#include "tools/sim/track.h"

namespace holeshot::sim {

enum class Profile : std::uint8_t {
  kSmart,  // ProChip Smart: number and label, RTC in microseconds, satellites in STATUS
  kOld,    // TranX style: number only, RTC in whole milliseconds, voltage in STATUS
};

// What each decoder keeps for RESEND; the oldest passing makes room.
inline constexpr std::size_t kStoredPassings = 10'000;

class Decoders {
 public:
  // `boot_rtc_us`: when they were switched on, by their own clock.
  Decoders(Profile profile, std::uint64_t boot_rtc_us, std::uint64_t seed);

  // Each gives the wire bytes, and the passing a number one higher than the decoder's last.
  [[nodiscard]] base::Bytes gate_pulse(std::uint64_t rtc_us);
  [[nodiscard]] base::Bytes passing(const Rider& rider, const Split& split);
  [[nodiscard]] base::Bytes status(std::size_t loop);

  // Everything that is said to a request, in order: one answer of each decoder that it addresses (all,
  // without a DECODER_ID); nothing where it addresses another.
  [[nodiscard]] std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t rtc_now_us) const;
  // An ERROR record with the code's text.
  [[nodiscard]] static base::Bytes error(std::uint16_t code, const p3::General& general = {});

 private:
  struct Stored {
    std::uint64_t number = 0;
    base::Bytes wire;
  };
  struct One {
    std::uint64_t last_number = 0;
    std::deque<Stored> stored;
  };

  base::Bytes issue(std::size_t loop, p3::Passing passing, p3::PassingShape shape);
  void answer_as(std::size_t loop, const p3::Record& request, std::uint64_t rtc_now_us,
                 std::vector<base::Bytes>& out) const;
  void resend(std::size_t loop, const p3::Record& request, std::vector<base::Bytes>& out) const;
  [[nodiscard]] p3::Version version(std::size_t loop) const;
  [[nodiscard]] p3::Session session(std::size_t loop) const;

  Profile profile_;
  std::uint64_t boot_rtc_us_;
  Random random_;
  std::array<One, kLoops.size()> decoders_;
};

}  // namespace holeshot::sim
