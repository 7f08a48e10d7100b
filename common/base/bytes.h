// Bytes as text and as little-endian numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// Lower-case hex, two digits a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);
// Upper-case hex, as decoder ids are printed.
[[nodiscard]] std::string to_hex_upper(ByteView bytes);
// Either case; nullopt for an odd length or a foreign character.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

// A text's bytes, without a copy. Lives as long as the text.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Little-endian number of 1 to 8 bytes. REQUIRES: bytes.size() <= 8.
[[nodiscard]] std::uint64_t load_le(ByteView bytes);
// The lowest `size` bytes of `value`, little-endian, appended.
void append_le(Bytes& out, std::uint64_t value, std::size_t size);

}  // namespace holeshot::base
