#include "gateway/source/source_url.h"

#include <gtest/gtest.h>

namespace holeshot::source {
namespace {

TEST(SourceUrl, ReadsDecodersAndRecordings) {
  const auto plain = base::value_or_die(parse_source_url("tcp://192.168.1.50:5404"));
  EXPECT_EQ(plain.kind, SourceUrl::Kind::kTcp);
  EXPECT_EQ(plain.host, "192.168.1.50");
  EXPECT_EQ(plain.port, 5404);
  EXPECT_EQ(base::value_or_die(parse_source_url("tcp://finish-decoder")).port, kDefaultDecoderPort);
  const auto six = base::value_or_die(parse_source_url("tcp://[fe80::1%eth0]:99"));
  EXPECT_EQ(six.host, "fe80::1%eth0");
  EXPECT_EQ(six.port, 99);
  const auto file = base::value_or_die(parse_source_url("file:///data/race day.bin?speed=2.5"));
  EXPECT_EQ(file.kind, SourceUrl::Kind::kFile);
  EXPECT_EQ(file.path, "/data/race day.bin");
  EXPECT_EQ(file.speed, 2.5);
  EXPECT_EQ(base::value_or_die(parse_source_url("file://relative.bin")).speed, 0);
}

TEST(SourceUrl, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "starts neither"},
      {"192.168.1.50", "starts neither"},
      {"serial:///dev/ttyS0", "starts neither"},
      {"tcp://", "host is missing"},
      {"tcp://:5403", "host is missing"},
      {"tcp://h:0", "port"},
      {"tcp://h:65536", "port"},
      {"tcp://h:54x", "port"},
      {"tcp://h:", "port"},
      {"tcp://::1", "[ ]"},
      {"tcp://[::1", "]"},
      {"tcp://[::1]5403", "port"},
      {"tcp://h/path", "character"},
      {"file://", "path is missing"},
      {"file://x?speed=", "speed"},
      {"file://x?speed=-1", "speed"},
      {"file://x?speed=nan", "speed"},
      {"file://x?speed=1e9", "speed"},
      {"file://x?loop=1", "settings are"},
      {"tcp://a\nb", "control"},
  };
  for (const auto& [text, why] : cases) {
    const auto url = parse_source_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, base::Code::kInvalid);
    EXPECT_NE(url.error().message.find(why), std::string::npos) << text << ": " << url.error().message;
  }
}

TEST(SourceUrl, AnyLineMayNameItsDriver) {
  const SourceUrl tcp = base::value_or_die(parse_source_url("tcp://d:4000?driver=ambrc"));
  EXPECT_EQ(tcp.driver, "ambrc");
  EXPECT_EQ(tcp.port, 4000);
  const SourceUrl file = base::value_or_die(parse_source_url("file:///a.bin?speed=2&driver=ambrc"));
  EXPECT_EQ(file.driver, "ambrc");
  EXPECT_EQ(file.speed, 2);
  EXPECT_EQ(file.path, "/a.bin");
  EXPECT_TRUE(base::value_or_die(parse_source_url("tcp://d")).driver.empty());
  EXPECT_FALSE(parse_source_url("tcp://d?baud=9600"));
  EXPECT_FALSE(parse_source_url("tcp://d?driver="));
  EXPECT_FALSE(parse_source_url("file:///a.bin?speed=2&&"));
}

}  // namespace
}  // namespace holeshot::source
