// A race office at work: REST, log on disk, real engine and read model together, as central wires them. What
// the office asks for goes through the log to the engine, and what the engine says comes back through the
// projection.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "central/actor/actor_test_kit.h"
#include "central/actor/router.h"
#include "central/http/rest_api.h"
#include "central/http/router.h"
#include "central/read/projection.h"
#include "central/read/read_model.h"

namespace holeshot {
namespace {

using Json = nlohmann::json;
using base::value_or_die;

class Office : public testing::Test {
 protected:
  Office() { api_.add_routes(routes_); }

  Json ask(int status, const std::string& method, const std::string& path, const Json& body = nullptr) {
    http::Request request;
    request.method = method;
    request.path = path;
    if (!body.is_null()) request.body = body.dump();
    const auto response = routes_.dispatch(std::move(request));
    EXPECT_EQ(response.status, status) << method << " " << path << " -> " << response.body;
    return Json::parse(response.body, nullptr, false);
  }
  Json moto(const Json& id) { return ask(200, "GET", "/api/motos/" + id.get<std::string>()); }
  bool becomes(const Json& id, const std::string& status) {
    return actor::kit::eventually([&] { return moto(id)["status"] == status; });
  }

  // Every rider over every loop, in the order of the entries, `gap_ms` apart.
  void ride(const Json& which, std::uint64_t gate_ms, std::uint64_t gap_ms) {
    track_.passing(9992, "D0000C01", gate_ms);
    const std::map<std::string, std::uint64_t> loops{
        {"D0000C01", 2'200}, {"D0000C02", 8'000}, {"D0000C03", 20'000}, {"D0000C04", 37'000}};
    for (const auto& [decoder, after_ms] : loops) {
      std::uint64_t at = gate_ms + after_ms;
      for (const auto& entry : which["entries"]) {
        track_.passing(entry["rider"]["transponder_id"].get<std::uint64_t>(), decoder, at);
        at += gap_ms;
      }
    }
  }

  actor::kit::Folder folder_;
  actor::kit::TestLog log_;
  base::Metrics metrics_;
  actor::kit::TestSink sink_;
  actor::kit::TestWatch watch_;
  actor::Executor executor_;
  actor::Router engines_{log_, executor_, sink_, watch_, metrics_};
  std::unique_ptr<read::ReadModel> model_ =
      value_or_die(read::ReadModel::open(folder_.file("read.db"), log_));
  read::ProjectionWorker projection_{log_, *model_};
  actor::kit::Track track_{log_, "demo"};
  http::RestApi api_{log_,
                     *model_,
                     log_.clock,
                     value_or_die(contract::BootId::parse("boot1", "boot")),
                     {.demo = true,
                      .registry_patience = std::chrono::seconds{30},
                      .control_patience = std::chrono::seconds{30},
                      .race_state = {}}};
  http::Router routes_;
};

TEST_F(Office, RunsMotosFromTheSeedToTheStandings) {
  const Json seeded = ask(201, "POST", "/api/seed-demo");
  const std::string event = "/api/events/" + seeded["event_id"].get<std::string>();
  const Json motos = ask(200, "GET", event + "/motos");
  ASSERT_EQ(motos.size(), 9U);

  std::uint64_t gate_ms = 10'000;
  for (std::size_t i = 0; i < motos.size(); i += 3) {  // the three motos of the first class
    const Json staged = ask(200, "POST", "/api/race/stage", {{"moto_id", motos[i]["id"]}});
    EXPECT_EQ(staged["accepted"], true);
    EXPECT_EQ(moto(motos[i]["id"])["status"], "staged");
    ride(motos[i], gate_ms, 40);
    ASSERT_TRUE(becomes(motos[i]["id"], "finished"));
    gate_ms += 120'000;
  }
  const Json first = moto(motos[0]["id"]);
  for (std::size_t place = 1; place <= 8; ++place) {
    EXPECT_EQ(first["entries"][place - 1]["finish_position"], place);
    EXPECT_EQ(first["entries"][place - 1]["elapsed_us"], 37'000'000 + (place - 1) * 40'000);
  }
  std::map<std::string, std::int64_t> expected;
  for (std::size_t i = 0; i < motos.size(); i += 3) {
    for (std::size_t n = 0; n < 8; ++n) {
      expected[motos[i]["entries"][n]["rider_id"]] += static_cast<std::int64_t>(n) + 1;
    }
  }
  const Json table = ask(
      200, "GET", event + "/classes/" + motos[0]["class_id"].get<std::string>() + "/standings")["standings"];
  ASSERT_EQ(table.size(), 8U);
  for (const auto& row : table) EXPECT_EQ(row["total_points"], expected[row["rider_id"]]) << row;
}

TEST_F(Office, HearsTheEnginesReasonWhereItRefuses) {
  const Json seeded = ask(201, "POST", "/api/seed-demo");
  const Json motos = ask(200, "GET", "/api/events/" + seeded["event_id"].get<std::string>() + "/motos");
  EXPECT_EQ(ask(409, "POST", "/api/race/force-finish")["code"], "not_racing");
  ask(200, "POST", "/api/race/stage", {{"moto_id", motos[0]["id"]}});
  track_.passing(9992, "D0000C01", 10'000);
  ASSERT_TRUE(becomes(motos[0]["id"], "racing"));
  const Json refused = ask(409, "POST", "/api/race/stage", {{"moto_id", motos[0]["id"]}});
  EXPECT_EQ(refused["code"], "race_running");
  EXPECT_FALSE(refused["detail"].get<std::string>().empty());
  EXPECT_EQ(moto(motos[1]["id"])["status"], "pending");
  ask(200, "POST", "/api/race/alert", {{"id", "a1"}, {"level", "red"}, {"text", "Rider down"}});
  ask(200, "POST", "/api/race/alert/clear", {{"id", "a1"}});
  ask(200, "POST", "/api/race/force-finish");
  const Json finished = moto(motos[0]["id"]);
  EXPECT_EQ(finished["status"], "finished");
  EXPECT_EQ(finished["entries"][0]["dns"], true);
  EXPECT_EQ(finished["entries"][0]["points"], 10);
  ask(200, "POST", "/api/race/stage", {{"moto_id", motos[1]["id"]}});
  ask(200, "POST", "/api/race/reset");
  EXPECT_EQ(moto(motos[1]["id"])["status"], "pending");
  EXPECT_EQ(moto(motos[0]["id"])["status"], "finished");
}

}  // namespace
}  // namespace holeshot
