#include "central/read/read_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "central/log/sqlite/sqlite_log.h"
#include "central/read/memory_log.h"
#include "central/read/queries.h"
#include "common/contract/subjects.h"

namespace holeshot::read {
namespace {

using base::value_or_die;
using contract::BootId;
using contract::ClientId;
using contract::TrackId;

constexpr std::chrono::milliseconds kLong{20'000};

// A log, a file and a model on them; appends as the race office and the engine would.
class ReadModelTest : public testing::Test {
 protected:
  ReadModelTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("holeshot_read_" + std::string{info->name()} + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    reopen();
  }
  ~ReadModelTest() override {
    model_.reset();
    std::filesystem::remove_all(folder_);
  }

  void reopen() {
    model_.reset();
    model_ = value_or_die(ReadModel::open(path(), log_));
  }
  [[nodiscard]] std::string path() const { return (folder_ / "read.db").string(); }

  log::Offset append(const std::string& subject, const std::string& body) {
    const log::NewEvent event{.subject = subject,
                              .client = value_or_die(ClientId::parse("central", "client")),
                              .boot = value_or_die(BootId::parse("boot", "boot")),
                              .seq = ++seq_,
                              .body = body};
    return value_or_die(log_.append({&event, 1}))[0].offset;
  }
  log::Offset put(std::string_view kind, const std::string& id, const std::string& object, int revision = 1) {
    return append(std::string{contract::kRegistrySubject},
                  R"({"op":"put","kind":")" + std::string{kind} + R"(","id":")" + id + R"(","object":)" +
                      object + R"(,"revision":)" + std::to_string(revision) +
                      R"(,"actor":"local","ts_us":1700000000000000,"created_at_us":1600000000000000})");
  }
  log::Offset remove(std::string_view kind, const std::string& id) {
    return append(std::string{contract::kRegistrySubject},
                  R"({"op":"delete","kind":")" + std::string{kind} + R"(","id":")" + id + R"(","ts_us":1})");
  }
  log::Offset race(const std::string& type, const std::string& payload, const std::string& track = "t1") {
    return append("timing.race.events.v1." + track,
                  R"({"event_type":")" + type + R"(","moto_id":null,"ts_us":5,"payload":)" + payload + "}");
  }

  void catch_up() {
    while (value_or_die(catch_up_once(log_, *model_))) {
    }
  }
  [[nodiscard]] std::string dump() const { return value_or_die(model_->dump()); }
  [[nodiscard]] std::string status(const std::string& moto) const {
    return value_or_die(Queries{*model_}.moto_status(moto));
  }

  void a_small_day() {
    put("track", "t1",
        R"({"name":"Zolder","loops":[],"sections":[{"id":"s","length_mm":12345}],"latitude_e7":509876543})");
    put("rider", "r1",
        R"({"first_name":"Éva","last_name":"Claes","plate_number":"7","transponder_id":7000001})");
    put("rider", "r2",
        R"({"first_name":"Bo","last_name":"Adams","plate_number":"8","transponder_string":"HS-2"})");
    put("event", "e1", R"({"name":"Cup","date":"2026-05-01","track_id":"t1","status":"setup"})");
    put("class", "c1", R"({"event_id":"e1","name":"Boys","rider_ids":["r1","r2"]})");
    put("moto", "m1",
        R"({"event_id":"e1","class_id":"c1","round_type":"moto1","sequence":1,)"
        R"("entries":[{"id":"x","rider_id":"r1","lane":1},{"id":"y","rider_id":"r2","lane":2}]})");
    race("race_staged", R"({"moto_id":"m1"})");
    race("intent_result", R"({"intent_id":"i1","type":"stage","accepted":true,"code":"","reason":""})");
    race("gate_drop", R"({"moto_id":"m1"})");
    race("split_time", R"({"moto_id":"m1","rider_id":"r1"})");
    race(
        "race_finished",
        R"({"moto_id":"m1","results":[)"
        R"({"rider_id":"r1","position":1,"elapsed_us":35000000,"gap_to_leader_us":0,"dnf":false,"dns":false},)"
        R"({"rider_id":"r2","position":2,"elapsed_us":null,"gap_to_leader_us":null,"dnf":true,"dns":false}]})");
  }

  std::filesystem::path folder_;
  base::ManualClock clock_{1'700'000'000'000'000};
  MemoryLog log_{clock_, "01LOG"};
  std::unique_ptr<ReadModel> model_;
  std::uint64_t seq_ = 0;
};

TEST_F(ReadModelTest, AppliesWhatItWantsAndKnowsHowFarItIs) {
  a_small_day();
  append("timing.ingest.raw.v1.t1", "{}");
  catch_up();
  EXPECT_EQ(model_->applied(), log_.last());
  EXPECT_EQ(status("m1"), "finished");
  EXPECT_EQ(model_->skipped(), 0U);
}

TEST_F(ReadModelTest, ApplyingTwiceChangesNothing) {
  a_small_day();
  catch_up();
  const std::string once = dump();
  const auto events = value_or_die(log_.read({}));
  ASSERT_TRUE(model_->apply(events, log_.last(), {}));
  EXPECT_EQ(dump(), once);
  EXPECT_NE(once.find("Claes"), std::string::npos);
}

TEST_F(ReadModelTest, OneByOneInOneGoAndRebuiltAreTheSameBytes) {
  a_small_day();
  remove("rider", "nobody");
  put("rider", "r2", R"({"first_name":"Bob","last_name":"Adams","plate_number":"9"})", 2);
  for (const auto& event : value_or_die(log_.read({}))) {
    ASSERT_TRUE(model_->apply({&event, 1}, event.offset, {}));
  }
  const std::string incremental = dump();
  ASSERT_TRUE(model_->rebuild(log_));
  EXPECT_EQ(dump(), incremental);
  model_.reset();
  std::filesystem::remove(path());
  reopen();
  catch_up();
  EXPECT_EQ(dump(), incremental);
}

TEST_F(ReadModelTest, RebuildStopsWhereTheRowsStoodAndTheWorkerGoesOn) {
  a_small_day();
  catch_up();
  put("rider", "r3", R"({"first_name":"Cy","last_name":"Zed"})");
  ASSERT_TRUE(model_->rebuild(log_));
  EXPECT_EQ(dump().find("Zed"), std::string::npos);
  catch_up();
  EXPECT_NE(dump().find("Zed"), std::string::npos);
}

TEST_F(ReadModelTest, ReopenedItGoesOnFromItsOffset) {
  a_small_day();
  catch_up();
  const std::string before = dump();
  const auto applied = model_->applied();
  reopen();
  EXPECT_EQ(model_->applied(), applied);
  EXPECT_EQ(dump(), before);
}

TEST_F(ReadModelTest, AnEventAndItsOffsetAreStoredTogether) {
  a_small_day();
  const auto events = value_or_die(log_.read({}));
  // Leaves after every event, as a process that is killed would: the next one must neither lose nor repeat.
  for (const auto& event : events) {
    ASSERT_TRUE(model_->apply({&event, 1}, event.offset, {}));
    reopen();
    EXPECT_EQ(model_->applied(), event.offset);
  }
  const std::string stepwise = dump();
  ASSERT_TRUE(model_->rebuild(log_));
  EXPECT_EQ(dump(), stepwise);
}

TEST_F(ReadModelTest, AnotherLogsRowsAreDropped) {
  a_small_day();
  catch_up();
  MemoryLog other{clock_, "01OTHER"};
  model_.reset();
  model_ = value_or_die(ReadModel::open(path(), other));
  EXPECT_EQ(model_->applied(), log::Offset{});
  EXPECT_EQ(dump().find("Claes"), std::string::npos);
}

TEST_F(ReadModelTest, AFileAheadOfItsLogIsDropped) {
  a_small_day();
  catch_up();
  model_.reset();
  MemoryLog older{clock_, "01LOG"};  // restored from a copy: same log, shorter
  model_ = value_or_die(ReadModel::open(path(), older));
  EXPECT_EQ(model_->applied(), log::Offset{});
}

TEST_F(ReadModelTest, AnotherSchemaVersionIsDerivedAgain) {
  a_small_day();
  catch_up();
  const std::string before = dump();
  model_.reset();
  {
    auto db = value_or_die(SqliteDb::open(path(), SqliteDb::Mode::kReadWrite));
    ASSERT_TRUE(db->script("PRAGMA user_version=99"));
  }
  reopen();
  EXPECT_EQ(model_->applied(), log::Offset{});
  catch_up();
  EXPECT_EQ(dump(), before);
}

TEST_F(ReadModelTest, AFileThatIsNoDatabaseIsDerivedAgain) {
  a_small_day();
  model_.reset();
  std::filesystem::remove(path() + "-wal");
  std::ofstream{path(), std::ios::trunc} << std::string(8192, 'x');
  reopen();
  catch_up();
  EXPECT_EQ(status("m1"), "finished");
}

TEST_F(ReadModelTest, WhatCannotBeReadIsPassedOverAndItsNeighboursStand) {
  const std::string registry{contract::kRegistrySubject};
  put("rider", "r1", R"({"first_name":"A","last_name":"One"})");
  append(registry, "not json");
  append(registry, "[]");
  append(registry, R"({"op":"put","kind":"rider","id":"r9"})");
  append(registry, R"({"op":"put","kind":"spaceship","id":"r9","object":{}})");
  append(registry, R"({"op":"sing","kind":"rider","id":"r9","object":{}})");
  append(registry, R"({"op":"put","kind":"rider","id":7,"object":{"transponder_id":[],"first_name":{}}})");
  append(registry, R"({"op":"put","kind":"moto","id":"m7","object":{"entries":{"a":1},"sequence":-4}})");
  race("race_finished", "{}");
  race("race_finished", R"({"moto_id":"m1","results":[3,{"rider_id":4},{"rider_id":"r1","position":"x"}]})");
  race("gate_drop", "[]");
  race("intent_result", R"({"accepted":true})");
  race("whatever", "null");
  put("rider", "r2", R"({"first_name":"B","last_name":"Two"})");
  catch_up();
  const auto page =
      value_or_die(Queries{*model_}.list({.kind = kRider, .owner = {}, .search = {}, .cursor = {}}));
  EXPECT_EQ(page.total, 3U);  // "7" is an id like any other
  EXPECT_EQ(model_->skipped(), 8U);
}

TEST_F(ReadModelTest, AMotoThatIsResetIsWhatItWasBefore) {
  race("race_staged", R"({"moto_id":"m1"})");
  catch_up();
  EXPECT_EQ(status("m1"), "staged");
  race("race_staged", R"({"moto_id":"m2"})");  // takes the gate of m1
  race("race_staged", R"({"moto_id":"elsewhere"})", "t2");
  catch_up();
  EXPECT_EQ(status("m1"), "pending");
  EXPECT_EQ(status("m2"), "staged");
  race("gate_drop", R"({"moto_id":"m2"})");
  race("race_staged", R"({"moto_id":"m1"})");
  catch_up();
  EXPECT_EQ(status("m2"), "racing");
  race("race_finished", R"({"moto_id":"m2","results":[]})");
  race("race_reset", R"({"moto_id":"m1"})");
  catch_up();
  EXPECT_EQ(status("m1"), "pending");
  EXPECT_EQ(status("elsewhere"), "staged");
  race("race_finished", R"({"moto_id":"m1","results":[{"rider_id":"r1","position":1}]})");
  race("race_staged", R"({"moto_id":"m1"})");  // to be raced again
  catch_up();
  EXPECT_EQ(status("m1"), "staged");
  race("race_reset", "{}");  // the whole track
  catch_up();
  EXPECT_EQ(status("m1"), "finished");  // its result stands
}

// Has a new subject, and then something of a known one, appended right after it said which subjects it has.
class BusyLog final : public MemoryLog {
 public:
  using MemoryLog::MemoryLog;
  [[nodiscard]] std::vector<std::string> subjects() const override {
    auto names = MemoryLog::subjects();
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    return names;
  }
  mutable std::function<void()> meanwhile;
};

TEST_F(ReadModelTest, ASubjectThatIsNewWhileTheLogIsReadIsNotPassedOver) {
  BusyLog busy{clock_, "01LOG"};
  const auto append_to_busy = [&](const std::string& subject, const std::string& body) {
    const log::NewEvent event{.subject = subject,
                              .client = value_or_die(ClientId::parse("central", "client")),
                              .boot = value_or_die(BootId::parse("boot", "boot")),
                              .seq = ++seq_,
                              .body = body};
    ASSERT_TRUE(busy.append({&event, 1}));
  };
  const std::string rider = R"({"op":"put","kind":"rider","id":"r","object":{}})";
  append_to_busy(std::string{contract::kRegistrySubject}, rider);
  busy.meanwhile = [&] {
    append_to_busy("timing.race.events.v1.t1", R"({"event_type":"race_staged","payload":{"moto_id":"m1"}})");
    append_to_busy(std::string{contract::kRegistrySubject}, rider);
  };
  while (value_or_die(catch_up_once(busy, *model_))) {
  }
  EXPECT_EQ(model_->applied(), busy.last());
  EXPECT_EQ(status("m1"), "staged");
}

// The day in a log on disk, a third of it in each of three starts of log, model and worker.
TEST_F(ReadModelTest, OverTheLogOnDiskTheSameDayGivesTheSameRows) {
  a_small_day();
  catch_up();
  const auto events = value_or_die(log_.read({}));
  const log::SqliteLogOptions options{.path = log::log_path(folder_.string())};
  std::string grown;
  for (std::size_t start = 0; start < 3; ++start) {
    const auto disk = value_or_die(log::SqliteLog::open(options, clock_));
    const auto model = value_or_die(ReadModel::open((folder_ / "disk.db").string(), *disk));
    EXPECT_EQ(model->applied(), disk->last());
    const ProjectionWorker worker{*disk, *model};
    for (std::size_t i = events.size() * start / 3; i < events.size() * (start + 1) / 3; ++i) {
      const auto& event = events[i];
      const log::NewEvent copy{event.subject, event.client, event.boot, event.seq, event.body};
      ASSERT_TRUE(disk->append({&copy, 1}));
    }
    ASSERT_TRUE(model->wait_applied(disk->last(), kLong));
    grown = value_or_die(model->dump());
    ASSERT_TRUE(model->rebuild(*disk));
    EXPECT_EQ(value_or_die(model->dump()), grown);
  }
  const auto without_meta = [](const std::string& text) { return text.substr(text.find("object\t")); };
  EXPECT_EQ(without_meta(grown), without_meta(dump()));
}

TEST_F(ReadModelTest, TheWorkerLetsAWriterReadItsOwnWrites) {
  const ProjectionWorker worker{log_, *model_};
  for (int i = 0; i < 50; ++i) {
    const std::string id = "r" + std::to_string(i);
    const auto offset = put("rider", id, R"({"first_name":"A","last_name":"B"})");
    ASSERT_TRUE(model_->wait_applied(offset, kLong));
    EXPECT_TRUE(value_or_die(Queries{*model_}.object(kRider, id)).has_value());
  }
}

TEST_F(ReadModelTest, WaitingEndsWithItsLimitOrItsCondition) {
  EXPECT_FALSE(model_->wait_applied(log::Offset{1}, std::chrono::milliseconds{1}));
  EXPECT_FALSE(model_->wait_until([] { return false; }, std::chrono::milliseconds{1}));
  const ProjectionWorker worker{log_, *model_};
  std::jthread engine{[&] {
    race("race_staged", R"({"moto_id":"m1"})");
    race("intent_result",
         R"({"intent_id":"i1","type":"stage","accepted":false,"code":"busy","reason":"no"})");
  }};
  const Queries queries{*model_};
  EXPECT_TRUE(
      model_->wait_until([&] { return value_or_die(queries.control_result("i1")).has_value(); }, kLong));
  EXPECT_EQ(value_or_die(queries.control_result("i1"))->code, "busy");
}

TEST_F(ReadModelTest, ReadersAndRebuildsDoNotDisturbEachOther) {
  a_small_day();
  catch_up();
  const ProjectionWorker worker{log_, *model_};
  const std::string before = value_or_die(Queries{*model_}.event_motos_json("e1"));
  std::vector<std::jthread> readers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        if (value_or_die(Queries{*model_}.event_motos_json("e1")) != before) ++wrong;
      }
    });
  }
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(model_->rebuild(log_));
  readers.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace holeshot::read
