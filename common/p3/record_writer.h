// Writes the structs of views.h as a decoder would, fields in the order real ones use; what is empty is left
// out. For simulators and tests. A number is as wide as on real wires, wider only where it would not fit.
// Pure functions.
#pragma once

#include <cstdint>

#include "common/base/bytes.h"
#include "common/p3/views.h"

namespace holeshot::p3 {

// The order of a PASSING's fields; fields that the shape does not name follow by rising tag.
enum class PassingShape : std::uint8_t {
  kTranx,         // 01 03 04 05 06 08 81
  kProChipSmart,  // 01 03 0A 05 06 04 08 81
  kChipX,         // 01 0A 04 05 06 08 14 81
  kAux,           // 01 03 04 08 14 81, of a gate pulse for instance
};

[[nodiscard]] base::Bytes write_passing(const Passing& passing, PassingShape shape);
[[nodiscard]] base::Bytes write_status(const Status& status);
[[nodiscard]] base::Bytes write_version(const Version& version);
[[nodiscard]] base::Bytes write_resend(const Resend& resend);
[[nodiscard]] base::Bytes write_get_time(const GetTime& time);
[[nodiscard]] base::Bytes write_session(const Session& session);
[[nodiscard]] base::Bytes write_network_settings(const NetworkSettings& settings);
[[nodiscard]] base::Bytes write_timeline(const Timeline& timeline);
[[nodiscard]] base::Bytes write_aux_settings(const AuxSettings& settings);
[[nodiscard]] base::Bytes write_error(const DecoderError& error);
[[nodiscard]] base::Bytes write_ping(const Ping& ping);

}  // namespace holeshot::p3
