#include "common/p3/requests.h"

#include <gtest/gtest.h>

#include "common/p3/tags.h"
#include "common/p3/testing.h"
#include "common/p3/writer.h"

namespace holeshot::p3 {
namespace {

using testing::hex;

const DecoderId kDecoder = *DecoderId::parse("D0000C00");

TEST(P3Requests, EqualTheRecipesByteForByte) {
  EXPECT_EQ(version_request(),
            hex("8E 00 19 00 A5 39 00 00 03 00 01 00 02 00 03 00 04 00 08 00 0A 00 0C 00 8F"));
  EXPECT_EQ(network_settings_probe(),
            hex("8E 00 21 00 7C E3 00 00 16 00 08 00 09 00 06 00 0A 00 05 00 0E 00 85 08 0A "
                "01 01 0A 00 00 00 00 8F"));
  EXPECT_EQ(get_time_request(), hex("8E 00 11 00 8C B8 00 00 24 00 01 00 04 00 05 00 8F"));
  EXPECT_EQ(session_request({.decoder = kDecoder}),
            hex("8E 00 19 00 4C 43 00 00 15 00 01 00 02 00 03 00 04 00 81 04 D0 00 0C 00 8F"));
  EXPECT_EQ(resend_request(8842, 8854, {.decoder = kDecoder}),
            hex("8E 00 1D 00 EC 5C 00 00 04 00 01 04 8A 22 00 00 02 04 96 22 00 00 81 04 D0 00 0C 00 8F"));
  EXPECT_EQ(ping_request({.decoder = kDecoder}), hex("8E 00 11 00 16 B9 00 00 20 00 81 04 D0 00 0C 00 8F"));
  EXPECT_EQ(timeline_request(), hex("8E 00 17 00 A7 F6 00 00 4A 00 01 00 02 00 03 00 04 00 05 00 06 00 8F"));
  EXPECT_EQ(aux_settings_request(), hex("8E 00 15 00 33 80 00 00 12 00 01 00 02 00 03 00 04 00 05 00 8F"));
}

TEST(P3Requests, CarryTheAddressAndTheRequestId) {
  const auto record = testing::record_in(
      tor_0036_request({.decoder = kDecoder, .request_id = hex("01 00 00 00 00 00 00 00")}));
  EXPECT_EQ(record.tor(), tor::k0036);
  EXPECT_EQ(record.version(), kRequestVersion);
  EXPECT_EQ(record.decoder_id(), kDecoder);
  EXPECT_EQ(base::to_hex(record.value(tag::kRequestId)->value), "0100000000000000");
}

TEST(P3Requests, NoneOfThemWritesASettingOrClears) {
  const RequestOptions to{.decoder = kDecoder, .request_id = hex("01")};
  for (const auto& wire :
       {version_request(to), get_time_request(to), session_request(to), resend_request(1, 2, to),
        network_settings_request(to), timeline_request(to), aux_settings_request(to), ping_request(to),
        tor_0036_request(to), network_settings_probe()}) {
    const auto record = testing::record_in(wire);
    EXPECT_NE(record.tor(), tor::kClearPassing);
    for (const Field& field : record.fields()) {
      const bool may_have_a_value = field.tag >= tag::kFirstGeneral || record.tor() == tor::kResend;
      EXPECT_TRUE(may_have_a_value || field.value.empty()) << record.name();
    }
  }
}

}  // namespace
}  // namespace holeshot::p3
