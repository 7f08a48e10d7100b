// Lamps: what a Picture means, in three colours, one sentence and one action. Pure.
//
// The lamps come from the last byte, the last commit and the last acknowledgement, never from "the program runs":
// where nothing was ever received, saved or acknowledged, the lamp is not green. Making a picture worse in any one
// respect never makes a lamp better.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/status/picture.h"
#include "gateway/status/sentences.h"

namespace holeshot::status {

// A decoder says something every few seconds, riders or not. The source reconnects at the second one.
inline constexpr std::uint64_t kQuietUs = 12'000'000;
inline constexpr std::uint64_t kSilentUs = 20'000'000;
// Amber within 5 s of a cut while something waits, whatever a hanging request still hopes for.
inline constexpr std::uint64_t kUnacknowledgedUs = 4'000'000;
// Three heartbeats of 10 s.
inline constexpr std::uint64_t kUnheardUs = 30'000'000;
// A hotspot may be away for a moto or two; after that somebody should walk there.
inline constexpr std::uint64_t kLongUs = 600'000'000;
// A read burst is saved in milliseconds; an SD card in a bad hour takes seconds.
inline constexpr std::uint64_t kSlowDiskUs = 5'000'000;
// From here on a clock is wrong for people, and soon for certificates.
inline constexpr std::int64_t kClockWrongUs = 30'000'000;
// Damaged frames: at least this many, and at least one of a hundred.
inline constexpr std::uint64_t kNoiseFrames = 5;
// What a line may bring before its first record: a frame and what was cut before it.
inline constexpr std::uint64_t kForeignBytes = 2'000;
inline constexpr std::uint64_t kBatteryLow = 20;  // per cent
inline constexpr std::uint64_t kBatteryEmpty = 10;

struct Lamp {
  Level level = Level::kRed;
  std::string sentence;
  bool operator==(const Lamp&) const = default;
};

// One thing to say. `key` is the row of the table (sentences.h), stable for machines.
struct Finding {
  std::string key;
  Part part = Part::kLaptop;
  Level level = Level::kGreen;
  std::string sentence;
  std::string action;
};

struct Judgement {
  Lamp decoder;
  Lamp disk;
  Lamp central;
  Level overall = Level::kRed;    // the worst of the lamps and of what has no lamp
  std::string sentence;           // the worst problem, or that all is well
  std::string action;             // what to do about it
  std::vector<Finding> findings;  // every problem and note, worst first
};

[[nodiscard]] Judgement judge(const Picture& picture);

[[nodiscard]] std::string judgement_json(const Judgement& judgement);
// kInvalid where it is none. Total.
[[nodiscard]] base::Result<Judgement> judgement_from_json(std::string_view json);

}  // namespace holeshot::status
