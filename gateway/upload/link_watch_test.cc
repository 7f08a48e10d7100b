#include "gateway/upload/link_watch.h"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include "common/base/process_test_kit.h"
#include "common/base/worker.h"

namespace holeshot::upload {
namespace {

using base::run_program;

template <class Body>
base::Bytes message(std::uint16_t type, const Body& body) {
  nlmsghdr header{};
  header.nlmsg_len = NLMSG_LENGTH(sizeof body);
  header.nlmsg_type = type;
  base::Bytes bytes(NLMSG_SPACE(sizeof body));
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + NLMSG_HDRLEN, &body, sizeof body);
  return bytes;
}
base::Bytes link(int index, unsigned flags, std::uint16_t type = RTM_NEWLINK) {
  ifinfomsg body{};
  body.ifi_index = index;
  body.ifi_flags = flags;
  return message(type, body);
}
base::Bytes address(unsigned index, std::uint8_t scope, std::uint8_t flags = 0,
                    std::uint16_t type = RTM_NEWADDR) {
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_index = index;
  body.ifa_scope = scope;
  body.ifa_flags = flags;
  return message(type, body);
}
base::Bytes joined(const std::vector<base::Bytes>& parts) {
  base::Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

constexpr unsigned kUp = IFF_UP | IFF_RUNNING;

TEST(LinkEvents, ALinkCountsWhenItStartsToRunAndNotWhileItRuns) {
  LinkEvents events;
  EXPECT_FALSE(events.take(link(2, IFF_UP))) << "no carrier yet";
  EXPECT_TRUE(events.take(link(2, kUp)));
  EXPECT_FALSE(events.take(link(2, kUp | IFF_PROMISC))) << "something else about it changed";
  EXPECT_FALSE(events.take(link(2, IFF_UP)));
  EXPECT_TRUE(events.take(link(2, kUp)));
  EXPECT_FALSE(events.take(link(2, kUp, RTM_DELLINK)));
  EXPECT_TRUE(events.take(link(2, kUp))) << "plugged in again";
  EXPECT_FALSE(events.take(link(1, kUp | IFF_LOOPBACK)));
}

TEST(LinkEvents, AnAddressCountsWhereItLeadsBeyondTheLink) {
  LinkEvents events;
  EXPECT_TRUE(events.take(address(2, RT_SCOPE_UNIVERSE)));
  EXPECT_TRUE(events.take(address(2, RT_SCOPE_SITE)));
  EXPECT_FALSE(events.take(address(2, RT_SCOPE_LINK)));
  EXPECT_FALSE(events.take(address(1, RT_SCOPE_HOST)));
  EXPECT_FALSE(events.take(address(2, RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE)));
  EXPECT_FALSE(events.take(address(2, RT_SCOPE_UNIVERSE, 0, RTM_DELADDR)));
}

TEST(LinkEvents, SeveralMessagesInOneReadAreAllRead) {
  LinkEvents events;
  EXPECT_TRUE(events.take(joined({link(2, IFF_UP), address(2, RT_SCOPE_LINK), link(3, kUp)})));
  EXPECT_FALSE(events.take(joined({link(2, IFF_UP), link(3, kUp)})));
}

TEST(LinkEvents, WhateverIsCutShortOrOfNoLengthEndsTheReading) {
  const base::Bytes whole = link(2, kUp);
  for (std::size_t size = 0; size < NLMSG_LENGTH(sizeof(ifinfomsg)); ++size) {
    LinkEvents events;
    EXPECT_FALSE(events.take(base::ByteView{whole}.first(size))) << size;
  }
  for (const std::uint32_t length : {0U, 1U, 15U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    base::Bytes bent = whole;
    std::memcpy(bent.data(), &length, sizeof length);
    LinkEvents events;
    EXPECT_FALSE(events.take(bent)) << length;
  }
  base::Bytes empty = link(2, kUp);  // a header that says it has no body
  const std::uint32_t length = NLMSG_HDRLEN;
  std::memcpy(empty.data(), &length, sizeof length);
  LinkEvents events;
  EXPECT_FALSE(events.take(empty));
}

TEST(LinkEvents, NoBytesDoItHarm) {
  std::mt19937 engine(11);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  LinkEvents events;
  for (int round = 0; round < 20'000; ++round) {
    base::Bytes bytes = joined({link(static_cast<int>(random()), random()), address(random(), 0)});
    for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    static_cast<void>(events.take(bytes));
  }
  EXPECT_TRUE(events.take(address(2, RT_SCOPE_UNIVERSE)));
}

class Counter {
 public:
  void add() {
    const std::scoped_lock lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool reaches(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{20}, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

TEST(LinkWatch, SaysWhenARealInterfaceComesUpAndGetsAnAddress) {
  if (::unshare(CLONE_NEWNET) != 0) {
    GTEST_SKIP() << "a network namespace of its own needs root: " << std::strerror(errno);
  }
  if (run_program({"ip", "link", "add", "track0", "type", "veth", "peer", "name", "track1"}) != 0) {
    GTEST_SKIP() << "`ip` cannot make a pair of interfaces here";
  }
  const base::SystemClock clock;
  Counter calls;
  auto watch = base::value_or_die(LinkWatch::open([&] { calls.add(); }, clock));
  base::Worker worker("links", [&](const std::stop_token& stop) { watch->run(stop); });
  // An interface that is down can be given an address, so the two can be told apart.
  ASSERT_EQ(run_program({"ip", "address", "add", "192.0.2.7/24", "dev", "track0"}), 0);
  EXPECT_TRUE(calls.reaches(1)) << "the address";
  ASSERT_EQ(run_program({"ip", "link", "set", "track1", "up"}), 0);
  ASSERT_EQ(run_program({"ip", "link", "set", "track0", "up"}), 0);
  EXPECT_TRUE(calls.reaches(2)) << "the link";
  worker.request_stop();
  worker.join();
}

TEST(LinkWatch, WithoutNetlinkItLooksAndSaysTheSame) {
  if (::unshare(CLONE_NEWNET) != 0) {
    GTEST_SKIP() << "a network namespace of its own needs root: " << std::strerror(errno);
  }
  if (run_program({"ip", "link", "add", "track0", "type", "veth", "peer", "name", "track1"}) != 0) {
    GTEST_SKIP() << "`ip` cannot make a pair of interfaces here";
  }
  ASSERT_EQ(run_program({"ip", "address", "add", "192.0.2.7/24", "dev", "track0"}), 0);
  const base::SystemClock clock;
  Counter calls;
  auto watch = base::value_or_die(LinkWatch::open([&] { calls.add(); }, clock, LinkWatch::By::kLooking));
  base::Worker worker("links", [&](const std::stop_token& stop) { watch->run(stop); });
  ASSERT_EQ(run_program({"ip", "link", "set", "track1", "up"}), 0);
  ASSERT_EQ(run_program({"ip", "link", "set", "track0", "up"}), 0);
  EXPECT_TRUE(calls.reaches(1));
  worker.request_stop();
  worker.join();
}

class LinkWatchEnds : public testing::TestWithParam<LinkWatch::By> {};
INSTANTIATE_TEST_SUITE_P(By, LinkWatchEnds, testing::Values(LinkWatch::By::kBest, LinkWatch::By::kLooking),
                         [](const auto& at) {
                           return at.param == LinkWatch::By::kBest ? "Told" : "Looking";
                         });

TEST_P(LinkWatchEnds, WhenAsked) {
  const base::SystemClock clock;
  auto watch = base::value_or_die(LinkWatch::open([] {}, clock, GetParam()));
  base::Worker worker("links", [&](const std::stop_token& stop) { watch->run(stop); });
  worker.request_stop();
  worker.join();
}

}  // namespace
}  // namespace holeshot::upload
