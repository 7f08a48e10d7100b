// JsonRow: JSON whose keys are written in one piece with what stands around them, for what every passing gives anew: a
// writer that thinks about every comma takes most of an engine's time. For this room's payloads only.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/json_text.h"

namespace holeshot::race {

// `out` outlives it.
class JsonRow {
 public:
  explicit JsonRow(std::string& out) : out_(out) {}
  // As it is: keys, and what is JSON already.
  JsonRow& text(std::string_view json) {
    out_.append(json);
    return *this;
  }
  JsonRow& string(std::string_view value) {
    base::append_json_string(out_, value);
    return *this;
  }
  JsonRow& number(std::uint64_t value) {
    std::array<char, 20> digits;  // NOLINT(*-member-init): to_chars fills what is used
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return text({digits.data(), end});
  }
  JsonRow& number_or_null(const std::optional<std::uint64_t>& value) {
    return value ? number(*value) : text("null");
  }
  JsonRow& boolean(bool value) { return text(value ? "true" : "false"); }

 private:
  std::string& out_;
};

// `value` where it is known.
[[nodiscard]] inline std::optional<std::uint64_t> when(bool known, std::uint64_t value) {
  return known ? std::optional{value} : std::nullopt;
}

}  // namespace holeshot::race
