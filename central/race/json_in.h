// Reading JSON, for this room's parsers only: a flat tree without exceptions, so that the library stays in
// one .cc. An absent field, a field of another type and a field of no object are all the same: a JsonRef that
// is false.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::race {

class JsonRef;

// Owns the tree. Not changed once parsed.
class JsonDoc {
 public:
  // kInvalid where it is not JSON, is nested deeper than 32, or has more than 200,000 values.
  [[nodiscard]] static base::Result<JsonDoc> parse(std::string_view json);
  [[nodiscard]] JsonRef root() const;

  enum class Kind : std::uint8_t { kNull, kBool, kUnsigned, kNegative, kOther, kText, kArray, kObject };
  struct Node {
    Kind kind = Kind::kNull;
    std::uint32_t first = 0;  // child; 0 = none
    std::uint32_t next = 0;   // sibling; 0 = none
    std::uint64_t number = 0;
    std::string key;
    std::string text;
  };

 private:
  std::vector<Node> nodes_;
};

// A value in a JsonDoc that outlives it. For an array or object: for (auto v = a.first(); v; v = v.next()).
class JsonRef {
 public:
  JsonRef() = default;
  JsonRef(const std::vector<JsonDoc::Node>& nodes, std::uint32_t at) : nodes_(&nodes), at_(at) {}

  explicit operator bool() const { return nodes_ != nullptr; }
  [[nodiscard]] JsonRef operator[](std::string_view key) const;
  [[nodiscard]] JsonRef first() const;
  [[nodiscard]] JsonRef next() const;
  [[nodiscard]] bool is_object() const { return is(JsonDoc::Kind::kObject); }
  [[nodiscard]] bool is_array() const { return is(JsonDoc::Kind::kArray); }
  // Of a member of an object; empty for anything else.
  [[nodiscard]] std::string_view key() const { return nodes_ == nullptr ? std::string_view{} : node().key; }
  // Absent, or null.
  [[nodiscard]] bool is_nothing() const { return nodes_ == nullptr || is(JsonDoc::Kind::kNull); }

  [[nodiscard]] std::optional<std::string_view> text() const;
  // A number, or the same as decimal digits in a text: how the contract writes what is beyond 2^53-1.
  [[nodiscard]] std::optional<std::uint64_t> number() const;
  [[nodiscard]] static std::optional<std::uint64_t> digits(std::string_view text);
  [[nodiscard]] std::optional<std::int64_t> signed_number() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::string text_or_empty() const { return std::string{text().value_or("")}; }

 private:
  [[nodiscard]] bool is(JsonDoc::Kind kind) const { return nodes_ != nullptr && node().kind == kind; }
  [[nodiscard]] const JsonDoc::Node& node() const { return (*nodes_)[at_]; }
  [[nodiscard]] JsonRef at(std::uint32_t index) const {
    return index == 0 ? JsonRef{} : JsonRef{*nodes_, index};
  }
  const std::vector<JsonDoc::Node>* nodes_ = nullptr;
  std::uint32_t at_ = 0;
};

}  // namespace holeshot::race
