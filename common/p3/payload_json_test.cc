#include "common/p3/payload_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/p3/tags.h"
#include "common/p3/testing.h"
#include "common/p3/writer.h"

namespace holeshot::p3 {
namespace {

using testing::hex;

std::string json_of(base::ByteView wire) {
  std::string out;
  Framer framer;
  framer.feed(wire, [&](const Frame& frame) { out = payload_json(frame); });
  return out;
}

TEST(P3PayloadJson, WritesAPassingAsTheContractSays) {
  const auto wire =
      hex("8e023d0012850000010001049922000003042af71f060a08464c2d39343839300502850006021d0004088501ca08664206"
          "00080200008104"
          "d0000c008f");
  EXPECT_EQ(
      json_of(wire),
      R"({"decoder_id":"D0000C00","flags":0,"hits":29,"message_type":"PASSING","passing_number":8857,"raw":")" +
          base::to_hex(wire) +
          R"(","rtc_time_us":1761855861817733,"strength":133,"transponder_id":102758186,)"
          R"("transponder_string":"FL-94890"})");
}

TEST(P3PayloadJson, FlagsOfAPassingAreZeroWhereAbsent) {
  const auto wire = FrameBuilder(tor::kPassing).u32(passing_tag::kNumber, 1).finish();
  EXPECT_EQ(json_of(wire), R"({"flags":0,"message_type":"PASSING","passing_number":1,"raw":")" +
                               base::to_hex(wire) + R"("})");
}

TEST(P3PayloadJson, KeepsTheWireBytesWithTheirEscapes) {
  const auto wire = hex("8E 02 0B 00 8D AE FC 00 00 02 00 8F");
  EXPECT_EQ(json_of(wire), R"({"message_type":"STATUS","raw":"8e020b008daefc000002008f"})");
}

TEST(P3PayloadJson, WritesAStatusWithAControllerAndSatellites) {
  const auto wire = hex("8e0228002da5000002000102000007021b000c016d0601010a01038104521504008304a40203008f");
  EXPECT_EQ(json_of(wire), R"({"controller_id":"A4020300","decoder_id":"52150400","gps_status":1,)"
                           R"("input_voltage_dv":109,"message_type":"STATUS","noise":0,"raw":")" +
                               base::to_hex(wire) + R"(","satellites":3,"temperature":27})");
}

TEST(P3PayloadJson, WritesAVersion) {
  const auto wire =
      hex("8e024800f11700000300010114020d4368697058204465636f6465720309342e332e3132303138040480a12b58080833c5"
          "52f24c42d46a0a"
          "027c410c04090000008104402404008f");
  EXPECT_EQ(json_of(wire),
            R"({"build":16764,"decoder_id":"40240400","decoder_type":20,"description":"ChipX Decoder",)"
            R"("message_type":"VERSION","options":9,"raw":")" +
                base::to_hex(wire) +
                R"(","registration":"33C552F24C42D46A","release":1479254400,"version":"4.3.12018"})");
}

TEST(P3PayloadJson, WritesAddressesWithDots) {
  const auto wire = FrameBuilder(tor::kNetworkSettings).u32(network_tag::kActiveIp, 0xC0A8C93B).finish();
  EXPECT_EQ(json_of(wire), R"({"active_ip":"192.168.201.59","message_type":"NETWORK_SETTINGS","raw":")" +
                               base::to_hex(wire) + R"("})");
}

TEST(P3PayloadJson, UnknownTagsStandThereInWireOrder) {
  const auto wire = FrameBuilder(tor::kPassing)
                        .u8(0x11, 3)
                        .u32(passing_tag::kNumber, 1)
                        .u32(passing_tag::kNumber, 2)                      // a second one
                        .ask(passing_tag::kHits)                           // a number without bytes
                        .bytes(passing_tag::kStrength, base::Bytes(9, 1))  // a number of nine
                        .u8(0x02, 0x8F)
                        .finish();
  const auto json = nlohmann::json::parse(json_of(wire));
  EXPECT_EQ(json["passing_number"], 1);
  EXPECT_EQ(json["unknown_tags"].dump(),
            R"([{"hex":"03","tag":"11"},{"hex":"02000000","tag":"01"},{"hex":"","tag":"06"},)"
            R"({"hex":"010101010101010101","tag":"05"},{"hex":"8f","tag":"02"}])");
}

TEST(P3PayloadJson, UnknownTypesHaveAllTheirFields) {
  const auto wire = FrameBuilder(0x0ABC).u8(0x01, 1).text(0x02, "x").decoder(DecoderId{0x000C00D0}).finish();
  EXPECT_EQ(json_of(wire),
            R"({"decoder_id":"D0000C00","fields":[{"hex":"01","tag":"01"},{"hex":"78","tag":"02"},)"
            R"({"hex":"d0000c00","tag":"81"}],"message_type":"TOR_0ABC","raw":")" +
                base::to_hex(wire) + R"("})");
}

TEST(P3PayloadJson, NamedTypesWithoutKnownFieldsKeepThemAsUnknown) {
  const auto wire = FrameBuilder(tor::kFirstContact).u8(0x01, 1).finish();
  EXPECT_EQ(json_of(wire), R"({"message_type":"FIRST_CONTACT","raw":")" + base::to_hex(wire) +
                               R"(","unknown_tags":[{"hex":"01","tag":"01"}]})");
}

TEST(P3PayloadJson, NumbersBeyondJsonAreStrings) {
  const auto time = [](std::uint64_t value) {
    const auto text = json_of(FrameBuilder(tor::kPassing).u64(passing_tag::kRtcTime, value).finish());
    return nlohmann::json::parse(text)["rtc_time_us"].dump();
  };
  EXPECT_EQ(time((1ULL << 53) - 1), "9007199254740991");
  EXPECT_EQ(time(1ULL << 53), R"("9007199254740992")");
  EXPECT_EQ(time(~0ULL), R"("18446744073709551615")");
  const auto cold = FrameBuilder(tor::kStatus).u64(status_tag::kTemperature, 1ULL << 63).finish();
  EXPECT_EQ(nlohmann::json::parse(json_of(cold))["temperature"], "-9223372036854775808");
  const auto chip = FrameBuilder(tor::kPassing).u64(passing_tag::kTemperature, ~0ULL).finish();
  EXPECT_EQ(nlohmann::json::parse(json_of(chip))["temperature"], "18446744073709551515");
}

TEST(P3PayloadJson, AnyBytesAsTextGiveValidUtf8) {
  const auto wire =
      FrameBuilder(tor::kError).bytes(error_tag::kDescription, hex("22 5C 00 FF 8D C3 A9 ED A0 80")).finish();
  const auto json = nlohmann::json::parse(json_of(wire));
  EXPECT_EQ(json["description"], std::string("\"\\\0\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9", 11) +
                                     "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(P3PayloadJson, EveryRecordGivesCanonicalJson) {
  testing::Random random(7);
  for (int round = 0; round < 3000; ++round) {
    std::uint16_t tor = static_cast<std::uint16_t>(random.chance(80) ? random.below(0x50) : random.next());
    if (tor == tor::kReset || tor == tor::kClearPassing) tor = tor::kError;
    FrameBuilder builder(tor);
    for (std::size_t i = random.below(12); i > 0; --i) {
      const auto tag =
          static_cast<std::uint8_t>(random.chance(90) ? random.below(0x16) : 0x80 + random.below(8));
      builder.bytes(tag, random.bytes(random.below(random.chance(90) ? 10 : 200)));
    }
    const auto text = json_of(builder.finish());
    const auto json = nlohmann::json::parse(text, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << text;
    ASSERT_EQ(json.dump(), text);  // nlohmann sorts keys and writes no white space
    ASSERT_EQ(json["message_type"], record_name(tor));
  }
}

}  // namespace
}  // namespace holeshot::p3
