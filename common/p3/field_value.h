// How one field's bytes become a value of its kind. Shared by the typed views and the JSON, so that the two
// never read the same bytes differently. Pure functions; empty where the bytes do not fit.
#pragma once

#include <cstdint>
#include <optional>

#include "common/p3/record.h"

namespace holeshot::p3 {

// Two's complement of the value's own length, 1 to 8 bytes.
[[nodiscard]] std::optional<std::int64_t> signed_number(const Field& field);
// 1 to 8 bytes whose number fits 32 bits.
[[nodiscard]] std::optional<std::uint32_t> number32(const Field& field);

}  // namespace holeshot::p3
