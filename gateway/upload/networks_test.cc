#include "gateway/upload/networks.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>
#include <thread>

#include "common/base/process_test_kit.h"

namespace holeshot::upload {
namespace {

using base::run_program;

TEST(Networks, OnlyAddressesThatLeadSomewhereCount) {
  const std::string loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
  const std::string link = "fe800000000000000000000000000001 02 40 20 80    wlan0\n";
  const std::string tentative = "20010db8000000000000000000000002 02 40 00 c0    wlan0\n";
  const std::string good = "20010db8000000000000000000000001 02 40 00 80    wlan0\n";
  EXPECT_EQ(parse_if_inet6(loopback + link + tentative + good),
            Networks{"wlan0 20010db8000000000000000000000001"});
  EXPECT_TRUE(parse_if_inet6("").empty());
}

TEST(Networks, NoTextDoesItHarm) {
  std::mt19937 engine(3);
  for (int round = 0; round < 2'000; ++round) {
    std::string text = "20010db8000000000000000000000001 02 40 00 80    wlan0\n";
    for (int i = 0; i < 4; ++i) text[engine() % text.size()] = static_cast<char>(engine());
    text.resize(engine() % (text.size() + 1));
    EXPECT_LE(parse_if_inet6(text).size(), 4U);
  }
}

TEST(Networks, AnInterfaceCountsFromWhenItRunsAndHasAnAddress) {
  if (::unshare(CLONE_NEWNET) != 0) {
    GTEST_SKIP() << "a network namespace of its own needs root: " << std::strerror(errno);
  }
  ASSERT_TRUE(networks());
  EXPECT_TRUE(networks()->empty());
  if (run_program({"ip", "link", "add", "track0", "type", "veth", "peer", "name", "track1"}) != 0) {
    GTEST_SKIP() << "`ip` cannot make a pair of interfaces here";
  }
  ASSERT_EQ(run_program({"ip", "address", "add", "192.0.2.7/24", "dev", "track0"}), 0);
  ASSERT_EQ(run_program({"ip", "link", "set", "lo", "up"}), 0);
  EXPECT_TRUE(networks()->empty()) << "it is down";
  ASSERT_EQ(run_program({"ip", "link", "set", "track1", "up"}), 0);
  ASSERT_EQ(run_program({"ip", "link", "set", "track0", "up"}), 0);
  // The kernel says that it runs a moment after it was asked to.
  const Networks expected{"track0 192.0.2.7"};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (*networks() != expected && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  EXPECT_EQ(*networks(), expected);
}

}  // namespace
}  // namespace holeshot::upload
