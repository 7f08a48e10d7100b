// Strong types for ids and numbers, so that two arguments cannot be swapped.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"

namespace holeshot::base {

// A name that may become part of a subject, a file name or a key: ^[A-Za-z0-9_-]{1,64}$ (contract, head).
[[nodiscard]] bool is_token(std::string_view text);

// StrongToken<struct TrackTag>: a checked name. Value type: copies, compares, hashes. A default-constructed
// one is empty and belongs to nobody; every other one was checked by parse().
template <class Tag>
class StrongToken {
 public:
  StrongToken() = default;

  // kInvalid with `what` in the message where the text is not a token.
  [[nodiscard]] static Result<StrongToken> parse(std::string_view text, std::string_view what) {
    if (is_token(text)) return StrongToken{std::string{text}};
    return fail(Code::kInvalid,
                std::string{what} + " \"" + std::string{text.substr(0, 80)} + "\" is not a valid id",
                "use 1 to 64 letters, digits, - or _");
  }

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  auto operator<=>(const StrongToken&) const = default;

 private:
  explicit StrongToken(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// StrongInt<std::uint64_t, struct OffsetTag>: a number that does not mix with others. Explicit both ways.
template <class Int, class Tag>
class StrongInt {
 public:
  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Int value) : value_(value) {}
  [[nodiscard]] constexpr Int value() const { return value_; }
  [[nodiscard]] constexpr StrongInt next() const { return StrongInt{static_cast<Int>(value_ + 1)}; }
  auto operator<=>(const StrongInt&) const = default;

 private:
  Int value_{};
};

}  // namespace holeshot::base

template <class Tag>
struct std::hash<holeshot::base::StrongToken<Tag>> {
  std::size_t operator()(const holeshot::base::StrongToken<Tag>& token) const noexcept {
    return std::hash<std::string>{}(token.str());
  }
};
template <class Int, class Tag>
struct std::hash<holeshot::base::StrongInt<Int, Tag>> {
  std::size_t operator()(const holeshot::base::StrongInt<Int, Tag>& number) const noexcept {
    return std::hash<Int>{}(number.value());
  }
};
