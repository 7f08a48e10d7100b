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

TEST(SourceUrl, ASerialLineIs9600EightNOneUnlessItSaysOtherwise) {
  const auto plain = base::value_or_die(parse_source_url("serial:///dev/ttyUSB0"));
  EXPECT_EQ(plain.kind, SourceUrl::Kind::kSerial);
  EXPECT_EQ(plain.path, "/dev/ttyUSB0");
  EXPECT_EQ(plain.serial, SerialSettings{});
  EXPECT_FALSE(plain.usb);
  const auto all = base::value_or_die(parse_source_url(
      "serial:///dev/serial/by-id/usb-FTDI?baud=115200&bits=7&parity=even&stop=2&flow=rtscts&driver=ambrc"));
  EXPECT_EQ(all.serial, (SerialSettings{.baud = 115'200,
                                        .bits = 7,
                                        .parity = SerialSettings::Parity::kEven,
                                        .stop = 2,
                                        .flow = SerialSettings::Flow::kRtsCts}));
  EXPECT_EQ(all.driver, "ambrc");
}

TEST(SourceUrl, ASerialLineMayBeNamedByItsAdapter) {
  const auto url = base::value_or_die(parse_source_url("serial://usb/0403:6001:A50285BI?baud=19200"));
  EXPECT_EQ(url.usb, (UsbId{0x0403, 0x6001, "A50285BI"}));
  EXPECT_EQ(url.usb->str(), "0403:6001:A50285BI");
  EXPECT_EQ(url.serial.baud, 19'200U);
  EXPECT_EQ(base::value_or_die(parse_source_url("serial://usb/067b:2303")).usb->str(), "067B:2303");
}

TEST(SourceUrl, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "starts with none"},
      {"192.168.1.50", "starts with none"},
      {"serial://", "path of a port"},
      {"serial:///", "path of a port"},
      {"serial://ttyUSB0", "path of a port"},
      {"serial://usb/0403", "USB id"},
      {"serial://usb/0403:60G1", "USB id"},
      {"serial://usb/0403:60011", "USB id"},
      {"serial:///dev/ttyS0?baud=9601", "baud"},
      {"serial:///dev/ttyS0?baud=", "baud"},
      {"serial:///dev/ttyS0?bits=9", "bits"},
      {"serial:///dev/ttyS0?parity=maybe", "parity"},
      {"serial:///dev/ttyS0?stop=0", "stop"},
      {"serial:///dev/ttyS0?flow=on", "flow"},
      {"serial:///dev/ttyS0?speed=2", "settings are"},
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
  EXPECT_TRUE(tcp.port_given);
  EXPECT_FALSE(base::value_or_die(parse_source_url("tcp://d?driver=ambrc")).port_given);
  const SourceUrl file = base::value_or_die(parse_source_url("file:///a.bin?speed=2&driver=ambrc"));
  EXPECT_EQ(file.driver, "ambrc");
  EXPECT_EQ(file.speed, 2);
  EXPECT_EQ(file.path, "/a.bin");
  EXPECT_TRUE(base::value_or_die(parse_source_url("tcp://d")).driver.empty());
  EXPECT_FALSE(parse_source_url("tcp://d?baud=9600"));
  EXPECT_FALSE(parse_source_url("tcp://d?driver="));
  EXPECT_FALSE(parse_source_url("file:///a.bin?speed=2&&"));
}

TEST(SourceUrl, AnyLineMayHaveANameAndServeOthers) {
  const SourceUrl url =
      base::value_or_die(parse_source_url("tcp://d?name=finish&reserve=127.0.0.1:5410&requests=pass"));
  EXPECT_EQ(url.name, "finish");
  EXPECT_EQ(url.reserve, "127.0.0.1:5410");
  EXPECT_TRUE(url.pass_requests);
  EXPECT_FALSE(url.passive);
  EXPECT_TRUE(base::value_or_die(parse_source_url("serial:///dev/ttyS0?passive=true&baud=9600")).passive);
  for (const char* wrong :
       {"tcp://d?name=", "tcp://d?passive=yes", "tcp://d?reserve=5410", "tcp://d?requests=some",
        "tcp://d?requests=pass", "tcp://d?requests=pass&reserve=:1&passive=true"}) {
    EXPECT_FALSE(parse_source_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace holeshot::source
