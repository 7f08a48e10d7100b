// Fields: reads the fields of one JSON object and remembers the first that is wrong, so that a parser reads like the
// table of its fields. For this room's parsers only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "central/race/json_in.h"
#include "common/base/result.h"

namespace holeshot::race {

// `where` outlives it: it stands in the message. Absent and null are the same.
class Fields {
 public:
  Fields(JsonRef object, std::string_view where) : object_(object), where_(where) {}

  std::string text(std::string_view name) {
    const auto value = object_[name].text();
    if (!value || value->empty()) note(name, "a text");
    return std::string{value.value_or("")};
  }
  std::string optional_text(std::string_view name) {
    const JsonRef value = object_[name];
    if (!value.is_nothing() && !value.text()) note(name, "a text");
    return value.text_or_empty();
  }
  std::uint64_t number(std::string_view name) {
    const auto value = object_[name].number();
    if (!value) note(name, "a number");
    return value.value_or(0);
  }
  std::optional<std::uint64_t> optional_number(std::string_view name) {
    const JsonRef value = object_[name];
    if (!value.is_nothing() && !value.number()) note(name, "a number");
    return value.number();
  }
  bool flag(std::string_view name) {
    const JsonRef value = object_[name];
    if (!value.is_nothing() && !value.boolean()) note(name, "true or false");
    return value.boolean().value_or(false);
  }
  JsonRef list(std::string_view name, bool required) {
    const JsonRef value = object_[name];
    if (value.is_nothing() ? required : !value.is_array()) note(name, "a list");
    return value.is_array() ? value.first() : JsonRef{};
  }
  JsonRef object(std::string_view name) {
    if (!object_[name].is_object()) note(name, "an object");
    return object_[name];
  }
  void note(std::string_view field, std::string_view wanted) {
    if (status_) {
      status_ = base::fail(base::Code::kInvalid, "read " + std::string{where_} + ": " + std::string{field} +
                                                     " is not " + std::string{wanted});
    }
  }
  void absorb(base::Status status) {
    if (status_ && !status) status_ = std::move(status);
  }
  [[nodiscard]] base::Status take() { return std::move(status_); }

 private:
  JsonRef object_;
  std::string_view where_;
  base::Status status_;
};

}  // namespace holeshot::race
