#include "central/http/rest_fields.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/base/bytes.h"

namespace holeshot::http {

namespace {

constexpr double kLargestTransponder = 4294967295.0;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

// What a field became, or a sentence that says what it should be.
using Read = std::expected<Json, std::string>;

std::unexpected<std::string> wanted(std::string what) { return std::unexpected(std::move(what)); }

Read read_text(const Field& field, const Json& value) {
  if (!value.is_string()) return wanted("a text");
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty() || static_cast<double>(text.size()) > field.max || has_control(text)) {
    return wanted("1 to " + std::to_string(static_cast<int>(field.max)) +
                  " bytes without control characters");
  }
  return value;
}

std::optional<std::int64_t> integer_of(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    return number > INT64_MAX ? std::nullopt : std::optional{static_cast<std::int64_t>(number)};
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Read read_integer(double min, double max, const Json& value) {
  const auto number = integer_of(value);
  if (!number || static_cast<double>(*number) < min || static_cast<double>(*number) > max) {
    return wanted("an integer from " + std::to_string(static_cast<std::int64_t>(min)) + " to " +
                  std::to_string(static_cast<std::int64_t>(max)));
  }
  return Json(*number);
}

Read read_decimal(const Field& field, const Json& value) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (std::isnan(number) || number < field.min || number > field.max) {
    return wanted("a number from " + std::to_string(field.min) + " to " + std::to_string(field.max));
  }
  return value;
}

Read read_choice(const Field& field, const Json& value) {
  std::string all;
  for (const auto& choice : field.choices) {
    if (value.is_string() && value.get_ref<const std::string&>() == choice) return value;
    all.append(all.empty() ? "" : ", ").append(choice);
  }
  return wanted("one of " + all);
}

bool is_day(const std::string& text) {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto part = [&](std::size_t at, std::size_t size, unsigned& out) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, out);
    return error == std::errc{} && end == text.data() + at + size;
  };
  if (!part(0, 4, year) || !part(5, 2, month) || !part(8, 2, day)) return false;
  return std::chrono::year_month_day{std::chrono::year{static_cast<int>(year)}, std::chrono::month{month},
                                     std::chrono::day{day}}
      .ok();
}

Read read_decoder(const Json& value) {
  const auto bytes = value.is_string() ? base::from_hex(value.get_ref<const std::string&>()) : std::nullopt;
  if (!bytes || bytes->size() != 4) return wanted("8 hex digits, as the decoder's own records show it");
  return Json(base::to_hex_upper(*bytes));
}

Read read_value(const Field& field, const Json& value) {
  switch (field.type) {
    case Field::Type::kText:
      return read_text(field, value);
    case Field::Type::kInteger:
      return read_integer(field.min, field.max, value);
    case Field::Type::kTransponder:
      return read_integer(1, kLargestTransponder, value);
    case Field::Type::kDecimal:
      return read_decimal(field, value);
    case Field::Type::kFlag:
      if (value.is_boolean()) return value;
      return wanted("true or false");
    case Field::Type::kChoice:
      return read_choice(field, value);
    case Field::Type::kDate:
      if (value.is_string() && is_day(value.get_ref<const std::string&>())) return value;
      return wanted("a day, like 2026-05-01");
    case Field::Type::kDecoderId:
      return read_decoder(value);
  }
  return wanted("nothing");
}

}  // namespace

Verdict read_fields(std::span<const Field> fields, const Json& body, const std::string& at, Json& object) {
  if (!body.is_object()) return refuse(422, "invalid", "is not an object", at);
  for (const auto& field : fields) {
    const std::string pointer = at + "/" + field.name;
    const auto given = body.find(field.name);
    const bool clears = given != body.end() && given->is_null();
    if (given != body.end() && !clears) {
      auto value = read_value(field, *given);
      if (!value) {
        return refuse(422, "invalid", std::string{field.name} + " has to be " + value.error(), pointer);
      }
      object[field.name] = std::move(*value);
    } else if (clears || !object.contains(field.name)) {
      if (field.required) return refuse(422, "invalid", std::string{field.name} + " is missing", pointer);
      object[field.name] = Json::parse(field.fallback);
    }
  }
  return {};
}

Outcome<Json> body_of(const Request& request, EmptyBody empty) {
  if (request.body.size() > kMaxRestBody) {
    return refuse(413, "too_large", "the body is larger than " + std::to_string(kMaxRestBody) + " bytes");
  }
  if (request.body.empty() && empty == EmptyBody::kAllowed) return Json::object();
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return refuse(400, "not_json", "the body is not JSON in UTF-8");
  if (!body.is_object()) return refuse(400, "not_an_object", "the body has to be a JSON object");
  return body;
}

const Json& member(const Json& object, const char* name) {
  static const Json kNothing = nullptr;
  const auto it = object.find(name);
  return it != object.end() ? *it : kNothing;
}

std::string text_at(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

std::string actor_of(const Request& request) {
  constexpr std::size_t kLongestActor = 64;
  const auto actor = request.header("x-holeshot-actor");
  if (actor.empty() || actor.size() > kLongestActor || has_control(actor)) return "local";
  return std::string{actor};
}

Outcome<std::size_t> query_number(const Request& request, const std::string& name, std::size_t fallback,
                                  std::size_t max) {
  const auto text = request.query_value(name);
  if (!text) return fallback;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 1 || number > max) {
    return refuse(422, "invalid", "?" + name + " has to be a number from 1 to " + std::to_string(max));
  }
  return number;
}

}  // namespace holeshot::http
