// One record as SQLite stores it (file format, section 2). Total on any bytes. Not for other rooms.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace holeshot::spool {

struct Column {
  enum class Kind : std::uint8_t { kNull, kNumber, kText, kOther };
  Kind kind = Kind::kNull;
  std::uint64_t number = 0;
  std::string_view text;  // into the bytes that were read
  [[nodiscard]] bool is_number() const { return kind == Kind::kNumber; }
  [[nodiscard]] bool is_text() const { return kind == Kind::kText; }
};
using Record = std::vector<Column>;

// Takes a varint from the front; nullopt where the bytes end within it.
[[nodiscard]] std::optional<std::uint64_t> take_varint(std::span<const std::uint8_t>& bytes);
// Empty where the bytes are no record.
[[nodiscard]] Record read_record(std::span<const std::uint8_t> bytes);

}  // namespace holeshot::spool
