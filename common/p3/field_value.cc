#include "common/p3/field_value.h"

#include <limits>

namespace holeshot::p3 {

std::optional<std::int64_t> signed_number(const Field& field) {
  const auto number = field.number();
  if (!number) return std::nullopt;
  const auto unused_bits = static_cast<int>(64 - 8 * field.value.size());
  return static_cast<std::int64_t>(*number << unused_bits) >> unused_bits;
}

std::optional<std::uint32_t> number32(const Field& field) {
  const auto number = field.number();
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace holeshot::p3
