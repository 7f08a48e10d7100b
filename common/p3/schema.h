// What each type of record is called, and which of its fields are known under which name: one table that the
// JSON, the typed views' tests and the documentation agree with. Constant data; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace holeshot::p3 {

// How a field's bytes are read. A field that does not fit its kind is kept as an unknown one.
enum class FieldKind : std::uint8_t {
  kNumber,    // little-endian, unsigned, 1 to 8 bytes
  kSigned,    // little-endian, two's complement of its own length, 1 to 8 bytes
  kMinus100,  // kNumber less 100 (the transponder's temperature)
  kText,      // at least one byte
  kHex,       // opaque, at least one byte; printed as upper-case hex in wire order
  kId,        // 1 to 8 bytes whose number fits 32 bits; printed as eight upper-case hex digits in wire order
  kIpv4,      // likewise; printed as "192.168.201.59"
  // Keys that stand for no tag:
  kFields,       // all fields, in a type that has no name
  kMessageType,  // the type's name
  kRaw,          // the wire bytes
  kUnknownTags,  // what no name is known for, in a type that has one
};

inline constexpr std::uint16_t kNoTag = 0x100;  // beyond every tag

struct FieldSpec {
  std::string_view name;
  std::uint16_t tag = kNoTag;
  FieldKind kind = FieldKind::kNumber;
};

struct RecordSchema {
  std::string_view name;            // empty for a type that has none
  std::span<const FieldSpec> keys;  // of the payload, sorted by name; general fields included
};

inline constexpr std::size_t kMaxSchemaKeys = 24;

// For an unknown type: no name, and the general keys.
[[nodiscard]] RecordSchema schema_of(std::uint16_t tor);

}  // namespace holeshot::p3
