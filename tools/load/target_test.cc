#include "tools/load/target.h"

#include <gtest/gtest.h>

namespace holeshot::load {
namespace {

TEST(Target, IsReadOutOfAUrl) {
  const auto full = base::value_or_die(parse_target("ws://127.0.0.1:8081/ws?x=1", "ws", "/ws/v1/live"));
  EXPECT_EQ(full.host, "127.0.0.1");
  EXPECT_EQ(full.port, 8081);
  EXPECT_EQ(full.path, "/ws?x=1");
  EXPECT_TRUE(full.is_loopback());
  for (const char* bare : {"ws://127.0.0.1:8081", "ws://127.0.0.1:8081/"})
    EXPECT_EQ(base::value_or_die(parse_target(bare, "ws", "/ws/v1/live")).path, "/ws/v1/live") << bare;
  const auto six = base::value_or_die(parse_target("http://[::1]:80/", "http", ""));
  EXPECT_EQ(six.host, "::1");
  EXPECT_FALSE(six.is_loopback()) << "there is one ::1 and no second to come from";
}

TEST(Target, ThatIsNoneSaysWhatToWrite) {
  for (const char* url : {"", "127.0.0.1:80", "wss://h:443/", "ws://h", "ws://:80", "ws://h:", "ws://h:0",
                          "ws://h:70000", "ws://h:8x", "ws://h:80/a b", "http://h:80"}) {
    const auto target = parse_target(url, "ws", "/ws/v1/live");
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().code, base::Code::kInvalid) << url;
    EXPECT_NE(target.error().hint.find("ws://HOST:PORT/ws/v1/live"), std::string::npos) << url;
  }
}

TEST(Descriptors, BeyondTheHardLimitAreRefusedWithWords) {
  EXPECT_TRUE(allow_descriptors(3));
  const auto status = allow_descriptors(std::size_t{1} << 40U);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kFull);
}

}  // namespace
}  // namespace holeshot::load
