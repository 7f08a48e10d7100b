// A writer process is killed at moments of a seeded choice; whatever it acknowledged is there afterwards,
// once and in order. (That an acknowledgement means synced, not only written, is shown by sqlite_log_test's
// file layer.)
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "central/log/log_test_kit.h"
#include "central/log/sqlite/verify.h"
#include "common/base/fd.h"

namespace holeshot::log {
namespace {

using test::event;

constexpr std::size_t kWriters = 3;
constexpr int kKills = 30;

struct Ack {
  std::uint64_t writer;
  std::uint64_t seq;
};

std::string boot_of(std::uint64_t writer) { return "writer" + std::to_string(writer); }

// One writer: sends the last few again (a gateway that was not told), then goes on; tells what was
// acknowledged.
void write_on(SqliteLog& log, std::uint64_t writer, int ack_fd) {
  const auto source = event("a", 1, {}, boot_of(writer));
  const std::uint64_t high = log.high_water("a", source.client, source.boot);
  std::mt19937_64 rng(high + writer);
  for (std::uint64_t next = high > 4 ? high - 4 : 1;;) {
    std::vector<NewEvent> batch;
    const std::uint64_t last = next + rng() % 5;
    for (; next <= last; ++next) batch.push_back(event("a", next, {}, boot_of(writer)));
    if (!log.append(batch)) return;
    const Ack ack{writer, last};
    if (::write(ack_fd, &ack, sizeof ack) != sizeof ack) return;
  }
}

[[noreturn]] void child(const std::string& folder, const std::vector<StreamRule>& streams,
                        std::uint64_t round, int ack_fd) {
  // Each process finds the clock set back a little further.
  const base::ManualClock clock(test::kStartUs - round * 1000);
  auto log = test::open_sqlite(folder, clock, {.streams = streams});
  std::vector<std::jthread> threads;
  for (std::uint64_t w = 0; w < kWriters; ++w) threads.emplace_back([&, w] { write_on(*log, w, ack_fd); });
  if (!streams.empty()) {
    threads.emplace_back([&] {
      while (log->prune()) {
      }
    });
  }
  threads.clear();
  ::_exit(0);
}

// Runs a child until it has acknowledged `kill_after` times, kills it, and gives the last seq each writer was
// acknowledged.
std::array<std::uint64_t, kWriters> run_and_kill(const std::string& folder, std::uint64_t round,
                                                 std::uint64_t kill_after,
                                                 const std::vector<StreamRule>& streams = {}) {
  std::array<int, 2> fds{};
  EXPECT_EQ(::pipe(fds.data()), 0);
  base::UniqueFd read_end(fds[0]);
  base::UniqueFd write_end(fds[1]);
  const pid_t pid = ::fork();
  if (pid == 0) child(folder, streams, round, write_end.get());
  write_end.reset();
  std::array<std::uint64_t, kWriters> acked{};
  Ack ack{};
  std::uint64_t count = 0;
  while (::read(read_end.get(), &ack, sizeof ack) == sizeof ack) {
    acked[ack.writer] = ack.seq;
    if (++count == kill_after) ::kill(pid, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
  return acked;
}

TEST(SqliteLogCrash, WhateverWasAcknowledgedIsThereOnceAndInOrder) {
  const test::TempFolder folder;
  const base::ManualClock clock(test::kStartUs);
  std::mt19937_64 rng(20);
  std::array<std::uint64_t, kWriters> acked{};
  for (std::uint64_t round = 0; round < kKills; ++round) {
    const auto now = run_and_kill(folder.path(), round, 1 + rng() % 60);
    for (std::size_t w = 0; w < kWriters; ++w) acked[w] = std::max(acked[w], now[w]);
    const auto log = test::open_sqlite(folder.path(), clock);
    for (std::uint64_t w = 0; w < kWriters; ++w) {
      const auto source = event("a", 1, {}, boot_of(w));
      ASSERT_GE(log->high_water("a", source.client, source.boot), acked[w]) << "round " << round;
    }
  }
  const auto report = base::value_or_die(verify_log(log_path(folder.path())));
  EXPECT_TRUE(report.ok()) << report.problems.front();
  auto log = test::open_sqlite(folder.path(), clock);
  std::map<std::string, std::uint64_t> last;
  std::uint64_t last_us = 0;
  for (const auto& e : test::read_all(*log)) {
    ASSERT_EQ(e.seq, ++last[e.boot.str()]) << e.boot.str();
    ASSERT_EQ(e.body, "{\"seq\":" + std::to_string(e.seq) + "}");
    ASSERT_GE(e.appended_at_us, last_us);
    last_us = e.appended_at_us;
  }
  for (std::uint64_t w = 0; w < kWriters; ++w) EXPECT_GE(last[boot_of(w)], acked[w]);
}

// Everything ever acknowledged is a duplicate; returns the first that is not, as "boot seq", or "".
std::string forgotten(SqliteLog& log) {
  for (std::uint64_t w = 0; w < kWriters; ++w) {
    const auto source = event("a", 1, {}, boot_of(w));
    std::vector<NewEvent> again;
    for (std::uint64_t seq = 1; seq <= log.high_water("a", source.client, source.boot); ++seq) {
      again.push_back(event("a", seq, {}, boot_of(w)));
    }
    for (std::size_t i = 0; const auto& one : base::value_or_die(log.append(again))) {
      ++i;
      if (one.verdict != Verdict::kDuplicate) return boot_of(w) + " " + std::to_string(i);
    }
  }
  return {};
}

TEST(SqliteLogCrash, APruneThatIsKilledLeavesALogThatKnowsWhatItHad) {
  const test::TempFolder folder;
  const base::ManualClock clock(test::kStartUs);
  const std::vector<StreamRule> streams{{"s", {"a"}, {}, 0, 40}};
  std::mt19937_64 rng(21);
  std::array<std::uint64_t, kWriters> acked{};
  std::uint64_t last = 0;
  for (std::uint64_t round = 0; round < kKills; ++round) {
    const auto now = run_and_kill(folder.path(), round, 1 + rng() % 60, streams);
    for (std::size_t w = 0; w < kWriters; ++w) acked[w] = std::max(acked[w], now[w]);
    const auto report = base::value_or_die(verify_log(log_path(folder.path())));
    ASSERT_TRUE(report.ok()) << "round " << round << ": " << report.problems.front();
    const auto log = test::open_sqlite(folder.path(), clock, {.streams = streams});
    ASSERT_GE(log->last().value(), last) << "an offset was given twice";
    last = log->last().value();
    for (std::uint64_t w = 0; w < kWriters; ++w) {
      const auto source = event("a", 1, {}, boot_of(w));
      ASSERT_GE(log->high_water("a", source.client, source.boot), acked[w]) << "round " << round;
    }
  }
  auto log = test::open_sqlite(folder.path(), clock, {.streams = streams});
  EXPECT_GT(log->stats().pruned, 0U) << "no prune was under way";
  EXPECT_EQ(log->stats().events + log->stats().pruned, last);
  EXPECT_EQ(forgotten(*log), "");
  base::value_or_die(log->prune());
  const auto left = test::read_all(*log);
  ASSERT_EQ(left.size(), 40U);
  EXPECT_EQ(left.front().offset, log->pruned_through("a").next());
  EXPECT_EQ(left.back().offset, Offset{last});
  EXPECT_TRUE(base::value_or_die(verify_log(log_path(folder.path()))).ok());
}

}  // namespace
}  // namespace holeshot::log
