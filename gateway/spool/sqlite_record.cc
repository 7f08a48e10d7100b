#include "gateway/spool/sqlite_record.h"

#include <array>

namespace holeshot::spool {

namespace {

// More columns than any of our tables has: a garbled header ends here.
constexpr std::size_t kMostColumns = 16;

std::uint64_t signed_big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = !bytes.empty() && (bytes[0] & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (const std::uint8_t byte : bytes) number = number << 8U | byte;
  return number;
}

// Bytes of a column by its serial type; nullopt for types that do not exist.
std::optional<std::uint64_t> width_of(std::uint64_t type) {
  constexpr std::array<std::uint64_t, 10> kWidths{0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
  if (type < kWidths.size()) return kWidths.at(static_cast<std::size_t>(type));
  if (type < 12) return std::nullopt;
  return (type - 12) / 2;
}

Column column_of(std::uint64_t type, std::span<const std::uint8_t> bytes) {
  if (type == 0) return {};
  if (type <= 6) return {Column::Kind::kNumber, signed_big_endian(bytes), {}};
  if (type == 8 || type == 9) return {Column::Kind::kNumber, type - 8, {}};
  if (type >= 13 && type % 2 == 1) {
    return {Column::Kind::kText, 0, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
  }
  return {Column::Kind::kOther, 0, {}};
}

}  // namespace

std::optional<std::uint64_t> take_varint(std::span<const std::uint8_t>& bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 9; ++i) {
    const std::uint8_t byte = bytes[i];
    number = i == 8 ? number << 8U | byte : number << 7U | (byte & 0x7FU);
    if (i == 8 || (byte & 0x80U) == 0) {
      bytes = bytes.subspan(i + 1);
      return number;
    }
  }
  return std::nullopt;
}

Record read_record(std::span<const std::uint8_t> bytes) {
  std::span<const std::uint8_t> rest = bytes;
  const auto header_size = take_varint(rest);
  const std::size_t taken = bytes.size() - rest.size();
  if (!header_size || *header_size > bytes.size() || *header_size < taken) return {};
  std::span<const std::uint8_t> types = rest.first(static_cast<std::size_t>(*header_size) - taken);
  std::span<const std::uint8_t> body = bytes.subspan(static_cast<std::size_t>(*header_size));
  Record record;
  while (!types.empty()) {
    const auto type = take_varint(types);
    if (!type || record.size() == kMostColumns) return {};
    const auto width = width_of(*type);
    if (!width || *width > body.size()) return {};
    record.push_back(column_of(*type, body.first(static_cast<std::size_t>(*width))));
    body = body.subspan(static_cast<std::size_t>(*width));
  }
  return record;
}

}  // namespace holeshot::spool
