#include "central/worker/attempts.h"

#include <gtest/gtest.h>

namespace holeshot::worker {
namespace {

using base::Code;
using std::chrono::milliseconds;

base::Error error(Code code) { return {code, "handle event: it did not work", ""}; }

WorkerPolicy three_tries() {
  return {.kind = "race",
          .ack_deadline = milliseconds{1000},
          .max_deliver = 3,
          .retry_pause = milliseconds{10},
          .longest_pause = milliseconds{15}};
}

TEST(WorkerPolicy, EveryKindCanBeFoundAndMakesSense) {
  for (const auto kind : {kRace, kProjection}) {
    const WorkerPolicy& policy = default_policy(kind);
    EXPECT_EQ(policy.kind, kind);
    EXPECT_GT(policy.max_deliver, 0U);
    EXPECT_GT(policy.retry_pause.count(), 0);
    EXPECT_GE(policy.longest_pause, policy.retry_pause);
    EXPECT_GT(policy.ack_deadline, policy.longest_pause) << "a pause is no delay";
  }
}

TEST(WorkerPolicy, WhatWasSetWinsAndTheRestIsAsInTheTable) {
  const std::vector<WorkerPolicy> set{three_tries()};
  EXPECT_EQ(policy_of(set, kRace).max_deliver, 3U);
  EXPECT_EQ(policy_of(set, kProjection).max_deliver, default_policy(kProjection).max_deliver);
}

TEST(WorkerPolicy, PausesDoubleUpToTheLongest) {
  WorkerPolicy policy = three_tries();
  policy.longest_pause = milliseconds{50};
  std::vector<long> pauses;
  for (std::uint32_t failures = 1; failures <= 5; ++failures)
    pauses.push_back(pause_after(policy, failures).count());
  EXPECT_EQ(pauses, (std::vector<long>{10, 20, 40, 50, 50}));
  EXPECT_EQ(pause_after(policy, 4'000'000'000U), milliseconds{50});
}

TEST(Attempts, ATransientErrorIsTriedAsOftenAsThePolicySays) {
  Attempts attempts(three_tries());
  EXPECT_EQ(attempts.failed(log::Offset{7}, error(Code::kRetry)), Verdict::kAgain);
  EXPECT_EQ(attempts.pause(), milliseconds{10});
  EXPECT_EQ(attempts.failed(log::Offset{7}, error(Code::kMissing)), Verdict::kAgain);
  EXPECT_EQ(attempts.pause(), milliseconds{15});
  EXPECT_EQ(attempts.failed(log::Offset{7}, error(Code::kConflict)), Verdict::kGiveUp);
  EXPECT_EQ(attempts.tries(), 3U);
  EXPECT_TRUE(attempts.waiting());
  attempts.done();
  EXPECT_FALSE(attempts.waiting());
}

TEST(Attempts, WhatCanNeverBeReadIsGivenUpAtOnce) {
  Attempts attempts(three_tries());
  EXPECT_EQ(attempts.failed(log::Offset{7}, error(Code::kInvalid)), Verdict::kGiveUp);
  EXPECT_EQ(attempts.tries(), 1U);
}

TEST(Attempts, AStoreThatTakesNothingIsWaitedForWithoutEndAndCountsAgainstNoEvent) {
  Attempts attempts(three_tries());
  for (const Code code : {Code::kFull, Code::kClosed, Code::kDenied, Code::kCorrupt}) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(attempts.failed(log::Offset{7}, error(code)), Verdict::kWait);
  }
  EXPECT_EQ(attempts.tries(), 0U);
  EXPECT_EQ(attempts.failed(log::Offset{7}, error(Code::kRetry)), Verdict::kAgain);
}

TEST(Attempts, EveryEventHasItsOwnTries) {
  Attempts attempts(three_tries());
  for (std::uint64_t offset = 1; offset <= 5; ++offset) {
    EXPECT_EQ(attempts.failed(log::Offset{offset}, error(Code::kRetry)), Verdict::kAgain);
    EXPECT_EQ(attempts.failed(log::Offset{offset}, error(Code::kRetry)), Verdict::kAgain);
  }
  attempts.done();
  EXPECT_EQ(attempts.tries(), 0U);
}

}  // namespace
}  // namespace holeshot::worker
