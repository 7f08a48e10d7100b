// Deriving again over a log that was tampered with, on every log that a central can have.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "central/actor/actor_test_kit.h"
#include "central/actor/checkpoint.h"
#include "central/actor/replay.h"
#include "central/actor/track_log.h"
#include "central/log/jetstream/jetstream_log.h"
#include "central/log/jetstream/nats_test_kit.h"

namespace holeshot::actor {
namespace {

using base::value_or_die;
using kit::Track;
using Kind = Difference::Kind;

struct Backing {
  std::string name;
  std::function<std::unique_ptr<log::EventLog>(const std::string& folder, const base::Clock& clock)> open;
  std::function<std::string()> why_not;  // empty: it can be had
};

// Printed by the test framework.
void PrintTo(const Backing& backing, std::ostream* out) { *out << backing.name; }

log::test::NatsServers& servers() {
  static log::test::NatsServers one(1, log::test::kRoomForTheContract);
  return one;
}

Backing sqlite() {
  return {"sqlite",
          [](const std::string& folder, const base::Clock& clock) -> std::unique_ptr<log::EventLog> {
            return value_or_die(log::SqliteLog::open(
                {.path = log::log_path(folder), .streams = log::default_streams()}, clock));
          },
          [] { return std::string{}; }};
}

Backing jetstream() {
  return {"jetstream",
          [](const std::string& folder, const base::Clock& clock) -> std::unique_ptr<log::EventLog> {
            servers().clear();
            log::JetStreamLogOptions options;
            options.nats.servers = servers().urls();
            options.replica.path = log::log_path(folder);
            return value_or_die(log::JetStreamLog::open(options, clock));
          },
          [] { return log::test::no_nats(); }};
}

class Tampered : public testing::TestWithParam<Backing> {
 protected:
  void SetUp() override {
    const std::string why = GetParam().why_not();
    if (!why.empty()) GTEST_SKIP() << why;
    log_ = GetParam().open(folder_.path().string(), clock_);
    track_ = std::make_unique<Track>(*log_, "t1");
    track_->race("m1", 10'000);
    track_->race("m2", 100'000);
    (void)value_or_die(derive(
        *log_, track_->id, [this](const race::RaceEvent& event) { events_.push_back(stored_form(event)); }));
    ASSERT_EQ(events_.size(), 2 * kit::kEventsOfRace);
  }
  void store(const std::vector<log::NewEvent>& events) { (void)value_or_die(log_->append(events)); }
  [[nodiscard]] VerifyReport verified(const ReplayOptions& options = {}) {
    return value_or_die(verify(*log_, track_->id, options));
  }
  // The state after every input up to here, as a checkpoint of it would be.
  Checkpoint state_at(log::Offset through) {
    Checkpoint state{.engine = race::RaceEngine(track_->id)};
    for (const auto& event :
         value_or_die(log_->read({.after = {}, .subjects = input_subjects(track_->id)}))) {
      if (event.offset > through) break;
      race::EventList ignored;
      state.engine.apply(event.offset.value(), value_or_die(read_input(track_->id, event)), ignored);
      state.input = {event.subject, event.client, event.boot, event.seq};
      state.cursor = event.offset;
      ++state.applied;
    }
    return state;
  }
  // The last input of the first race.
  log::Offset middle() {
    return value_or_die(log_->read({.after = {}, .subjects = input_subjects(track_->id)}))[5].offset;
  }

  base::ManualClock clock_{kit::kNowUs};
  base::TestFolder folder_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<Track> track_;
  std::vector<log::NewEvent> events_;
};

TEST_P(Tampered, AnUntouchedLogIsIdentical) {
  store(events_);
  const auto report = verified();
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.stored, events_.size());
  EXPECT_EQ(report.derived, events_.size());
}

TEST_P(Tampered, AChangedEventIsNamedAndItsNeighboursAreFine) {
  events_[6].body.replace(events_[6].body.find("elapsed_us"), 10, "Elapsed_us");
  store(events_);
  const auto report = verified();
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Kind::kDiffers);
  EXPECT_EQ(report.differences[0].ordinal, 7U);
  EXPECT_EQ(report.differences[0].stored, events_[6].body);
}

TEST_P(Tampered, AMissingEventInTheMiddleIsOneDifference) {
  const std::string gone = events_[6].body;
  events_.erase(events_.begin() + 6);
  store(events_);
  const auto report = verified();
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Kind::kMissing);
  EXPECT_EQ(report.differences[0].ordinal, 7U);
  EXPECT_EQ(report.differences[0].derived, gone);
  EXPECT_EQ(report.missing_at_end, 0U);
}

TEST_P(Tampered, AnExtraEventIsNamed) {
  auto extra = events_.back();
  extra.seq += 1;
  extra.body = R"({"event_type":"race_finished","payload":{"moto_id":"m9"}})";
  events_.push_back(extra);
  store(events_);
  const auto report = verified();
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Kind::kExtra);
  EXPECT_EQ(report.differences[0].stored, extra.body);
}

TEST_P(Tampered, AnEventThatWasPutBackLaterIsMissingThereAndMisplacedHere) {
  const auto late = events_[6];
  events_.erase(events_.begin() + 6);
  store(events_);
  store({late});
  const auto report = verified();
  ASSERT_EQ(report.difference_count, 2U);
  EXPECT_EQ(report.differences[0].kind, Kind::kMissing);
  EXPECT_EQ(report.differences[1].kind, Kind::kMisplaced);
  EXPECT_EQ(report.differences[1].ordinal, 7U);
}

TEST_P(Tampered, WhatIsNotStoredYetIsTheEnd) {
  events_.resize(events_.size() - 5);
  store(events_);
  const auto report = verified();
  EXPECT_EQ(report.difference_count, 5U);
  EXPECT_EQ(report.missing_at_end, 5U);
}

TEST_P(Tampered, EventsOfOtherRulesAreReportedAsThatAndAreNoDifference) {
  auto old = events_;
  for (auto& event : old) {
    event.boot = value_or_die(contract::BootId::parse("race-v0", "boot"));
    event.body = R"({"event_type":"race_finished"})";
  }
  store(old);
  auto report = verified();
  EXPECT_TRUE(report.only_other_rules());
  EXPECT_EQ(report.difference_count, 0U);
  EXPECT_EQ(report.others, (std::vector<OtherRules>{{"engine race-v0", old.size()}}));
  store(events_);
  report = verified();
  EXPECT_TRUE(report.identical());
  EXPECT_FALSE(report.only_other_rules());
  EXPECT_EQ(report.others, (std::vector<OtherRules>{{"engine race-v0", old.size()}}));
}

TEST_P(Tampered, FromAPlaceItBeginsAtTheCheckpointBeforeIt) {
  events_[3].body = R"({"changed":true})";
  events_[20].body = R"({"changed":true})";
  store(events_);
  store({stored_form(state_at(middle()), log_->log_id())});
  EXPECT_EQ(verified().difference_count, 2U);
  const auto report = verified({.from = log_->last(), .told = {}});
  EXPECT_EQ(report.from, middle());
  EXPECT_EQ(report.from_ordinal, kit::kEventsOfRace);
  ASSERT_EQ(report.difference_count, 1U);  // the one before was taken on trust
  EXPECT_EQ(report.differences[0].ordinal, 21U);
  // Before every checkpoint there is only the beginning.
  EXPECT_EQ(verified({.from = log::Offset{1}, .told = {}}).difference_count, 2U);
}

TEST_P(Tampered, CheckpointsOnTheWayAreCompared) {
  store(events_);
  store({stored_form(state_at(middle()), log_->log_id())});
  auto report = verified();
  EXPECT_EQ(report.checkpoints, 1U);
  EXPECT_TRUE(report.identical());

  // The state before the last passing, said to be the one after it.
  auto wrong = state_at(log::Offset{middle().value() - 1});
  const auto right = state_at(middle());
  wrong.input = right.input;
  wrong.cursor = right.cursor;
  store({stored_form(wrong, log_->log_id())});
  report = verified();
  EXPECT_EQ(report.checkpoints, 2U);
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Kind::kCheckpoint);
}

TEST_P(Tampered, ATrackThatTheLogDoesNotKnowIsSaid) {
  const auto report = verify(*log_, kit::track_id("elsewhere"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, base::Code::kMissing);
}

TEST_P(Tampered, ItTellsHowFarItIs) {
  store(events_);
  std::vector<log::Offset> told;
  (void)verified({.from = {}, .told = [&](log::Offset at) { told.push_back(at); }});
  EXPECT_EQ(told.size(), 12U);
  EXPECT_TRUE(std::ranges::is_sorted(told));
}

INSTANTIATE_TEST_SUITE_P(, Tampered, testing::Values(sqlite(), jetstream()),
                         [](const auto& backing) { return backing.param.name; });

}  // namespace
}  // namespace holeshot::actor
