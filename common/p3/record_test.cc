#include "common/p3/record.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/p3/schema.h"
#include "common/p3/tags.h"
#include "common/p3/testing.h"
#include "common/p3/views.h"
#include "common/p3/writer.h"

namespace holeshot::p3 {
namespace {

using testing::hex;
using testing::record_in;

TEST(P3Record, KeepsEveryFieldInWireOrder) {
  const auto record = record_in(FrameBuilder(tor::kPassing, 2, 0x0102)
                                    .u8(0x11, 3)
                                    .u32(passing_tag::kNumber, 7)
                                    .ask(0x44)
                                    .u8(0x11, 4)
                                    .finish());
  EXPECT_EQ(record.tor(), tor::kPassing);
  EXPECT_EQ(record.version(), 2);
  EXPECT_EQ(record.flags(), 0x0102);
  std::string seen;
  for (const Field& field : record.fields()) {
    seen += base::to_hex({&field.tag, 1}) + "=" + base::to_hex(field.value) + " ";
  }
  EXPECT_EQ(seen, "11=03 01=07000000 44= 11=04 ");
}

TEST(P3Record, NamesKnownTypesAndNumbersTheRest) {
  EXPECT_EQ(record_name(tor::kPassing), "PASSING");
  EXPECT_EQ(record_name(tor::kAuxSettings), "AUX_SETTINGS");
  EXPECT_EQ(record_name(tor::kFirstContact), "FIRST_CONTACT");
  EXPECT_EQ(record_name(tor::kError), "ERROR");
  EXPECT_EQ(record_name(tor::k0036), "TOR_0036");
  EXPECT_EQ(record_name(0xAB0C), "TOR_AB0C");
}

TEST(P3Record, NumbersMayHaveOneToEightBytes) {
  for (std::size_t size = 1; size <= 8; ++size) {
    const auto record =
        record_in(FrameBuilder(tor::kPassing).number(passing_tag::kStrength, 0x7F, size).finish());
    EXPECT_EQ(as_passing(record)->strength, 0x7FU) << size;
  }
  const auto nine =
      record_in(FrameBuilder(tor::kPassing).bytes(passing_tag::kStrength, base::Bytes(9)).finish());
  EXPECT_EQ(as_passing(nine)->strength, std::nullopt);
  const auto none = record_in(FrameBuilder(tor::kPassing).ask(passing_tag::kStrength).finish());
  EXPECT_EQ(as_passing(none)->strength, std::nullopt);
}

TEST(P3Record, FirstReadableFieldOfATagWins) {
  const auto record = record_in(FrameBuilder(tor::kPassing)
                                    .ask(passing_tag::kHits)
                                    .u16(passing_tag::kHits, 29)
                                    .u16(passing_tag::kHits, 2)
                                    .finish());
  EXPECT_EQ(as_passing(record)->hits, 29U);
}

TEST(P3Record, StatusTemperatureIsSignedInItsOwnWidth) {
  const auto with = [](base::Bytes value) {
    return as_status(record_in(FrameBuilder(tor::kStatus).bytes(status_tag::kTemperature, value).finish()))
        ->temperature;
  };
  EXPECT_EQ(with(hex("10 00")), 16);
  EXPECT_EQ(with(hex("FB FF")), -5);
  EXPECT_EQ(with(hex("FB")), -5);
  EXPECT_EQ(with(hex("FB 00")), 251);
  EXPECT_EQ(with(hex("FB FF FF FF FF FF FF FF")), -5);
}

TEST(P3Record, TransponderTemperatureIsLessAHundred) {
  const auto record = record_in(FrameBuilder(tor::kPassing).u8(passing_tag::kTemperature, 90).finish());
  EXPECT_EQ(as_passing(record)->temperature, -10);
}

TEST(P3Record, DecoderIdIsPrintedInWireOrder) {
  const auto record =
      record_in(FrameBuilder(tor::kStatus).bytes(tag::kDecoderId, hex("D0 00 0C 00")).finish());
  ASSERT_TRUE(record.decoder_id());
  EXPECT_EQ(record.decoder_id()->str(), "D0000C00");
  EXPECT_EQ(record.decoder_id()->value(), 0x000C00D0U);
  EXPECT_EQ(DecoderId::parse("d0000c00"), record.decoder_id());
  EXPECT_FALSE(DecoderId::parse("D0000C"));
  EXPECT_FALSE(DecoderId::parse("D0000C0G"));
}

TEST(P3Record, DecoderIdBeyond32BitsIsNone) {
  const auto record = record_in(FrameBuilder(tor::kStatus).u64(tag::kDecoderId, 1ULL << 32).finish());
  EXPECT_FALSE(record.decoder_id());
}

TEST(P3Record, ViewsBelongToOneTypeEach) {
  const auto ping = record_in(FrameBuilder(tor::kPing).decoder(DecoderId{1}).finish());
  EXPECT_TRUE(as_ping(ping));
  EXPECT_FALSE(as_passing(ping));
  EXPECT_FALSE(as_error(ping));
}

TEST(P3Record, OutlivesTheBytesItWasReadFrom) {
  auto wire = FrameBuilder(tor::kVersion).text(version_tag::kDescription, "ChipX Decoder").finish();
  const auto record = record_in(wire);
  std::ranges::fill(wire, std::uint8_t{0});
  EXPECT_EQ(as_version(record)->description, "ChipX Decoder");
}

TEST(P3Record, IncompleteLastFieldIsLeftOut) {
  base::Bytes frame = hex("8E 02 00 00 00 00 00 00 02 00 06 01 01 01 05 07 8F");
  const Record record{Frame{frame, frame}};
  EXPECT_EQ(as_status(record)->gps_status, 1U);
  EXPECT_EQ(as_status(record)->noise, std::nullopt);
  EXPECT_FALSE(record.complete());
}

TEST(P3Schema, NamesAreSortedAndTagsUnique) {
  for (std::uint32_t tor = 0; tor <= 0xFFFF; ++tor) {
    const auto keys = schema_of(static_cast<std::uint16_t>(tor)).keys;
    ASSERT_LE(keys.size(), kMaxSchemaKeys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        ASSERT_LT(keys[j].name, keys[i].name) << tor;
        ASSERT_TRUE(keys[i].tag == kNoTag || keys[j].tag != keys[i].tag) << tor;
      }
    }
  }
}

}  // namespace
}  // namespace holeshot::p3
