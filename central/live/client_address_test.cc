#include "central/live/client_address.h"

#include <gtest/gtest.h>

namespace holeshot::live {
namespace {

std::string text_of(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->text() : "none";
}

TEST(IpAddress, ReadsWhatProxiesWrite) {
  EXPECT_EQ(text_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(text_of("192.0.2.7:4711"), "192.0.2.7");
  EXPECT_EQ(text_of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(text_of("2001:DB8::1"), "2001:db8::1");
  EXPECT_EQ(text_of("[2001:db8::1]:443"), "2001:db8::1");
  for (const char* wrong : {"", "unknown", "192.0.2", "192.0.2.7.8", "_hidden", "[", "[]", ":", "1.2.3.4 "})
    EXPECT_EQ(text_of(wrong), "none") << wrong;
}

TEST(IpAddress, AHouseholdOfIpv6CountsAsOne) {
  EXPECT_EQ(limit_key_of("2001:db8:1:2:3::4"), limit_key_of("2001:db8:1:2:ffff::"));
  EXPECT_NE(limit_key_of("2001:db8:1:2::4"), limit_key_of("2001:db8:1:3::4"));
  EXPECT_EQ(limit_key_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(limit_key_of("unix"), "unix");
}

TEST(TrustedProxies, OnlyThisMachineIsBelievedWhereNothingIsConfigured) {
  const TrustedProxies none;
  EXPECT_EQ(none.client_of("127.0.0.1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(none.client_of("::1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(none.client_of("198.51.100.1", "192.0.2.7"), "198.51.100.1")
      << "a stranger may write what it likes";
  EXPECT_EQ(none.client_of("127.0.0.1", ""), "127.0.0.1");
}

TEST(TrustedProxies, WhatAViewerWritesItselfStandsToTheLeftAndIsNotBelieved) {
  const TrustedProxies none;
  EXPECT_EQ(none.client_of("127.0.0.1", "203.0.113.9, 192.0.2.7"), "192.0.2.7");
}

TEST(TrustedProxies, ChainsOfOurOwnProxiesAreWalked) {
  const auto ours = base::value_or_die(TrustedProxies::parse("10.0.0.0/8, 2001:db8::7"));
  EXPECT_EQ(ours.client_of("127.0.0.1", "192.0.2.7, 10.1.2.3, 2001:db8::7"), "192.0.2.7");
  EXPECT_EQ(ours.client_of("10.9.9.9", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(ours.client_of("11.9.9.9", "192.0.2.7"), "11.9.9.9");
  EXPECT_EQ(ours.client_of("10.9.9.9", "192.0.2.7, unknown"), "10.9.9.9");
  EXPECT_EQ(ours.client_of("10.9.9.9", "10.1.1.1"), "10.1.1.1") << "all are ours: the outermost one";
}

TEST(TrustedProxies, PrefixesCountBits) {
  const auto odd = base::value_or_die(TrustedProxies::parse("192.0.2.128/25, 2001:db8::/33"));
  const auto trusts = [&](std::string_view text) { return odd.trusts(*IpAddress::parse(text)); };
  EXPECT_TRUE(trusts("192.0.2.128"));
  EXPECT_TRUE(trusts("192.0.2.255"));
  EXPECT_FALSE(trusts("192.0.2.127"));
  EXPECT_TRUE(trusts("2001:db8:7fff::1"));
  EXPECT_FALSE(trusts("2001:db8:8000::1"));
  EXPECT_TRUE(base::value_or_die(TrustedProxies::parse("0.0.0.0/0")).trusts(*IpAddress::parse("8.8.8.8")));
}

TEST(TrustedProxies, SaysWhichPieceIsWrong) {
  for (const char* wrong :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "proxy.example", "::/129", "1.2.3.4/-1"}) {
    const auto parsed = TrustedProxies::parse(std::string{"192.0.2.1, "} + wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_NE(parsed.error().message.find(wrong), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace holeshot::live
