// A decoded record: header values and the fields in wire order, every one kept, known or not. Decoding is
// total: every verified frame is a record. Owns its bytes; value type.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/p3/frame.h"

namespace holeshot::p3 {

// "PASSING", "STATUS", ...; a type without a name is "TOR_" and four upper-case hex digits.
[[nodiscard]] std::string record_name(std::uint16_t tor);

// Which decoder, and with it which timing point. Printed as the hex of its bytes in wire order: "D0000C00".
class DecoderId {
 public:
  constexpr DecoderId() = default;
  constexpr explicit DecoderId(std::uint32_t value) : value_(value) {}
  // nullopt unless `text` is eight hex digits (either case).
  [[nodiscard]] static std::optional<DecoderId> parse(std::string_view text);
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  [[nodiscard]] std::string str() const;
  auto operator<=>(const DecoderId&) const = default;

 private:
  std::uint32_t value_ = 0;
};

struct Field {
  std::uint8_t tag = 0;
  base::ByteView value;  // lives as long as the record it was taken from

  // Little-endian; nullopt unless the value has 1 to 8 bytes.
  [[nodiscard]] std::optional<std::uint64_t> number() const;
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(value.data()), value.size()};
  }
};

// The fields of a body, front to back: for (const Field& field : record.fields()). An incomplete last field,
// which no verified frame has, is left out.
class Fields {
 public:
  class Iterator {
   public:
    explicit Iterator(base::ByteView rest) : rest_(rest) {}
    [[nodiscard]] Field operator*() const { return {rest_[0], rest_.subspan(2, rest_[1])}; }
    Iterator& operator++() {
      rest_ = rest_.subspan(2U + rest_[1]);
      return *this;
    }
    [[nodiscard]] bool operator==(std::default_sentinel_t /*end*/) const {
      return rest_.size() < 2 || rest_.size() < 2U + rest_[1];
    }

   private:
    base::ByteView rest_;
  };
  explicit Fields(base::ByteView body) : body_(body) {}
  [[nodiscard]] Iterator begin() const { return Iterator{body_}; }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  base::ByteView body_;
};

class Record {
 public:
  Record() = default;
  explicit Record(const Frame& frame) { assign(frame); }
  // Reuses the memory of what stood here before.
  void assign(const Frame& frame);

  [[nodiscard]] std::uint8_t version() const { return version_; }
  [[nodiscard]] std::uint16_t flags() const { return flags_; }
  [[nodiscard]] std::uint16_t tor() const { return tor_; }
  [[nodiscard]] std::string name() const { return record_name(tor_); }
  [[nodiscard]] Fields fields() const { return Fields{body_}; }
  // False where the last field is longer than what was sent of it. No known decoder sends that.
  [[nodiscard]] bool complete() const;

  // The first field of this tag that holds a number (1 to 8 bytes).
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint8_t tag) const;
  // The first field of this tag with at least one byte. (With none it is a request's "send me this field".)
  [[nodiscard]] std::optional<Field> value(std::uint8_t tag) const;
  [[nodiscard]] std::optional<DecoderId> decoder_id() const;

  bool operator==(const Record&) const = default;

 private:
  std::uint8_t version_ = 0;
  std::uint16_t flags_ = 0;
  std::uint16_t tor_ = 0;
  base::Bytes body_;
};

}  // namespace holeshot::p3
