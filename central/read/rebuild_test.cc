// The read model derived again while it is in use, and brought forward from the schema before.
#include <atomic>
#include <filesystem>
#include <thread>

#include "central/read/read_test_kit.h"

namespace holeshot::read {
namespace {

// A log of which retention has taken something.
class PrunedLog final : public MemoryLog {
 public:
  using MemoryLog::MemoryLog;
  [[nodiscard]] log::Offset pruned_through(std::string_view subject) const override {
    return subject == pruned ? through : log::Offset{};
  }
  std::string pruned;
  log::Offset through{1};
};

class Rebuild : public ReadFixture {
 protected:
  // Everything that the rows know: two motos, one re-run, one restaged, rulings, a refusal.
  void a_day() {
    a_class();
    for (const std::string moto : {"m1", "m2"}) {
      intent("stage-" + moto, "stage", {{"moto_id", moto}});
      race("race_staged", {{"moto_id", moto}}, "control:stage-" + moto);
      judged("stage-" + moto, "stage", "control:stage-" + moto);
      race("gate_drop", {{"moto_id", moto}}, "raw:gate-" + moto);
      race("race_finished",
           finish(moto, 1, false, Json::array({line("r1", "FIN", 1, 30), line("r2", "FIN", 2, 31)})),
           "raw:last-" + moto);
    }
    race("race_staged",
         {{"moto_id", "m1"}, {"restaged", true}, {"riders", {{{"rider_id", "r1"}, {"lane", 7}}}}},
         "control:lane");
    judged("lane", "assign_lane", "control:lane");
    race("race_rerun", {{"moto_id", "m2"}, {"run", 2}, {"reason", "crash"}}, "control:rerun");
    judged("rerun", "rerun", "control:rerun");
    intent("no", "stage", {{"moto_id", "m1"}});
    judged("no", "stage", "control:no", false);
    intent("waits", "reset", {{"reason", "rain"}});
  }
};

TEST_F(Rebuild, GivesTheSameBytesAndSaysThatNothingWasWrong) {
  a_day();
  for (const auto& event : base::value_or_die(log_.read({}))) {
    ASSERT_TRUE(model_->apply({&event, 1}, event.offset, {}));
  }
  const std::string grown = dump();
  const auto report = base::value_or_die(model_->rebuild(log_));
  EXPECT_TRUE(report.changed.empty());
  EXPECT_EQ(report.through, log_.last());
  EXPECT_EQ(report.events, log_.stats().events);
  const auto progress = model_->rebuild_progress();
  EXPECT_FALSE(progress.running);
  EXPECT_EQ(progress.through, report.through);
  EXPECT_EQ(progress.tables, 9U);
  EXPECT_EQ(dump(), grown);
  for (const char* table :
       {"result_history", "audit", "moto_before", "control_result", "moto_state", "result"}) {
    EXPECT_NE(grown.find(std::string{"\n"} + table + "\t"), std::string::npos) << table;
  }
  // From nothing, in one go.
  model_.reset();
  std::filesystem::remove(path());
  reopen();
  catch_up();
  EXPECT_EQ(dump(), grown);
}

TEST_F(Rebuild, NamesTheTablesThatWereWrongAndMendsThem) {
  a_day();
  catch_up();
  const std::string right = dump();
  {
    auto db = base::value_or_die(SqliteDb::open(path(), SqliteDb::Mode::kReadWrite));
    ASSERT_TRUE(
        db->script("UPDATE result SET position=8 WHERE rider_id='r1'; DROP TRIGGER audit_keeps; "
                   "DELETE FROM audit"));
  }
  EXPECT_NE(dump(), right);
  const auto report = base::value_or_die(model_->rebuild(log_));
  EXPECT_EQ(report.changed, (std::vector<std::string>{"result", "audit"}));
  EXPECT_EQ(dump(), right);
  EXPECT_FALSE(std::filesystem::exists(path() + ".rebuild"));
}

TEST_F(Rebuild, WhileTheWorkerWritesAndReadersReadNobodyIsDisturbed) {
  a_day();
  catch_up();
  const std::string motos = base::value_or_die(Queries{*model_}.class_motos_json("c1"));
  std::atomic<int> wrong{0};
  {
    const ProjectionWorker worker{log_, *model_};
    const std::jthread reader{[&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        if (base::value_or_die(Queries{*model_}.class_motos_json("c1")) != motos) ++wrong;
      }
    }};
    const std::jthread writer{[&] {
      for (int i = 0; i < 300; ++i)
        put("rider", "new" + std::to_string(i), {{"first_name", "N"}, {"last_name", "N"}});
    }};
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(model_->rebuild(log_));
  }
  EXPECT_EQ(wrong, 0);
  catch_up();
  const std::string grown = dump();
  EXPECT_TRUE(base::value_or_die(model_->rebuild(log_)).changed.empty());
  EXPECT_EQ(dump(), grown);
  EXPECT_NE(grown.find("new299"), std::string::npos);
}

TEST_F(Rebuild, IsRefusedWhereRetentionTookWhatTheRowsStandFor) {
  a_day();
  catch_up();
  const std::string before = dump();
  PrunedLog log{clock_, "01LOG"};
  for (const auto& event : base::value_or_die(log_.read({}))) {
    const log::NewEvent copy{event.subject, event.client, event.boot, event.seq, event.body};
    if (event.subject != "timing.race.events.v1.t1" || event.body.find("control:rerun") != std::string::npos)
      (void)base::value_or_die(log.append({&copy, 1}));
  }
  log.pruned = "timing.race.events.v1.t1";
  const auto refused = model_->rebuild(log);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kDenied);
  EXPECT_EQ(dump(), before);
  ASSERT_TRUE(model_->rebuild(log, {.lose_removed = true, .told = {}}));
  EXPECT_NE(dump(), before);
}

TEST_F(Rebuild, AuditLinesKeepTheReasonsOfIntentsThatRetentionTook) {
  intent("i1", "reset", {{"reason", "rain"}});
  judged("i1", "reset", "control:i1");
  catch_up();
  PrunedLog log{clock_, "01LOG"};
  for (const auto& event : base::value_or_die(log_.read({}))) {
    // The offsets stay as they were: something stands where the intent stood.
    const bool intent_itself = event.subject.starts_with(contract::kControlPrefix);
    const log::NewEvent copy{event.subject, event.client, event.boot, event.seq,
                             intent_itself ? "{}" : event.body};
    (void)base::value_or_die(log.append({&copy, 1}));
  }
  log.pruned = "timing.race.control.v1.t1";
  log.through = log.last();
  EXPECT_TRUE(base::value_or_die(model_->rebuild(log)).changed.empty());
  EXPECT_EQ(audit()[0]["reason"], "rain");
}

TEST_F(Rebuild, AFileOfTheSchemaBeforeIsDerivedAgainOrWhereThatLosesBroughtForward) {
  a_class();
  catch_up();
  const auto make_schema_1 = [&] {
    model_.reset();
    auto db = base::value_or_die(SqliteDb::open(path(), SqliteDb::Mode::kReadWrite));
    ASSERT_TRUE(db->script(R"(
      DROP TABLE moto_state; DROP TABLE result; DROP TABLE result_history; DROP TABLE moto_before;
      DROP TABLE control_result; DROP TABLE audit;
      CREATE TABLE moto_state(moto_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, status TEXT NOT NULL,
        ts_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE INDEX moto_state_on_track ON moto_state(track_id, status);
      CREATE TABLE result(moto_id TEXT NOT NULL, rider_id TEXT NOT NULL, position INTEGER, elapsed_us INTEGER,
        gap_to_leader_us INTEGER, dnf INTEGER NOT NULL, dns INTEGER NOT NULL,
        PRIMARY KEY(moto_id, rider_id)) STRICT, WITHOUT ROWID;
      CREATE TABLE control_result(intent_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, type TEXT NOT NULL,
        accepted INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO moto_state VALUES('m1','t1','finished',5);
      INSERT INTO result VALUES('m1','r1',1,30,0,0,0),('m1','r2',NULL,NULL,NULL,1,0),('m1','r3',NULL,NULL,NULL,0,1);
      INSERT INTO control_result VALUES('i1','t1','stage',1,'accepted','');
      PRAGMA user_version=1)"));
  };
  make_schema_1();
  reopen();  // the log is whole
  EXPECT_EQ(model_->applied(), log::Offset{});
  catch_up();
  make_schema_1();
  PrunedLog log{clock_, "01LOG"};
  for (const auto& event : base::value_or_die(log_.read({}))) {
    const log::NewEvent copy{event.subject, event.client, event.boot, event.seq, event.body};
    (void)base::value_or_die(log.append({&copy, 1}));
  }
  log.pruned = std::string{contract::kRegistrySubject};
  model_ = base::value_or_die(ReadModel::open(path(), log));
  EXPECT_EQ(model_->applied(), log.last());
  EXPECT_EQ(status("m1"), "finished");
  EXPECT_EQ(entry_of("m1", "r1")["status"], "FIN");
  EXPECT_EQ(entry_of("m1", "r2")["status"], "DNF");
  EXPECT_EQ(entry_of("m1", "r3")["status"], "DNS");
  EXPECT_TRUE(base::value_or_die(Queries{*model_}.control_result("i1"))->accepted);
  model_.reset();
  model_ = base::value_or_die(ReadModel::open(path(), log));  // and it is today's now
  EXPECT_EQ(moto_now("m1")["run"], 1);
}

// Schema 2 kept changes and intents apart from what the engine said of them.
TEST_F(Rebuild, AFileOfTheSecondSchemaKeepsEveryLineOfItsAudit) {
  a_day();
  catch_up();
  const std::string right = dump();
  PrunedLog log{clock_, "01LOG"};
  for (const auto& event : base::value_or_die(log_.read({}))) {
    const log::NewEvent copy{event.subject, event.client, event.boot, event.seq, event.body};
    (void)base::value_or_die(log.append({&copy, 1}));
  }
  log.pruned = std::string{contract::kRegistrySubject};
  model_.reset();
  {
    auto db = base::value_or_die(SqliteDb::open(path(), SqliteDb::Mode::kReadWrite));
    ASSERT_TRUE(db->script(R"(
      CREATE TABLE audit_entry(n INTEGER PRIMARY KEY, ts_us INTEGER NOT NULL, actor TEXT NOT NULL,
        action TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, track_id TEXT NOT NULL,
        revision INTEGER NOT NULL, reason TEXT NOT NULL, after TEXT, accepted INTEGER, code TEXT) STRICT;
      CREATE TABLE control_audit(offset INTEGER PRIMARY KEY, track_id TEXT NOT NULL, ts_us INTEGER NOT NULL,
        kind TEXT NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL, moto_id TEXT NOT NULL, rider_id TEXT NOT NULL,
        intent_id TEXT NOT NULL, undoes TEXT NOT NULL, reason TEXT NOT NULL, accepted INTEGER NOT NULL,
        code TEXT NOT NULL, engine TEXT NOT NULL, source TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL) STRICT;
      CREATE TABLE intent(intent_id TEXT PRIMARY KEY, track_id TEXT NOT NULL, actor TEXT NOT NULL,
        ts_us INTEGER NOT NULL, reason TEXT NOT NULL, undoes TEXT NOT NULL, moto_id TEXT NOT NULL,
        rider_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO audit_entry SELECT n, ts_us, actor, action, kind, id, track_id, revision, reason,
        coalesce(asked, after), 1, 'accepted' FROM audit WHERE kind='intent' OR track_id='';
      INSERT INTO control_audit SELECT n, track_id, ts_us, kind, action, actor, moto_id, rider_id, intent_id, undoes,
        reason, accepted, code, engine, source, coalesce(before, 'null'), coalesce(after, 'null') FROM audit
        WHERE kind<>'intent' AND track_id<>'';
      DROP TABLE audit;
      PRAGMA user_version=2)"));
  }
  model_ = base::value_or_die(ReadModel::open(path(), log));
  EXPECT_EQ(model_->applied(), log.last());
  EXPECT_EQ(dump(), right);
  auto db = base::value_or_die(SqliteDb::open(path(), SqliteDb::Mode::kReadWrite));
  EXPECT_FALSE(db->script("DELETE FROM audit"));  // guarded from now on
}

TEST_F(Rebuild, TellsHowFarItHasComeAndNeverGoesBack) {
  a_day();
  for (int i = 0; i < 3000; ++i)
    put("rider", "more" + std::to_string(i), {{"first_name", "N"}, {"last_name", "N"}});
  catch_up();
  std::vector<RebuildProgress> told;
  ASSERT_TRUE(model_->rebuild(log_, {.told = [&](const RebuildProgress& one) { told.push_back(one); }}));
  ASSERT_GT(told.size(), 12U);  // four pages of the log and nine tables at least
  for (std::size_t i = 1; i < told.size(); ++i) {
    EXPECT_GE(told[i].through, told[i - 1].through);
    EXPECT_GE(told[i].events, told[i - 1].events);
    EXPECT_EQ(told[i].end, log_.last());
  }
  EXPECT_LT(told.front().through, told.front().end);
}

}  // namespace
}  // namespace holeshot::read
