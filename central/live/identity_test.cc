#include "central/live/identity.h"

#include <gtest/gtest.h>

namespace holeshot::live {
namespace {

TEST(IdentityOf, TakesTheTokenFromTheQueryBeforeTheHeader) {
  const TrustedProxies none;
  EXPECT_EQ(identity_of({.token = "a", .authorization = "Bearer b"}, none).token, "a");
  EXPECT_EQ(identity_of({.authorization = "Bearer b"}, none).token, "b");
  EXPECT_EQ(identity_of({.authorization = "Basic b"}, none).token, "");
}

TEST(IdentityOf, TakesAClientsNameFromHeaderOrCookieWhereItIsOne) {
  const TrustedProxies none;
  EXPECT_EQ(identity_of({.client = "phone-7", .cookie = "holeshot_client=other"}, none).client, "phone-7");
  EXPECT_EQ(identity_of({.cookie = "a=b; holeshot_client=phone_8; c=d"}, none).client, "phone_8");
  EXPECT_EQ(identity_of({.cookie = "xholeshot_client=a;holeshot_clientx=b"}, none).client, "");
  EXPECT_EQ(identity_of({.client = "<b>"}, none).client, "");
  EXPECT_EQ(identity_of({.client = std::string(65, 'x')}, none).client, "");
}

TEST(IdentityOf, TheAddressIsTheProxysWordWhereTheProxyIsOurs) {
  const TrustedProxies none;
  EXPECT_EQ(identity_of({.peer = "127.0.0.1", .forwarded = "192.0.2.1"}, none).address, "192.0.2.1");
  EXPECT_EQ(identity_of({.peer = "192.0.2.2", .forwarded = "192.0.2.1"}, none).address, "192.0.2.2");
}

}  // namespace
}  // namespace holeshot::live
