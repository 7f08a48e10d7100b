#include "central/read/queries.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "central/read/memory_log.h"
#include "common/contract/subjects.h"

namespace holeshot::read {
namespace {

using base::value_or_die;
using nlohmann::json;

class QueriesTest : public testing::Test {
 protected:
  QueriesTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("holeshot_queries_" + std::string{info->name()} + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    model_ = value_or_die(ReadModel::open((folder_ / "read.db").string(), log_));
  }
  ~QueriesTest() override {
    model_.reset();
    std::filesystem::remove_all(folder_);
  }

  void append(const std::string& subject, const json& body) {
    const log::NewEvent event{.subject = subject,
                              .client = value_or_die(contract::ClientId::parse("central", "client")),
                              .boot = value_or_die(contract::BootId::parse("boot", "boot")),
                              .seq = ++seq_,
                              .body = body.dump()};
    ASSERT_TRUE(log_.append({&event, 1}));
    while (value_or_die(catch_up_once(log_, *model_))) {
    }
  }
  void put(std::string_view kind, const std::string& id, const json& object) {
    append(std::string{contract::kRegistrySubject}, {{"op", "put"},
                                                     {"kind", kind},
                                                     {"id", id},
                                                     {"object", object},
                                                     {"revision", 4},
                                                     {"ts_us", 1'700'000'000'000'000},
                                                     {"created_at_us", 1'600'000'000'000'000}});
  }
  void rider(const std::string& id, const std::string& first, const std::string& last,
             const std::string& plate) {
    put(kRider, id, {{"first_name", first}, {"last_name", last}, {"plate_number", plate}});
  }
  void moto(const std::string& id, int sequence, const std::string& round) {
    put(kMoto, id,
        {{"event_id", "e1"},
         {"class_id", "c1"},
         {"round_type", round},
         {"sequence", sequence},
         {"group", 1},
         {"round_number", 1},
         {"entries",
          {{{"id", "x"}, {"rider_id", "r1"}, {"lane", 4}}, {{"id", "y"}, {"rider_id", "r2"}, {"lane", 1}}}}});
  }
  void a_class() {
    rider("r1", "Eva", "Claes", "7");
    rider("r2", "Bo", "Adams", "8");
    put(kTrack, "t1", {{"name", "Zolder"}});
    put(kEvent, "e1", {{"name", "Cup"}, {"date", "2026-05-01"}, {"track_id", "t1"}});
    put(kClass, "c1",
        {{"event_id", "e1"}, {"name", "Boys"}, {"scoring", "total_points"}, {"rider_ids", {"r2", "r1"}}});
    moto("m2", 12, "moto2");
    moto("m1", 3, "moto1");
  }
  void finish(const std::string& id, const json& results) {
    append("timing.race.events.v1.t1",
           {{"event_type", "race_finished"}, {"payload", {{"moto_id", id}, {"results", results}}}});
  }
  [[nodiscard]] Page riders(std::string_view search, std::string_view cursor = {},
                            std::size_t limit = 1000) const {
    return value_or_die(
        queries().list({.kind = kRider, .owner = {}, .search = search, .cursor = cursor, .limit = limit}));
  }
  [[nodiscard]] std::string plates(const Page& page) const {
    std::string out;
    for (const auto& item : page.items) out += json::parse(item)["plate_number"].get<std::string>() + " ";
    return out;
  }
  [[nodiscard]] Queries queries() const { return Queries{*model_}; }

  std::filesystem::path folder_;
  base::ManualClock clock_{1};
  MemoryLog log_{clock_, "01LOG"};
  std::unique_ptr<ReadModel> model_;
  std::uint64_t seq_ = 0;
};

TEST_F(QueriesTest, ObjectsComeInTheContractsShape) {
  put(kTrack, "t1",
      {{"name", "Zolder"},
       {"latitude_e7", 509876543},
       {"longitude_e7", -51},
       {"sections", {{{"id", "s"}, {"length_mm", 12345}}}}});
  const auto object = value_or_die(queries().object(kTrack, "t1"));
  ASSERT_TRUE(object);
  EXPECT_EQ(object->revision, 4U);
  EXPECT_EQ(json::parse(object->json),
            json::parse(R"({"id":"t1","name":"Zolder","latitude":50.9876543,"longitude":-0.0000051,
              "sections":[{"id":"s","length_m":12.345}],
              "created_at":"2020-09-13T12:26:40.000000Z","updated_at":"2023-11-14T22:13:20.000000Z"})"));
  EXPECT_NE(object->json.find("50.9876543"), std::string::npos) << object->json;
  EXPECT_FALSE(value_or_die(queries().object(kTrack, "t2")));
}

TEST_F(QueriesTest, RidersAreFoundByEveryWordOfTheSearch) {
  rider("1", "Éva", "Claes", "7A");
  rider("2", "Bo", "Claessens", "12");
  rider("3", "Tom", "Van Dijk", "100%");
  EXPECT_EQ(plates(riders("")), "7A 12 100% ");
  EXPECT_EQ(plates(riders("CLAES")), "7A 12 ");
  EXPECT_EQ(plates(riders("éva  cl")), "7A ");
  EXPECT_EQ(plates(riders("dijk tom van")), "100% ");
  EXPECT_EQ(plates(riders("7a")), "7A ");
  EXPECT_EQ(plates(riders("%")), "100% ");
  EXPECT_EQ(plates(riders("_")), "");
  EXPECT_EQ(plates(riders("'; DROP TABLE object; --")), "");
}

TEST_F(QueriesTest, PagesJoinToTheWholeListWhateverTheirSize) {
  for (int i = 0; i < 23; ++i) {
    rider("r" + std::to_string(i), "F" + std::to_string(i % 3), "Same", std::to_string(i));
  }
  const std::string all = plates(riders(""));
  for (const std::size_t limit : {1U, 2U, 7U, 22U, 23U, 24U}) {
    std::string joined;
    std::string cursor;
    for (;;) {
      const Page page = riders("", cursor, limit);
      EXPECT_EQ(page.total, 23U);
      EXPECT_LE(page.items.size(), limit);
      joined += plates(page);
      if (!page.next) break;
      cursor = *page.next;
    }
    EXPECT_EQ(joined, all) << limit;
  }
}

TEST_F(QueriesTest, AForeignCursorIsRefused) {
  for (const char* cursor : {"zz", "abc", "6162"}) {
    const auto page = queries().list({.kind = kRider, .owner = {}, .search = {}, .cursor = cursor});
    ASSERT_FALSE(page) << cursor;
    EXPECT_EQ(page.error().code, base::Code::kInvalid);
  }
}

TEST_F(QueriesTest, AnEventCarriesItsClassesAndTheirRiders) {
  a_class();
  const json event = json::parse(value_or_die(queries().event_json("e1")).value());
  EXPECT_EQ(event["classes"][0]["name"], "Boys");
  EXPECT_EQ(event["classes"][0]["riders"][0]["plate_number"], "8");
  EXPECT_EQ(event["classes"][0]["riders"][1]["plate_number"], "7");
  EXPECT_FALSE(value_or_die(queries().event_json("nope")));
  EXPECT_FALSE(value_or_die(queries().class_json("nope")));
}

TEST_F(QueriesTest, MotosComeBySequenceWithEntriesAndFillWithResults) {
  a_class();
  json list = json::parse(value_or_die(queries().event_motos_json("e1")));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["id"], "m1");
  EXPECT_EQ(list[0]["status"], "pending");
  EXPECT_EQ(list[0]["class_name"], "Boys");
  EXPECT_EQ(list[0]["entries"][0]["rider"]["last_name"], "Claes");
  finish("m1", {{{"rider_id", "r1"}, {"position", 1}, {"elapsed_us", 35'000'000}, {"gap_to_leader_us", 0}},
                {{"rider_id", "r2"}, {"position", 2}, {"dnf", true}}});
  const json moto = json::parse(value_or_die(queries().moto_json("m1")).value());
  EXPECT_EQ(moto["status"], "finished");
  EXPECT_EQ(moto["entries"][0]["finish_position"], 1);
  EXPECT_EQ(moto["entries"][0]["elapsed_us"], 35'000'000);
  EXPECT_TRUE(moto["entries"][1]["finish_position"].is_null());
  EXPECT_EQ(moto["entries"][1]["dnf"], true);
  EXPECT_EQ(json::parse(value_or_die(queries().class_motos_json("c1")))[0], moto);
  EXPECT_FALSE(value_or_die(queries().moto_json("nope")));
}

TEST_F(QueriesTest, ReferencesSayWhoHoldsAnObject) {
  a_class();
  const auto held = value_or_die(queries().references(kRider, "r1"));
  ASSERT_EQ(held.size(), 3U);
  EXPECT_EQ(held[0].kind, "class");
  EXPECT_EQ(held[1].id, "m1");
  append(std::string{contract::kRegistrySubject}, {{"op", "delete"}, {"kind", "moto"}, {"id", "m1"}});
  EXPECT_EQ(value_or_die(queries().references(kRider, "r1")).size(), 2U);
}

}  // namespace
}  // namespace holeshot::read
