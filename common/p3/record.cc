#include "common/p3/record.h"

#include <array>

#include "common/p3/field_value.h"
#include "common/p3/schema.h"
#include "common/p3/tags.h"

namespace holeshot::p3 {

std::string record_name(std::uint16_t tor) {
  const std::string_view name = schema_of(tor).name;
  if (!name.empty()) return std::string{name};
  const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(tor >> 8),
                                          static_cast<std::uint8_t>(tor)};
  return "TOR_" + base::to_hex_upper(bytes);
}

std::optional<DecoderId> DecoderId::parse(std::string_view text) {
  const auto bytes = base::from_hex(text);
  if (!bytes || bytes->size() != 4) return std::nullopt;
  return DecoderId{static_cast<std::uint32_t>(base::load_le(*bytes))};
}

std::string DecoderId::str() const {
  base::Bytes bytes;
  base::append_le(bytes, value_, 4);
  return base::to_hex_upper(bytes);
}

std::optional<std::uint64_t> Field::number() const {
  if (value.empty() || value.size() > 8) return std::nullopt;
  return base::load_le(value);
}

void Record::assign(const Frame& frame) {
  version_ = frame.version();
  flags_ = frame.flags();
  tor_ = frame.tor();
  const auto body = frame.body();
  body_.assign(body.begin(), body.end());
}

bool Record::complete() const {
  std::size_t used = 0;
  for (const Field& field : fields()) used += 2 + field.value.size();
  return used == body_.size();
}

std::optional<std::uint64_t> Record::number(std::uint8_t tag) const {
  for (const Field& field : fields()) {
    if (field.tag != tag) continue;
    if (const auto number = field.number()) return number;
  }
  return std::nullopt;
}

std::optional<Field> Record::value(std::uint8_t tag) const {
  for (const Field& field : fields()) {
    if (field.tag == tag && !field.value.empty()) return field;
  }
  return std::nullopt;
}

std::optional<DecoderId> Record::decoder_id() const {
  for (const Field& field : fields()) {
    if (field.tag != tag::kDecoderId) continue;
    if (const auto value = number32(field)) return DecoderId{*value};
  }
  return std::nullopt;
}

}  // namespace holeshot::p3
