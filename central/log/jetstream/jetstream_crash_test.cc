// A central that appends is killed at moments of a seeded choice, and so is its NATS; whatever it acknowledged is there
// afterwards, once and in order, here and for a central that starts with nothing.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>

#include "central/log/jetstream/jetstream_test_kit.h"
#include "central/log/sqlite/verify.h"
#include "common/base/fd.h"

namespace holeshot::log {
namespace {

using test::append_stubbornly;
using test::event;

constexpr int kKills = 6;
constexpr const char* kFolder = "HOLESHOT_TEST_FOLDER";
constexpr const char* kServers = "HOLESHOT_TEST_SERVERS";
constexpr const char* kAcks = "HOLESHOT_TEST_ACKS";

std::string boot_of(std::uint64_t writer) { return "writer" + std::to_string(writer); }

struct Ack {
  std::uint64_t writer = 0;
  std::uint64_t seq = 0;
};
using Acked = std::array<std::uint64_t, 2>;

// Sends the last few again (a gateway that was not told), then goes on; tells what was acknowledged.
void write_on(EventLog& log, std::uint64_t writer, int acks) {
  const auto source = event("a", 1, {}, boot_of(writer));
  const std::uint64_t high = log.high_water("a", source.client, source.boot);
  for (std::uint64_t next = high > 4 ? high - 4 : 1;;) {
    std::vector<NewEvent> batch;
    const std::uint64_t last = next + next % 5;
    for (; next <= last; ++next) batch.push_back(event("a", next, {}, boot_of(writer)));
    append_stubbornly(log, batch);
    const Ack ack{writer, last};
    if (::write(acks, &ack, sizeof ack) != sizeof ack) return;
  }
}

// The process that is killed: this program again. The NATS library does not survive a fork.
TEST(DISABLED_JetStreamCrashWriter, WritesUntilItIsKilled) {
  // NOLINTBEGIN(concurrency-mt-unsafe): nobody sets variables here
  const char* folder = std::getenv(kFolder);
  const char* urls = std::getenv(kServers);
  const char* acks = std::getenv(kAcks);
  // NOLINTEND(concurrency-mt-unsafe)
  if (folder == nullptr || urls == nullptr || acks == nullptr)
    GTEST_SKIP() << "started by JetStreamCrash only";
  const base::ManualClock clock(test::kStartUs);
  const auto log = base::value_or_die(JetStreamLog::open(test::jetstream_options(folder, urls, 1), clock));
  std::vector<std::jthread> writers;
  for (std::uint64_t w = 0; w < Acked{}.size(); ++w)
    writers.emplace_back([&, w] { write_on(*log, w, std::atoi(acks)); });
}

pid_t start_writer(const std::string& folder, const std::string& urls, int acks) {
  const std::array<std::string, 3> variables{std::string{kFolder} + "=" + folder,
                                             std::string{kServers} + "=" + urls,
                                             std::string{kAcks} + "=" + std::to_string(acks)};
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  std::array<char*, 4> environment{};
  for (std::size_t i = 0; i < variables.size(); ++i) environment[i] = const_cast<char*>(variables[i].c_str());
  ::execle("/proc/self/exe", "writer", "--gtest_also_run_disabled_tests",
           "--gtest_filter=DISABLED_JetStreamCrashWriter.*", nullptr, environment.data());
  ::_exit(127);
}

// Runs a writer until it has acknowledged `kill_after` times, then kills it, and every other time the server first.
void run_and_kill(const test::TempFolder& folder, test::NatsServers& servers, std::uint64_t kill_after,
                  bool server_too, Acked& acked) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe(fds.data()), 0);
  const base::UniqueFd read_end(fds[0]);
  base::UniqueFd write_end(fds[1]);
  const pid_t pid = start_writer(folder.path(), servers.urls(), write_end.get());
  write_end.reset();
  Ack ack;
  std::uint64_t count = 0;
  while (::read(read_end.get(), &ack, sizeof ack) == sizeof ack) {
    acked[ack.writer] = std::max(acked[ack.writer], ack.seq);
    if (++count != kill_after) continue;
    if (server_too) servers.node(0).kill();
    ::kill(pid, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && count >= kill_after) << "the writer ended by itself";
  if (server_too) {
    servers.node(0).start();
    servers.wait_ready();
  }
}

TEST(JetStreamCrash, WhateverWasAcknowledgedIsThereOnceAndInOrder) {
  if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
  test::NatsServers servers(1U);
  const test::TempFolder folder;
  std::mt19937_64 rng(20);
  Acked acked{};
  for (int round = 0; round < kKills; ++round) {
    run_and_kill(folder, servers, 1 + rng() % 60, round % 2 == 1, acked);
    if (HasFatalFailure()) return;
  }
  const base::ManualClock clock(test::kStartUs);
  const auto log = test::open_jetstream(folder.path(), servers, clock);
  ASSERT_TRUE(test::eventually([&] { return log->status().has_value(); }));
  std::map<std::string, std::uint64_t> last;
  for (const auto& e : test::read_all(*log)) ASSERT_EQ(e.seq, ++last[e.boot.str()]) << e.boot.str();
  for (std::uint64_t w = 0; w < acked.size(); ++w) EXPECT_GE(last[boot_of(w)], acked[w]);
  EXPECT_EQ(test::orders_of_a_newcomer(servers, log->last().value()), test::orders(*log));
  const auto report = base::value_or_die(verify_log(log_path(folder.path())));
  EXPECT_TRUE(report.ok()) << report.problems.front();
}

}  // namespace
}  // namespace holeshot::log
