#include "central/actor/checkpoint.h"

#include <gtest/gtest.h>

#include <random>

#include "central/actor/actor_test_kit.h"
#include "central/actor/replay.h"

namespace holeshot::actor {
namespace {

using base::value_or_die;
using kit::Central;
using kit::eventually;
using kit::kEventsOfRace;
using kit::TestLog;
using kit::Track;

// Motos, double reads, strangers, status records, unreadable ones and intents that are refused, from a seed.
void any_day(Track& track, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  const auto pick = [&](std::uint64_t n) { return rng() % n; };
  std::uint64_t ms = 1000;
  for (std::uint64_t moto = 1; moto <= 3; ++moto) {
    track.stage(1 + pick(8), "m" + std::to_string(moto));
    for (std::uint64_t n = 5 + pick(12); n > 0; --n) {
      ms += 1 + pick(20'000);
      const std::string decoder = pick(2) == 0 ? "D1" : pick(5) == 0 ? "D9" : "D2";
      switch (pick(8)) {
        case 0:
          track.gate(ms);
          break;
        case 1:
          track.raw(
              R"({"event_id":"s","captured_at_us":5,"message_type":"STATUS","payload":{"decoder_id":")" +
              decoder + R"(","noise":)" + std::to_string(pick(90)) + "}}");
          break;
        case 2:
          track.raw(R"({"event_id":"x","captured_at_us":1,"message_type":"PASSING","payload":{}})");
          break;
        case 3:
          track.intent(pick(2) == 0 ? "force_finish" : "no_such_thing");
          break;
        default:
          track.passing(1001 + pick(9), decoder, ms);
      }
    }
    if (pick(3) == 0) track.intent("reset");
  }
}

// An engine and a board over the inputs of a track, as an actor has them.
struct Machine {
  explicit Machine(const contract::TrackId& track) : state{.engine = race::RaceEngine(track)} {}

  void take(const log::Event& event) {
    race::EventList derived;
    const auto input = read_input(state.engine.state().track, event);
    ++state.applied;
    state.input = {event.subject, event.client, event.boot, event.seq};
    state.cursor = event.offset;
    if (!input) return;
    state.engine.apply(event.offset.value(), *input, derived);
    if (const auto told = state.board.apply(*input)) bytes.push_back(*told);
    for (const auto& one : derived) {
      if (one.event_type == race::event_type::kRaceStaged)
        state.board.set_loops(state.engine.state().moto().loops());
      bytes.push_back(race::to_json(one));
    }
    bytes.push_back(state.board.snapshot_payload());
  }
  Checkpoint state;
  std::vector<std::string> bytes;
};

log::Event as_event(const log::NewEvent& kept) {
  return {.offset = log::Offset{1},
          .subject = kept.subject,
          .client = kept.client,
          .boot = kept.boot,
          .seq = kept.seq,
          .body = kept.body};
}

TEST(Checkpoint, RestoredAtAnyInputATrackGoesOnAsIfItHadNeverStopped) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TestLog log;
    Track track(log, "t1");
    any_day(track, seed);
    const auto inputs = value_or_die(log.read({.subjects = input_subjects(track.id)}));
    Machine whole(track.id);
    for (const auto& input : inputs) whole.take(input);
    Machine until(track.id);
    for (std::size_t stop = 0; stop < inputs.size(); ++stop) {
      until.take(inputs[stop]);
      const log::NewEvent kept = stored_form(until.state, log.log_id());
      EXPECT_EQ(kept.seq, stop + 1);
      Machine restored(track.id);
      restored.state = value_or_die(restore_checkpoint(log, track.id, as_event(kept)));
      ASSERT_EQ(stored_form(restored.state, log.log_id()).body, kept.body) << "seed " << seed;
      restored.bytes = until.bytes;
      for (std::size_t i = stop + 1; i < inputs.size(); ++i) restored.take(inputs[i]);
      ASSERT_EQ(restored.bytes, whole.bytes) << "seed " << seed << ", stopped after " << stop + 1;
    }
  }
}

TEST(Checkpoint, InAnotherCopyOfTheLogItIsPlacedByItsLastInput) {
  TestLog first;
  Track track(first, "t1");
  track.race("m1", 10'000);
  const auto inputs = value_or_die(first.read({.subjects = input_subjects(track.id)}));
  Machine machine(track.id);
  for (const auto& input : inputs) machine.take(input);
  const log::Event kept = as_event(stored_form(machine.state, first.log_id()));

  TestLog second;
  const auto lost = restore_checkpoint(second, track.id, kept);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, base::Code::kMissing);

  Track other(second, "t2");  // offsets are others here
  other.race("x1", 10'000);
  for (const auto& input : inputs) {
    const std::vector<log::NewEvent> copy{{input.subject, input.client, input.boot, input.seq, input.body}};
    (void)value_or_die(second.append(copy));
  }
  const auto found = value_or_die(restore_checkpoint(second, track.id, kept));
  EXPECT_NE(found.cursor, machine.state.cursor);
  EXPECT_EQ(found.cursor, second.last());
  EXPECT_EQ(found.engine.last_applied(), second.last().value());
  EXPECT_EQ(found.engine.ordinal(), machine.state.engine.ordinal());
}

TEST(Checkpoint, DamageIsAnErrorAndNotATrack) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  Machine machine(track.id);
  for (const auto& input : value_or_die(log.read({.subjects = input_subjects(track.id)})))
    machine.take(input);
  const log::Event kept = as_event(stored_form(machine.state, log.log_id()));
  const auto code_of = [&](const std::string& body, const std::string& boot = "race-v3") {
    log::Event spoilt = kept;
    spoilt.body = body;
    spoilt.boot = value_or_die(contract::BootId::parse(boot, "boot"));
    const auto restored = restore_checkpoint(log, track.id, spoilt);
    return restored ? base::Code::kRetry : restored.error().code;
  };
  const auto with = [&](const std::string& what, const std::string& other) {
    std::string body = kept.body;
    EXPECT_NE(body.find(what), std::string::npos) << what;
    return body.replace(body.find(what), what.size(), other);
  };
  EXPECT_EQ(code_of(kept.body), base::Code::kRetry) << "the whole one is fine";
  for (std::size_t length = 0; length < kept.body.size(); length += 97)
    EXPECT_EQ(code_of(kept.body.substr(0, length)), base::Code::kCorrupt);
  EXPECT_EQ(code_of(kept.body, "race-v0"), base::Code::kInvalid);
  EXPECT_EQ(code_of(with("race-checkpoint-v1", "race-checkpoint-v9")), base::Code::kCorrupt);
  EXPECT_EQ(code_of(with("race-snapshot-v3", "race-snapshot-v9")), base::Code::kCorrupt);
  EXPECT_EQ(code_of(with("board-snapshot-v1", "board-snapshot-v9")), base::Code::kCorrupt);
  EXPECT_EQ(code_of(with(R"("input":{)", R"("output":{)")), base::Code::kCorrupt);
  EXPECT_EQ(code_of(with(R"("boot_id":"boot1")", R"("boot_id":"no token")")), base::Code::kCorrupt);
  const auto elsewhere = restore_checkpoint(log, kit::track_id("t2"), kept);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, base::Code::kCorrupt);
}

RouterOptions often() { return {.checkpoint_inputs = 4}; }

std::vector<log::Event> kept(TestLog& log) {
  return log.events(contract::checkpoint_subject(kit::track_id("t1")));
}

TEST(Checkpoints, AStartGoesOnFromTheNewestOneAndTellsAndStoresTheSame) {
  TestLog log;
  Track track(log, "t1");
  {
    Central first(log, often());
    track.race("m1", 10'000);
    ASSERT_TRUE(first.settle("t1", kEventsOfRace));
    ASSERT_TRUE(eventually([&] { return !kept(log).empty(); }));
    track.race("m2", 100'000);
    ASSERT_TRUE(first.settle("t1", 2 * kEventsOfRace));
    ASSERT_TRUE(first.idle("t1"));
  }
  const std::uint64_t at_checkpoint = kept(log).back().seq;
  EXPECT_GE(at_checkpoint, 4U);
  Central second(log, often());
  ASSERT_TRUE(second.idle("t1"));
  EXPECT_EQ(second.metric("holeshot_actor_inputs_total"), 12 - static_cast<double>(at_checkpoint));
  EXPECT_TRUE(second.sink.told().empty());
  EXPECT_EQ(second.router.state(track.id)->moto_id, "m2");
  EXPECT_NE(second.sink.rows().find("\"loop_name\":\"finish\""), std::string::npos);
  track.race("m3", 200'000);
  ASSERT_TRUE(second.settle("t1", 3 * kEventsOfRace));
  EXPECT_EQ(second.metric("holeshot_actor_nondeterminism_total"), 0);
  const auto report = value_or_die(verify(log, track.id));
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.from, log::Offset{});
  EXPECT_EQ(report.derived, 3 * kEventsOfRace);
}

TEST(Checkpoints, OneThatCannotBeReadOrIsOfOtherRulesIsPassedOverForAnOlderOne) {
  TestLog log;
  Track track(log, "t1");
  {
    Central first(log, often());
    track.race("m1", 10'000);
    ASSERT_TRUE(first.settle("t1", kEventsOfRace));
    ASSERT_TRUE(eventually([&] { return !kept(log).empty(); }));
  }
  const std::uint64_t good = kept(log).back().seq;
  for (const auto& [boot, seq] :
       std::vector<std::pair<std::string, std::uint64_t>>{{"race-v3", 90}, {"race-v0", 91}}) {
    const std::vector<log::NewEvent> bad{{contract::checkpoint_subject(track.id),
                                          value_or_die(contract::ClientId::parse("engine", "c")),
                                          value_or_die(contract::BootId::parse(boot, "b")), seq,
                                          R"({"half":)"
                                          "1}"}};
    (void)value_or_die(log.append(bad));
  }
  const auto search = value_or_die(newest_checkpoint(log, track.id));
  EXPECT_EQ(search.passed_over, 2U);
  EXPECT_EQ(search.highest_seq, 90U);
  ASSERT_TRUE(search.found);
  EXPECT_EQ(search.found->applied, good);
  Central second(log, often());
  ASSERT_TRUE(second.idle("t1"));
  EXPECT_EQ(second.metric("holeshot_actor_inputs_total"), 6 - static_cast<double>(good));
}

TEST(Checkpoints, WithoutAUsableOneTheTrackBeginsAtTheBeginning) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  const std::vector<log::NewEvent> bad{{contract::checkpoint_subject(track.id),
                                        value_or_die(contract::ClientId::parse("engine", "c")),
                                        value_or_die(contract::BootId::parse("race-v3", "b")), 5, "{}"}};
  (void)value_or_die(log.append(bad));
  Central central(log);
  ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  EXPECT_EQ(central.metric("holeshot_actor_inputs_total"), 6);
  EXPECT_EQ(central.worker("t1").gaps, 0U);
}

TEST(Checkpoints, ACleanStopLeavesOneWhereEnoughIsNew) {
  for (const std::uint64_t inputs : {kCheckpointAtStop - 1, kCheckpointAtStop}) {
    TestLog log;
    {
      Central central(log);
      kit::flood(log, "t1", 1, inputs);
      ASSERT_TRUE(central.settle("t1", inputs));
      ASSERT_TRUE(central.idle("t1"));
    }
    EXPECT_EQ(kept(log).size(), inputs == kCheckpointAtStop ? 1U : 0U) << inputs;
  }
}

TEST(Checkpoints, AnHourOfNewInputsGivesOneByTheLogsOwnTime) {
  TestLog log;
  Central central(log);
  Track track(log, "t1");
  track.stage(2);
  ASSERT_TRUE(central.idle("t1"));
  log.clock.advance_us(3'599'000'000);
  track.gate(10'000);
  ASSERT_TRUE(central.settle("t1", 3));
  ASSERT_TRUE(central.idle("t1"));
  EXPECT_TRUE(kept(log).empty());
  log.clock.advance_us(1'000'000);
  track.passing(1001, "D1", 12'000);
  ASSERT_TRUE(eventually([&] { return kept(log).size() == 1; }));
  EXPECT_EQ(kept(log)[0].seq, 3U);
}

TEST(Checkpoints, NoneIsMadeOfWhatIsStillOwed) {
  TestLog log;
  log.refusing = true;
  Central central(log, often());
  Track track(log, "t1");
  track.race("m1", 10'000);
  ASSERT_TRUE(eventually([&] { return log.refused > 1; }));
  EXPECT_TRUE(kept(log).empty());
  log.refusing = false;
  ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  ASSERT_TRUE(eventually([&] { return !kept(log).empty(); }));
}

}  // namespace
}  // namespace holeshot::actor
