#include "common/p3/payload_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "common/base/json_text.h"
#include "common/p3/field_value.h"
#include "common/p3/schema.h"
#include "common/p3/tags.h"

namespace holeshot::p3 {

namespace {

using base::JsonWriter;

constexpr std::uint64_t kMaxJsonInteger = (std::uint64_t{1} << 53) - 1;

void append_hex(std::string& out, base::ByteView bytes, const char* digits) {
  const std::size_t start = out.size();
  out.resize(start + 2 * bytes.size());
  char* to = out.data() + start;
  for (const std::uint8_t byte : bytes) {
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 0x0F];
  }
}
constexpr const char* kLower = "0123456789abcdef";
constexpr const char* kUpper = "0123456789ABCDEF";

// Hex needs no JSON escaping, so it goes straight into the text that `w` writes to.
void hex_string(JsonWriter& w, std::string& out, base::ByteView bytes, const char* digits) {
  w.raw("\"");
  append_hex(out, bytes, digits);
  out += '"';
}

void write_unsigned(JsonWriter& w, std::uint64_t value) {
  if (value <= kMaxJsonInteger) {
    w.number(value);
  } else {
    w.string(std::to_string(value));
  }
}

void write_signed(JsonWriter& w, std::int64_t value) {
  constexpr auto kMax = static_cast<std::int64_t>(kMaxJsonInteger);
  if (value >= -kMax && value <= kMax) {
    w.number_signed(value);
  } else {
    w.string(std::to_string(value));
  }
}

void write_id(JsonWriter& w, std::string& out, std::uint32_t value) {
  const std::array<std::uint8_t, 4> wire{
      static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
      static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
  hex_string(w, out, wire, kUpper);
}

void write_ipv4(JsonWriter& w, std::uint32_t value) {
  std::array<char, 16> text{};
  char* at = text.data();
  for (int shift = 24; shift >= 0; shift -= 8) {
    at = std::to_chars(at, text.data() + text.size(), value >> shift & 0xFF).ptr;
    if (shift > 0) *at++ = '.';
  }
  w.string({text.data(), at});
}

bool fits(const Field& field, FieldKind kind) {
  switch (kind) {
    case FieldKind::kText:
    case FieldKind::kHex:
      return !field.value.empty();
    case FieldKind::kId:
    case FieldKind::kIpv4:
      return number32(field).has_value();
    default:
      return field.number().has_value();
  }
}

// REQUIRES: fits(field, kind).
void write_value(JsonWriter& w, std::string& out, const Field& field, FieldKind kind) {
  switch (kind) {
    case FieldKind::kNumber:
      return write_unsigned(w, *field.number());
    case FieldKind::kSigned:
      return write_signed(w, *signed_number(field));
    case FieldKind::kMinus100: {
      const std::uint64_t raw = *field.number();
      return raw < 100 ? write_signed(w, static_cast<std::int64_t>(raw) - 100) : write_unsigned(w, raw - 100);
    }
    case FieldKind::kText:
      return w.string(field.text());
    case FieldKind::kHex:
      return hex_string(w, out, field.value, kUpper);
    case FieldKind::kId:
      return write_id(w, out, *number32(field));
    case FieldKind::kIpv4:
      return write_ipv4(w, *number32(field));
    default:
      return;  // the keys without a tag
  }
}

class Payload {
 public:
  Payload(std::string& out, const Record& record, base::ByteView raw)
      : out_(out), w_(out), record_(record), raw_(raw), schema_(schema_of(record.tor())) {}

  void write() {
    for (const Field& field : record_.fields()) place(field);
    w_.open_object();
    for (std::size_t i = 0; i < schema_.keys.size(); ++i) write_key(i);
    w_.close_object();
  }

 private:
  // Puts the field beside its key; where the key is taken or the bytes do not fit, it is an unknown one.
  void place(const Field& field) {
    const auto& keys = schema_.keys;
    const auto at =
        static_cast<std::size_t>(std::ranges::find(keys, field.tag, &FieldSpec::tag) - keys.begin());
    if (at == keys.size() || known_[at].value.data() != nullptr || !fits(field, keys[at].kind)) {
      ++unknown_;
    } else {
      known_[at] = field;
    }
  }

  [[nodiscard]] bool is_known(const Field& field) const {
    const auto same = [&](const Field& one) { return one.value.data() == field.value.data(); };
    return !field.value.empty() && std::ranges::any_of(known_, same);
  }

  void write_key(std::size_t i) {
    const FieldSpec& spec = schema_.keys[i];
    if (spec.tag == kNoTag) return write_extra(spec);
    if (known_[i].value.data() != nullptr) {
      w_.key(spec.name);
      write_value(w_, out_, known_[i], spec.kind);
    } else if (record_.tor() == tor::kPassing && spec.tag == passing_tag::kFlags) {
      w_.field(spec.name, std::uint64_t{0});
    }
  }

  // Keys that stand for no tag.
  void write_extra(const FieldSpec& spec) {
    const bool named = !schema_.name.empty();
    if (spec.kind == FieldKind::kMessageType) {
      w_.key(spec.name);
      named ? w_.string(schema_.name) : w_.string(record_.name());
    } else if (spec.kind == FieldKind::kRaw) {
      w_.key(spec.name);
      hex_string(w_, out_, raw_, kLower);
    } else if (spec.kind == FieldKind::kUnknownTags && named && unknown_ > 0) {
      write_tags(spec.name, [this](const Field& field) { return !is_known(field); });
    } else if (spec.kind == FieldKind::kFields && !named) {
      write_tags(spec.name, [](const Field& /*field*/) { return true; });
    }
  }

  template <class Wanted>
  void write_tags(std::string_view key, Wanted wanted) {
    w_.key(key);
    w_.open_array();
    for (const Field& field : record_.fields()) {
      if (!wanted(field)) continue;
      w_.open_object();
      w_.key("hex");
      hex_string(w_, out_, field.value, kLower);
      w_.key("tag");
      hex_string(w_, out_, {&field.tag, 1}, kUpper);
      w_.close_object();
    }
    w_.close_array();
  }

  std::string& out_;
  JsonWriter w_;
  const Record& record_;
  base::ByteView raw_;
  RecordSchema schema_;
  std::array<Field, kMaxSchemaKeys> known_{};  // beside each key of the schema; without data where none came
  std::size_t unknown_ = 0;
};

}  // namespace

void append_payload_json(std::string& out, const Record& record, base::ByteView raw) {
  Payload(out, record, raw).write();
}

std::string payload_json(const Frame& frame) {
  std::string out;
  append_payload_json(out, Record{frame}, frame.raw);
  return out;
}

}  // namespace holeshot::p3
