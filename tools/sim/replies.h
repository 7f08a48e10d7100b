// What a decoder replies to the requests that only ask what it is and how it is set. Only the fields that
// were asked for stand in a reply. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/bytes.h"
#include "common/p3/record.h"
#include "common/p3/views.h"

namespace holeshot::sim {

enum class Profile : std::uint8_t {
  kSmart,  // ProChip Smart: number and label, RTC in microseconds, satellites in STATUS
  kOld,    // TranX style: number only, RTC in whole milliseconds, voltage in STATUS
  kChipX,  // label only, SPORT, RTC in whole milliseconds, noise 0
};

// The decoder at the moment of the request.
struct ReplyFacts {
  Profile profile = Profile::kSmart;
  std::size_t decoder = 0;   // index into kLoops
  p3::General general;       // as it stands in the reply
  std::uint64_t rtc_us = 0;  // its clock
  p3::Number utc_us;         // with GPS only
  p3::Session session;
};

// Empty for a type that decoders do not know, and for RESEND, which is not a question of settings.
[[nodiscard]] std::optional<base::Bytes> reply_to(const p3::Record& request, const ReplyFacts& facts);

// An ERROR record with the code's text.
[[nodiscard]] base::Bytes error_reply(std::uint16_t code, const p3::General& general);

}  // namespace holeshot::sim
