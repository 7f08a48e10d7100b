// Reading request bodies: tables of fields say what is allowed, one function checks it.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "central/http/rest_outcome.h"
#include "central/http/router.h"

namespace holeshot::http {

using Json = nlohmann::json;

// Bodies of REST are small; the largest is a track's sections.
inline constexpr std::size_t kMaxRestBody = 1U << 20;

struct Field {
  enum class Type : std::uint8_t {
    kText,         // 1 to `max` bytes, no control characters
    kInteger,      // `min` to `max`; digits in a text are read as a number
    kDecimal,      // a finite number from `min` to `max`
    kFlag,         // true or false
    kChoice,       // one of `choices`
    kDate,         // a day that exists, 2026-05-01
    kDecoderId,    // 8 hex digits, made upper case
    kTransponder,  // 1 to 2^32-1, as kInteger
  };
  const char* name;
  Type type = Type::kText;
  bool required = false;
  double min = 0;
  double max = 100;
  std::span<const std::string_view> choices = {};
  const char* fallback = "null";  // JSON: what it is when it was never given
};

// What a rider, a track, .. has.
[[nodiscard]] std::span<const Field> rider_fields();
[[nodiscard]] std::span<const Field> track_fields();
[[nodiscard]] std::span<const Field> loop_fields();
[[nodiscard]] std::span<const Field> section_fields();
[[nodiscard]] std::span<const Field> event_fields();
[[nodiscard]] std::span<const Field> class_fields();

// `body` over `object`: a field that is given replaces, null clears, one left out keeps its value or gets its
// fallback. Fields that the table does not name are ignored. 422 with a pointer to the first field at fault;
// `at` is the pointer of `body` itself.
[[nodiscard]] Verdict read_fields(std::span<const Field> fields, const Json& body, const std::string& at,
                                  Json& object);

// The body as a JSON object. 400 where it is none, 413 where it is too large. An empty body is {} where that
// is allowed.
enum class EmptyBody : std::uint8_t { kRefused, kAllowed };
[[nodiscard]] Outcome<Json> body_of(const Request& request, EmptyBody empty = EmptyBody::kRefused);

// A member; null where absent or where `object` is none. (Its own [] ends the program where a constant object
// lacks the key.)
[[nodiscard]] const Json& member(const Json& object, const char* name);

// A text member; empty where absent or of another type.
[[nodiscard]] std::string text_at(const Json& object, const char* name);

// Who asks, for the log: the header X-Holeshot-Actor where it is a short printable text, else "local".
[[nodiscard]] std::string actor_of(const Request& request);

// `?name=` as a number from 1 to `max`; `fallback` where absent; 422 where it is none.
[[nodiscard]] Outcome<std::size_t> query_number(const Request& request, const std::string& name,
                                                std::size_t fallback, std::size_t max);

}  // namespace holeshot::http
