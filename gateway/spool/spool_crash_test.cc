// SIGKILL at random moments: what append() reported is there after it, in order, once each.
#include <signal.h>
#include <sys/wait.h>

#include <random>
#include <thread>

#include "common/base/fd.h"
#include "gateway/spool/spool_test_kit.h"
#include "gateway/spool/view.h"

namespace holeshot::spool {
namespace {

constexpr int kKills = 30;
constexpr std::uint64_t kSeed = 20'261'120;

// The child: appends bursts for ever, and tells through the pipe what is durable. Never returns.
[[noreturn]] void append_until_killed(const std::string& path, const std::string& boot, int out,
                                      std::uint64_t seed) {
  base::SystemClock clock;
  auto spool = base::value_or_die(Spool::open(path, identity(boot), clock, {.keep_acknowledged = 500}));
  std::mt19937_64 rng(seed);
  std::uint64_t number = 1;
  while (true) {
    auto envelopes = burst(1 + rng() % 20, number);
    number += envelopes.size();
    const std::uint64_t last = base::value_or_die(spool->append(envelopes)).last;
    if (write(out, &last, sizeof last) != sizeof last) _exit(1);
    // Now and then something is acknowledged, so that kills fall into that and into pruning, too.
    if (rng() % 4 == 0) {
      const Batch batch = base::value_or_die(spool->next_batch(1 + rng() % 30, 1U << 20));
      if (!batch.rows.empty()) base::value_or_die(spool->acknowledge(batch.rows.back().id));
    }
  }
}

class SpoolCrashTest : public SpoolTest {
 protected:
  // Runs one child, kills it `after` the first report, and gives the last number it reported.
  std::uint64_t kill_one(const std::string& boot, std::chrono::microseconds after, std::uint64_t seed) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    base::UniqueFd read_end{ends[0]};
    base::UniqueFd write_end{ends[1]};
    const pid_t child = fork();
    if (child == 0) append_until_killed(path_.string(), boot, write_end.get(), seed);
    write_end.reset();
    std::uint64_t last = 0;
    std::uint64_t told = 0;
    EXPECT_EQ(read(read_end.get(), &last, sizeof last), static_cast<ssize_t>(sizeof last));
    std::this_thread::sleep_for(after);  // the moment of the kill is the input of this test
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(read_end.get(), &told, sizeof told) == static_cast<ssize_t>(sizeof told)) last = told;
    return last;
  }
};

TEST_F(SpoolCrashTest, WhatWasReportedDurableIsThereAfterEveryKill) {
  std::mt19937_64 rng(kSeed);
  for (int round = 0; round < kKills; ++round) {
    const std::string boot = "BOOT" + std::to_string(round);
    const std::uint64_t reported = kill_one(boot, std::chrono::microseconds{rng() % 30'000}, rng());
    {
      // What `spool stats` shows of a dead gateway's file, before anything repairs it.
      auto view = base::value_or_die(SpoolView::open(path_.string()));
      ASSERT_GE(base::value_or_die(view.stats()).boots.back().last_seq, reported);
    }
    auto spool =
        base::value_or_die(Spool::open(path_.string(), identity("LOOK"), clock_, {.keep_acknowledged = 500}));
    const SpoolStats stats = base::value_or_die(spool->stats());
    ASSERT_EQ(stats.boots.size(), static_cast<std::size_t>(round) + 1);
    ASSERT_EQ(stats.boots.back().boot_id, boot);
    ASSERT_GE(stats.boots.back().last_seq, reported) << "kill " << round << ", seed " << kSeed;
    ASSERT_EQ(stats.quarantined, 0U);

    // All that is pending, in order, whole, and once: sequence numbers follow each other within every boot.
    const Batch batch = base::value_or_die(spool->next_batch(1'000'000, 1U << 30));
    ASSERT_EQ(batch.rows.size(), stats.pending);
    std::string last_boot;
    std::uint64_t last_seq = 0;
    for (const auto& row : batch.rows) {
      const auto envelope = base::value_or_die(contract::parse_envelope(row.body));
      if (envelope.boot_id.str() == last_boot) {
        ASSERT_EQ(envelope.seq, last_seq + 1);
      } else if (!last_boot.empty()) {
        ASSERT_EQ(envelope.seq, 1U);
      }
      last_boot = envelope.boot_id.str();
      last_seq = envelope.seq;
    }
    if (!batch.rows.empty()) {
      ASSERT_GE(last_seq, reported);
    }
  }
}

}  // namespace
}  // namespace holeshot::spool
