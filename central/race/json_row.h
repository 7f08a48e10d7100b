// JsonRow: JSON whose keys are written in one piece with what stands around them, for what every passing gives anew: a
// writer that thinks about every comma takes most of an engine's time. For this room's payloads only.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/json_text.h"

namespace holeshot::race {

// Gathers pieces and appends them to `out`, which outlives it, when it ends: until then `out` lacks some of them.
class JsonRow {
 public:
  explicit JsonRow(std::string& out) : out_(out) {}
  ~JsonRow() { flush(); }
  JsonRow(const JsonRow&) = delete;
  JsonRow& operator=(const JsonRow&) = delete;

  // As it is: keys, and what is JSON already.
  JsonRow& text(std::string_view json) {
    if (json.size() > held_.size() - size_) {
      flush();
      if (json.size() > held_.size()) {
        out_.append(json);
        return *this;
      }
    }
    std::memcpy(held_.data() + size_, json.data(), json.size());
    size_ += json.size();
    return *this;
  }
  JsonRow& string(std::string_view value) {
    flush();
    base::append_json_string(out_, value);
    return *this;
  }
  // A string that goes on: whoever continues it closes its quotes.
  JsonRow& open_string(std::string_view value) {
    string(value);
    out_.pop_back();
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
  void flush() {
    out_.append(held_.data(), size_);
    size_ = 0;
  }
  std::string& out_;
  std::array<char, 256> held_;  // NOLINT(*-member-init): filled as far as size_
  std::size_t size_ = 0;
};

// `value` where it is known.
[[nodiscard]] inline std::optional<std::uint64_t> when(bool known, std::uint64_t value) {
  return known ? std::optional{value} : std::nullopt;
}

}  // namespace holeshot::race
