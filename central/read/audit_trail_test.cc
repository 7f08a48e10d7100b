#include "central/read/audit_trail.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "central/read/memory_log.h"
#include "central/read/queries.h"
#include "common/contract/subjects.h"

namespace holeshot::read {
namespace {

using base::value_or_die;
using nlohmann::json;

class AuditTrail : public testing::Test {
 protected:
  AuditTrail() {
    folder_ =
        std::filesystem::temp_directory_path() /
        ("holeshot_audit_" + std::string{testing::UnitTest::GetInstance()->current_test_info()->name()} +
         "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    model_ = value_or_die(ReadModel::open((folder_ / "read.db").string(), log_));
  }
  ~AuditTrail() override {
    model_.reset();
    std::filesystem::remove_all(folder_);
  }
  void append(const std::string& subject, const json& body) {
    const log::NewEvent event{.subject = subject,
                              .client = value_or_die(contract::ClientId::parse("central", "client")),
                              .boot = value_or_die(contract::BootId::parse("boot", "boot")),
                              .seq = ++seq_,
                              .body = body.dump()};
    (void)value_or_die(log_.append({&event, 1}));
    while (value_or_die(catch_up_once(log_, *model_)) > 0) {
    }
  }
  void put(const std::string& kind, const std::string& id, const json& object, int revision,
           const char* actor) {
    append(std::string{contract::kRegistrySubject}, {{"op", "put"},
                                                     {"kind", kind},
                                                     {"id", id},
                                                     {"object", object},
                                                     {"revision", revision},
                                                     {"actor", actor},
                                                     {"ts_us", 5}});
  }
  std::vector<json> entries(const AuditFilter& query = {}) {
    std::vector<json> out;
    for (const auto& text : value_or_die(audit_trail(*model_, query)).items) out.push_back(json::parse(text));
    return out;
  }

  std::filesystem::path folder_;
  base::ManualClock clock_{1};
  MemoryLog log_{clock_, "01LOG"};
  std::unique_ptr<ReadModel> model_;
  std::uint64_t seq_ = 0;
};

TEST_F(AuditTrail, SaysWhoChangedWhatAndWhatStoodThereBefore) {
  put("track", "t", {{"name", "A"}}, 1, "anna");
  put("track", "t", {{"name", "B"}}, 2, "bert");
  append(
      std::string{contract::kRegistrySubject},
      {{"op", "delete"}, {"kind", "track"}, {"id", "t"}, {"revision", 3}, {"actor", "cleo"}, {"ts_us", 7}});
  const auto all = entries();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["action"], "delete");
  EXPECT_EQ(all[0]["actor"], "cleo");
  EXPECT_EQ(all[0]["before"]["name"], "B");
  EXPECT_TRUE(all[0]["after"].is_null());
  EXPECT_EQ(all[1]["before"]["name"], "A");
  EXPECT_EQ(all[1]["after"]["name"], "B");
  EXPECT_TRUE(all[2]["before"].is_null());
}

TEST_F(AuditTrail, KeepsIntentsAndWhatTheEngineSaid) {
  append("timing.race.control.v1.zolder", {{"type", "dsq"},
                                           {"event_id", "i1"},
                                           {"ts_us", 9},
                                           {"actor", "anna"},
                                           {"reason", "cut the corner"},
                                           {"rider_id", "r"}});
  EXPECT_TRUE(entries()[0]["accepted"].is_null());
  append("timing.race.events.v1.zolder",
         {{"event_type", "intent_result"},
          {"payload", {{"intent_id", "i1"}, {"accepted", false}, {"code", "not_racing"}}}});
  const auto entry = entries({.track_id = "zolder"})[0];
  EXPECT_EQ(entry["action"], "dsq");
  EXPECT_EQ(entry["kind"], "intent");
  EXPECT_EQ(entry["rider_id"], "r");
  EXPECT_EQ(entry["asked"], (json{{"rider_id", "r"}}));
  EXPECT_EQ(entry["reason"], "cut the corner");
  EXPECT_EQ(entry["accepted"], false);
  EXPECT_EQ(entry["code"], "not_racing");
}

// One entry for an action: the engine's answer stands with the intent, with the motos before and after.
TEST_F(AuditTrail, AnIntentHasWhatItChanged) {
  put("moto", "m1", {{"event_id", "e"}, {"class_id", "c"}, {"entries", json::array()}}, 1, "anna");
  append("timing.race.control.v1.t",
         {{"type", "stage"}, {"event_id", "i1"}, {"ts_us", 9}, {"actor", "anna"}, {"moto_id", "m1"}});
  append("timing.race.events.v1.t",
         {{"event_type", "race_staged"}, {"source", "t:i1"}, {"payload", {{"moto_id", "m1"}}}});
  append("timing.race.events.v1.t",
         {{"event_type", "intent_result"},
          {"source", "t:i1"},
          {"payload", {{"intent_id", "i1"}, {"type", "stage"}, {"accepted", true}, {"code", "accepted"}}}});
  append("timing.race.events.v1.t", {{"event_type", "proposal"},
                                     {"source", "t:1"},
                                     {"payload", {{"moto_id", "m1"}, {"rider_id", "r"}, {"status", "DNS"}}}});
  const auto all = entries();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["kind"], "proposal");  // nobody asked for it
  EXPECT_EQ(all[1]["kind"], "intent");
  EXPECT_EQ(all[1]["before"][0]["status"], "pending");
  EXPECT_EQ(all[1]["after"][0]["status"], "staged");
  EXPECT_EQ(entries({.moto_id = "m1"}).size(), 2U);
  const auto said = entries({.view = AuditView::kRace});
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[1]["kind"], "intent_result");
  EXPECT_EQ(said[1]["after"], all[1]["after"]);
  EXPECT_EQ(entries({.kind = "intent_result"}), (std::vector<json>{said[1]}));
}

TEST_F(AuditTrail, IsAppendOnlyForWhoeverHasTheFileOpen) {
  put("track", "t", {{"name", "A"}}, 1, "anna");
  put("track", "t", {{"name", "B"}}, 2, "bert");
  const auto written = value_or_die(model_->dump());
  const auto db = value_or_die(SqliteDb::open((folder_ / "read.db").string(), SqliteDb::Mode::kReadWrite));
  for (const char* sql :
       {"UPDATE audit SET actor='nobody'", "DELETE FROM audit WHERE actor='anna'",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE actor='anna'",
        "INSERT INTO audit SELECT 0, ts_us, actor, action, kind, id, track_id, moto_id, rider_id, intent_id, "
        "undoes, "
        "reason, revision, accepted, code, engine, source, asked, before, after FROM audit LIMIT 1",
        "UPDATE OR REPLACE audit SET n=n-1"}) {
    const auto refused = db->script(sql);
    ASSERT_FALSE(refused) << sql;
    EXPECT_NE(refused.error().text().find("append-only"), std::string::npos) << refused.error().text();
  }
  EXPECT_EQ(value_or_die(model_->dump()), written);
  value_or_die(model_->rebuild(log_));  // and a rebuild leaves the guards where they were
  EXPECT_FALSE(db->script("DELETE FROM audit"));
  put("track", "t", {{"name", "C"}}, 3, "cleo");
  EXPECT_EQ(entries()[0]["actor"], "cleo");
}

TEST_F(AuditTrail, IsPagedAndFiltered) {
  for (int i = 0; i < 7; ++i)
    put("track", "t" + std::to_string(i), {{"name", "A"}}, 1, i % 2 == 0 ? "anna" : "bert");
  std::size_t seen = 0;
  AuditFilter query{.limit = 3};
  for (;;) {
    const auto page = value_or_die(audit_trail(*model_, query));
    seen += page.items.size();
    if (page.next == 0) break;
    query.before = page.next;
  }
  EXPECT_EQ(seen, 7U);
  EXPECT_EQ(entries({.actor = "anna"}).size(), 4U);
  EXPECT_EQ(entries({.kind = "track", .id = "t3"}).size(), 1U);
}

TEST_F(AuditTrail, IsTheSameWhenItIsBuiltAgain) {
  put("track", "t", {{"name", "A"}}, 1, "anna");
  append("timing.race.control.v1.t",
         {{"type", "reset"}, {"event_id", "i1"}, {"ts_us", 9}, {"actor", "anna"}});
  append("timing.race.events.v1.t",
         {{"event_type", "intent_result"}, {"payload", {{"intent_id", "i1"}, {"accepted", true}}}});
  const auto grown = value_or_die(model_->dump());
  value_or_die(model_->rebuild(log_));
  EXPECT_EQ(value_or_die(model_->dump()), grown);
}

TEST_F(AuditTrail, AnImportedResultStandsAsARacedOne) {
  put("moto", "m1", {{"event_id", "e"}, {"class_id", "c"}, {"entries", {{{"rider_id", "r1"}, {"lane", 1}}}}},
      1, "anna");
  put("moto_result", "m1",
      {{"track_id", "t"}, {"results", {{{"rider_id", "r1"}, {"position", 1}, {"elapsed_us", 5}}}}}, 1,
      "anna");
  const Queries queries{*model_};
  EXPECT_EQ(value_or_die(queries.moto_status("m1")), "finished");
  EXPECT_EQ(json::parse(*value_or_die(queries.moto_json("m1")))["entries"][0]["finish_position"], 1);
}

}  // namespace
}  // namespace holeshot::read
