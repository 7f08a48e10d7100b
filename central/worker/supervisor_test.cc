#include "central/worker/supervisor.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "central/log/log_test_kit.h"

namespace holeshot::worker {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t kSecond = 1'000'000;

class Supervision : public ::testing::Test {
 protected:
  static WorkerAbout about(const std::string& track, std::vector<std::string> subjects = {"a"}) {
    return {.policy = {.kind = "race", .ack_deadline = seconds{10}, .max_deliver = 3},
            .track = track,
            .subjects = std::move(subjects)};
  }
  double counter(const std::string& name, const std::string& track) {
    return metrics_.counter(name, "", {{"kind", "race"}, {"track", track}}).value();
  }
  WorkerStatus only() {
    const auto all = supervisor_.statuses();
    EXPECT_EQ(all.size(), 1U);
    return all.front();
  }

  base::ManualClock clock_{log::test::kStartUs};
  log::test::TempFolder folder_;
  std::unique_ptr<log::SqliteLog> log_ = log::test::open_sqlite(folder_.path(), clock_);
  base::Metrics metrics_;
  Supervisor supervisor_{*log_, clock_, metrics_};
};

TEST_F(Supervision, AnEventThatIsHeldBeyondTheDeadlineIsSeenAndCountedOnce) {
  Progress worker(about("t1"), &supervisor_);
  worker.handed(log::Offset{5});
  clock_.advance_us(10 * kSecond);
  supervisor_.check();
  EXPECT_TRUE(supervisor_.ready());
  clock_.advance_us(1);
  for (int i = 0; i < 3; ++i) supervisor_.check();
  EXPECT_EQ(only().overdue, 1U);
  EXPECT_EQ(only().state, WorkerState::kStuck);
  const auto ready = supervisor_.ready();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().message.find("race of track t1"), std::string::npos) << ready.error().message;
  EXPECT_NE(ready.error().message.find("offset 5"), std::string::npos) << ready.error().message;
}

TEST_F(Supervision, OneThatComesBackIsWellAgainAndCountsAnewNextTime) {
  Progress worker(about("t1"), &supervisor_);
  for (std::uint64_t round = 1; round <= 2; ++round) {
    worker.handed(log::Offset{round});
    clock_.advance_us(11 * kSecond);
    supervisor_.check();
    EXPECT_FALSE(supervisor_.ready());
    worker.done(log::Offset{round}, 1);
    EXPECT_TRUE(supervisor_.ready());
    EXPECT_EQ(only().overdue, round);
    EXPECT_EQ(only().state, WorkerState::kLive);
  }
}

TEST_F(Supervision, OnlyOneThatNeverComesBackMakesCentralUnhealthy) {
  Progress slow(about("t1"), &supervisor_);
  Progress fine(about("t2"), &supervisor_);
  slow.handed(log::Offset{1});
  fine.handed(log::Offset{2});
  fine.put_down();
  clock_.advance_us(40 * kSecond);
  EXPECT_TRUE(supervisor_.healthy());
  EXPECT_FALSE(supervisor_.ready());
  clock_.advance_us(kSecond);
  EXPECT_FALSE(supervisor_.healthy());
  slow.put_down();
  EXPECT_TRUE(supervisor_.healthy());
}

TEST_F(Supervision, IdlenessAndWaitingAreNoDelay) {
  Progress idle(about("t1"), &supervisor_);
  Progress waiting(about("t2"), &supervisor_);
  waiting.handed(log::Offset{1});
  waiting.waits({base::Code::kFull, "append: no room", ""}, false);
  clock_.advance_us(10'000 * kSecond);
  supervisor_.check();
  EXPECT_TRUE(supervisor_.ready());
  EXPECT_TRUE(supervisor_.healthy());
  EXPECT_EQ(supervisor_.statuses()[1].state, WorkerState::kWaiting);
}

TEST_F(Supervision, LooksByItselfWhenStarted) {
  base::ManualClock clock(1);
  Supervisor supervisor(*log_, clock, metrics_);
  Progress worker(about("t1"), &supervisor);
  worker.handed(log::Offset{1});
  clock.advance_us(60 * kSecond);
  supervisor.start();
  EXPECT_TRUE(supervisor.running());
  const auto give_up = std::chrono::steady_clock::now() + seconds{30};
  while (supervisor.statuses()[0].overdue == 0 && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  EXPECT_EQ(supervisor.statuses()[0].overdue, 1U);
}

TEST_F(Supervision, LagIsWhatWaitsForThisWorkerAndHowOldItIs) {
  Progress worker(about("t1", {"a"}), &supervisor_);
  EXPECT_EQ(only().lag, 0U);
  base::value_or_die(log_->append(log::test::events("a", 1, 3)));
  clock_.advance_us(5 * kSecond);
  base::value_or_die(log_->append(log::test::events("a", 4, 4)));
  EXPECT_EQ(only().lag, 4U);
  EXPECT_EQ(only().lag_us, 5 * kSecond);
  worker.done(log::Offset{3}, 3);
  EXPECT_EQ(only().lag, 1U);
  EXPECT_EQ(only().lag_us, 0U);
  worker.done(log::Offset{4}, 1);
  base::value_or_die(log_->append(log::test::events("other", 1, 50)));
  EXPECT_EQ(only().lag, 0U) << "what others are sent is no lag";
  EXPECT_EQ(only().deliveries, 4U);
}

TEST_F(Supervision, MetricsFollowWhatWorkersSayAndSurviveAWorkerMadeAnew) {
  {
    Progress worker(about("t1"), &supervisor_);
    worker.waits({base::Code::kRetry, "handle: busy", ""}, true);
    worker.dead_lettered({base::Code::kInvalid, "handle: no number", ""});
    worker.found_gap({base::Code::kMissing, "read: removed", ""});
    worker.done(log::Offset{9}, 7);
    supervisor_.refresh();
    supervisor_.refresh();
  }
  EXPECT_EQ(counter("holeshot_worker_deliveries_total", "t1"), 7);
  EXPECT_EQ(counter("holeshot_worker_retries_total", "t1"), 1);
  EXPECT_EQ(counter("holeshot_worker_dead_letters_total", "t1"), 1);
  EXPECT_EQ(counter("holeshot_worker_gaps_total", "t1"), 1);
  Progress again(about("t1"), &supervisor_);
  again.done(log::Offset{11}, 2);
  supervisor_.refresh();
  EXPECT_EQ(counter("holeshot_worker_deliveries_total", "t1"), 9);
}

TEST_F(Supervision, StatusesAreSortedAndReadAsJson) {
  Progress second(about("t2"), &supervisor_);
  Progress first(about("t1"), &supervisor_);
  first.waits({base::Code::kRetry, "read log: busy", ""}, true);
  Progress all({.policy = default_policy(kProjection), .track = "", .subjects = {}}, &supervisor_);
  const auto json = nlohmann::json::parse(to_json(supervisor_.statuses()));
  ASSERT_EQ(json["workers"].size(), 3U);
  EXPECT_EQ(json["workers"][0]["kind"], "projection");
  EXPECT_TRUE(json["workers"][0]["track_id"].is_null());
  EXPECT_EQ(json["workers"][1]["track_id"], "t1");
  EXPECT_EQ(json["workers"][1]["state"], "waiting");
  EXPECT_EQ(json["workers"][1]["last_error"], "read log: busy");
  EXPECT_EQ(json["workers"][1]["retries"], 1);
  EXPECT_EQ(json["workers"][2]["state"], "live");
  EXPECT_TRUE(json["workers"][2]["last_error"].is_null());
}

TEST(Progress, NeedsNobodyWhoWatches) {
  Progress worker({.policy = default_policy(kRace), .track = "t1", .subjects = {}}, nullptr);
  worker.handed(log::Offset{1});
  worker.done(log::Offset{1}, 1);
  EXPECT_EQ(worker.status(0).cursor, log::Offset{1});
}

}  // namespace
}  // namespace holeshot::worker
