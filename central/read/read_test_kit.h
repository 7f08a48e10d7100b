// For the tests of the rows: a log in memory, a model on it, and a few words to say what happened.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "central/read/audit_trail.h"
#include "central/read/memory_log.h"
#include "central/read/queries.h"
#include "central/read/read_model.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"

namespace holeshot::read {

class ReadFixture : public testing::Test {
 protected:
  using Json = nlohmann::json;

  void reopen() {
    model_.reset();
    model_ = base::value_or_die(ReadModel::open(path(), log_));
  }
  [[nodiscard]] std::string path() const { return folder_.file("read.db"); }

  log::Offset append(const std::string& subject, const std::string& body,
                     const std::string& boot = "race-v3") {
    const log::NewEvent event{.subject = subject,
                              .client = base::value_or_die(contract::ClientId::parse("client", "client")),
                              .boot = base::value_or_die(contract::BootId::parse(boot, "boot")),
                              .seq = ++seq_,
                              .body = body};
    return base::value_or_die(log_.append({&event, 1}))[0].offset;
  }
  void put(std::string_view kind, const std::string& id, const Json& object, int revision = 1) {
    append(std::string{contract::kRegistrySubject}, Json{{"op", "put"},
                                                         {"kind", kind},
                                                         {"id", id},
                                                         {"object", object},
                                                         {"revision", revision},
                                                         {"actor", "local"},
                                                         {"ts_us", 1700000000000000U},
                                                         {"created_at_us", 1600000000000000U}}
                                                        .dump());
  }
  // An engine's event; events of one cause share its source.
  log::Offset race(const std::string& type, const Json& payload, const std::string& source,
                   const std::string& engine = "race-v3") {
    return append("timing.race.events.v1.t1",
                  Json{{"event_type", type}, {"payload", payload}, {"source", source}, {"ts_us", 5}}.dump(),
                  engine);
  }
  void intent(const std::string& id, const std::string& type, Json more) {
    more.update(Json{{"event_id", id}, {"type", type}, {"actor", "office"}, {"ts_us", 777}});
    append("timing.race.control.v1.t1", more.dump());
  }
  void judged(const std::string& id, const std::string& type, const std::string& source, bool accepted = true,
              const std::string& engine = "race-v3") {
    race("intent_result",
         {{"intent_id", id},
          {"type", type},
          {"actor", "office"},
          {"accepted", accepted},
          {"code", accepted ? "accepted" : "race_running"},
          {"reason", accepted ? "" : "a race is running"}},
         source, engine);
  }

  // A class of three riders, one moto of it with lanes 1 to 3.
  void a_class() {
    put("rider", "r1", {{"first_name", "Éva"}, {"last_name", "Claes"}, {"transponder_id", 7000001}});
    put("rider", "r2", {{"first_name", "Bo"}, {"last_name", "Adams"}, {"transponder_id", 7000002}});
    put("rider", "r3", {{"first_name", "Cy"}, {"last_name", "Zed"}, {"transponder_id", 7000003}});
    put("rider", "r4", {{"first_name", "Di"}, {"last_name", "Young"}});
    put("class", "c1", {{"event_id", "e1"}, {"name", "Boys"}, {"rider_ids", {"r1", "r2", "r3"}}});
    put("moto", "m1", moto(1));
    put("moto", "m2", moto(2));
  }
  static Json moto(int number) {
    Json entries = Json::array();
    for (int lane = 1; lane <= 3; ++lane) {
      const std::string rider = "r" + std::to_string(lane);
      entries.push_back({{"id", "e" + std::to_string(lane)}, {"rider_id", rider}, {"lane", lane}});
    }
    return {{"event_id", "e1"},
            {"class_id", "c1"},
            {"round_type", "moto" + std::to_string(number)},
            {"sequence", number},
            {"entries", std::move(entries)}};
  }
  // A line of results[]; a place of 0 is none.
  static Json line(const std::string& rider, const std::string& status, int place, int elapsed_us = 0) {
    return {{"rider_id", rider},
            {"status", status},
            {"position", place == 0 ? Json(nullptr) : Json(place)},
            {"elapsed_us", elapsed_us == 0 ? Json(nullptr) : Json(elapsed_us)},
            {"gap_to_leader_us", nullptr},
            {"dnf", status == "DNF"},
            {"dns", status == "DNS"},
            {"ruled", false},
            {"estimated", false}};
  }
  static Json finish(const std::string& moto_id, int run, bool corrected, Json results) {
    return {{"moto_id", moto_id},      {"run", run},          {"corrected", corrected},
            {"cause", "all_finished"}, {"rule_book", "club"}, {"results", std::move(results)}};
  }

  void catch_up() {
    while (base::value_or_die(catch_up_once(log_, *model_))) {
    }
  }
  [[nodiscard]] std::string dump() const { return base::value_or_die(model_->dump()); }
  [[nodiscard]] std::string status(const std::string& moto_id) {
    return base::value_or_die(Queries{*model_}.moto_status(moto_id));
  }
  [[nodiscard]] Json moto_now(const std::string& id) {
    return Json::parse(base::value_or_die(Queries{*model_}.moto_json(id)).value_or("null"));
  }
  [[nodiscard]] Json entry_of(const std::string& moto_id, const std::string& rider) {
    const Json moto = moto_now(moto_id);
    for (const auto& entry : moto["entries"]) {
      if (entry["rider_id"] == rider) return entry;
    }
    return nullptr;
  }
  [[nodiscard]] Json history(const std::string& moto_id) {
    return Json::parse(base::value_or_die(Queries{*model_}.moto_history_json(moto_id)));
  }
  // What the engine said, newest first.
  [[nodiscard]] Json audit(AuditFilter query = {}) {
    query.view = AuditView::kRace;
    Json list = Json::array();
    for (const auto& item : base::value_or_die(audit_trail(*model_, query)).items)
      list.push_back(Json::parse(item));
    return list;
  }

  base::TestFolder folder_;
  base::ManualClock clock_{1'700'000'000'000'000};
  MemoryLog log_{clock_, "01LOG"};
  std::unique_ptr<ReadModel> model_ = base::value_or_die(ReadModel::open(path(), log_));
  std::uint64_t seq_ = 0;
};

}  // namespace holeshot::read
