// A whole event, from a list of entries to official results, over REST alone: 180 riders in 14 classes, the real log, engine
// and read model, decoders' passings for every race. The test knows in which order riders arrived, since it made them arrive,
// and works out the results again by itself, with code that shares nothing with the competition room.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "central/actor/actor_test_kit.h"
#include "central/actor/router.h"
#include "central/http/api_client.h"
#include "central/http/rest_api.h"
#include "central/http/router.h"
#include "central/http/server.h"
#include "central/read/projection.h"
#include "central/read/read_model.h"

namespace holeshot {
namespace {

using Json = nlohmann::json;
using base::value_or_die;

struct ClassWish {
  const char* name;
  int riders;
  const char* format;
  const char* scoring = "total_points";
};
// 180 riders. Every structure that a club meets: one group with and without a main, two groups, semis, transfers.
constexpr ClassWish kClasses[] = {{"Boys 7", 8, "motos_only"},
                                  {"Girls 7", 9, "motos_main"},
                                  {"Boys 8", 10, "motos_semis_main"},
                                  {"Girls 8", 12, "motos_main"},
                                  {"Boys 9", 16, "motos_semis_main"},
                                  {"Girls 9", 17, "motos_semis_main"},
                                  {"Boys 10", 20, "motos_main"},
                                  {"Girls 10", 24, "motos_semis_main"},
                                  {"Boys 11", 5, "motos_main"},
                                  {"Girls 11", 6, "motos_only", "transfer"},
                                  {"Boys 12", 3, "motos_only"},
                                  {"Girls 12", 4, "motos_main"},
                                  {"Men", 30, "motos_quarters_semis_main"},
                                  {"Women", 16, "motos_only"}};
constexpr std::uint64_t kFirstTransponder = 7'000'001;

// What really happened in one race: who arrived, in this order; who did not, after the start or before it.
struct Truth {
  std::string round;
  std::size_t group = 1;
  std::vector<std::string> finished;
  std::vector<std::string> dnf;
  std::vector<std::string> dns;

  [[nodiscard]] std::vector<std::string> in_order() const {
    auto all = finished;
    all.insert(all.end(), dnf.begin(), dnf.end());
    all.insert(all.end(), dns.begin(), dns.end());
    return all;
  }
  [[nodiscard]] int points(const std::string& rider) const {
    for (std::size_t i = 0; i < finished.size(); ++i) {
      if (finished[i] == rider) return static_cast<int>(i) + 1;
    }
    if (std::find(dnf.begin(), dnf.end(), rider) != dnf.end()) return static_cast<int>(in_order().size());
    return 10;
  }
};

class WholeEvent : public testing::Test {
 protected:
  WholeEvent() { api_.add_routes(routes_); }

  void moves_over_http();

  http::Response send(const std::string& method, const std::string& path, const std::string& body = {}) {
    http::Request request;
    request.method = method;
    const auto question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string::npos) {
      const std::string pair = path.substr(question + 1);
      request.query[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
    }
    request.body = body;
    return routes_.dispatch(std::move(request));
  }
  Json ask(int status, const std::string& method, const std::string& path, const Json& body = nullptr) {
    const auto response = send(method, path, body.is_null() ? "" : body.dump());
    EXPECT_EQ(response.status, status) << method << " " << path << " -> " << response.body;
    return Json::parse(response.body, nullptr, false);
  }

  static std::string entry_list() {
    std::string text = "class,plate_number,first_name,last_name,transponder_id\n";
    int rider = 0;
    for (const auto& wish : kClasses) {
      for (int i = 0; i < wish.riders; ++i, ++rider) {
        text += std::string{wish.name} + "," + std::to_string(100 + rider) + ",First" +
                std::to_string(rider) + ",Last" + std::to_string(rider) + "," +
                std::to_string(kFirstTransponder + static_cast<std::uint64_t>(rider)) + "\n";
      }
    }
    return text;
  }

  void set_up() {
    ask(201, "POST", "/api/tracks", {{"id", "demo"}, {"name", "Demo"}});
    Json mappings = Json::array();
    for (int i = 1; i <= 4; ++i)
      mappings.push_back({{"decoder_id", "D0000C0" + std::to_string(i)},
                          {"name", "loop " + std::to_string(i)},
                          {"is_finish", i == 4}});
    ask(200, "POST", "/api/tracks/demo/onboarding/loops", {{"mappings", mappings}});
    event_ = "/api/events/" + ask(201, "POST", "/api/events",
                                  {{"name", "Cup"}, {"date", "2026-05-01"}, {"track_id", "demo"}})["id"]
                                  .get<std::string>();
    const auto imported = send("POST", event_ + "/entries/import", entry_list());
    ASSERT_EQ(imported.status, 200) << imported.body;
    const Json report = Json::parse(imported.body);
    ASSERT_EQ(report["riders_new"], 180);
    ASSERT_EQ(report["classes_new"].size(), 14U);
    const Json all_1 = ask(200, "GET", event_)["classes"];
    for (const auto& its : all_1) {
      const auto* const wish = std::find_if(std::begin(kClasses), std::end(kClasses),
                                            [&](const ClassWish& one) { return its["name"] == one.name; });
      ask(200, "PUT", event_ + "/classes/" + its["id"].get<std::string>(),
          {{"race_format", wish->format}, {"scoring", wish->scoring}});
    }
    ask(201, "POST", event_ + "/generate-motos");
  }

  // Who arrives when is drawn; now and then somebody falls or does not come to the gate.
  Truth draw_truth(const Json& moto) {
    Truth truth{moto["round_type"], moto["group"], {}, {}, {}};
    std::vector<std::string> riders;
    for (const auto& entry : moto["entries"]) riders.push_back(entry["rider_id"]);
    for (std::size_t i = riders.size(); i > 1; --i) std::swap(riders[i - 1], riders[rng_() % i]);
    for (const auto& rider : riders) {
      const auto luck = rng_() % 40;
      // One of each at most: two who are equal in everything would share a rank.
      if (luck == 0 && truth.dnf.empty() && riders.size() > 2) {
        truth.dnf.push_back(rider);
      } else if (luck == 1 && truth.dns.empty() && riders.size() > 2) {
        truth.dns.push_back(rider);
      } else {
        truth.finished.push_back(rider);
      }
    }
    return truth;
  }

  void ride(const Json& moto, const Truth& truth) {
    std::map<std::string, std::uint64_t> chips;
    for (const auto& entry : moto["entries"]) chips[entry["rider_id"]] = entry["rider"]["transponder_id"];
    const std::uint64_t gate = gate_ms_;
    gate_ms_ += 120'000;
    track_.passing(9992, "D0000C01", gate);
    const std::pair<const char*, std::uint64_t> loops[] = {
        {"D0000C01", 2'200}, {"D0000C02", 8'000}, {"D0000C03", 20'000}, {"D0000C04", 37'000}};
    for (const auto& [decoder, after] : loops) {
      std::uint64_t at = gate + after;
      for (const auto& rider : truth.finished) {
        track_.passing(chips[rider], decoder, at);
        at += 37;
      }
      // Who falls was seen at the hill alone.
      if (decoder == loops[0].first) {
        for (const auto& rider : truth.dnf) track_.passing(chips[rider], decoder, at);
      }
    }
  }

  void race(const Json& which) {
    const std::string path = "/api/motos/" + which["moto_id"].get<std::string>();
    ASSERT_TRUE(actor::kit::eventually([&] { return ask(200, "GET", path)["filled"] != false; })) << which;
    const Json moto = ask(200, "GET", path);
    ASSERT_FALSE(moto["entries"].empty()) << moto;
    const Truth truth = draw_truth(moto);
    ask(200, "POST", "/api/race/stage", {{"moto_id", moto["id"]}});
    ride(moto, truth);
    if (truth.finished.size() < moto["entries"].size()) {
      ASSERT_TRUE(actor::kit::eventually([&] {
        const Json state = ask(200, "GET", path);
        return state["status"] == "racing" || state["status"] == "finished";
      }));
      send("POST", "/api/race/force-finish", "{}");
    }
    ASSERT_TRUE(actor::kit::eventually([&] { return ask(200, "GET", path)["status"] == "finished"; }))
        << path;
    races_[moto["class_name"]].push_back(truth);
  }

  void run_the_day() {
    // The order is fixed; who rides in its later motos is not yet.
    const Json all_2 = ask(200, "GET", event_ + "/running-order")["motos"];
    for (const auto& moto : all_2) {
      ASSERT_NO_FATAL_FAILURE(race(moto));
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
  http::RestApi api_{
      log_,
      *model_,
      log_.clock,
      value_or_die(contract::BootId::parse("boot1", "boot")),
      {.registry_patience = std::chrono::seconds{30}, .control_patience = std::chrono::seconds{30}}};
  http::Router routes_;
  std::string event_;
  std::map<std::string, std::vector<Truth>> races_;  // by class
  std::uint64_t gate_ms_ = 10'000;
  std::mt19937_64 rng_{20260501};
};

// --- the same results, worked out again

struct Card {
  std::vector<int> points;
  int group = 0;
  [[nodiscard]] auto key() const {
    int total = 0;
    for (const int one : points) total += one;
    auto sorted = points;
    std::sort(sorted.begin(), sorted.end());
    return std::tuple{total, points.back(), sorted};  // club: the last moto, then the best results
  }
};

std::map<std::string, Card> cards_of(const std::vector<Truth>& races) {
  std::map<std::string, Card> cards;
  for (const auto& race : races) {
    if (!race.round.starts_with("moto")) continue;
    for (const auto& rider : race.in_order()) {
      cards[rider].points.push_back(race.points(rider));
      cards[rider].group = static_cast<int>(race.group);
    }
  }
  return cards;
}

std::vector<const Truth*> heats(const std::vector<Truth>& races, const std::string& round) {
  std::vector<const Truth*> found;
  for (const auto& race : races) {
    if (race.round == round) found.push_back(&race);
  }
  return found;
}

// Riders of a points class, best first, with what they tie by.
std::vector<std::pair<std::string, std::string>> by_points(const std::vector<Truth>& races) {
  const auto cards = cards_of(races);
  std::vector<std::string> done;
  std::vector<std::pair<std::string, std::string>> order;
  const auto was = [&](const std::string& rider) {
    return std::find(done.begin(), done.end(), rider) != done.end();
  };
  for (const char* round : {"main", "semi"}) {
    std::map<std::size_t, std::vector<std::string>> by_place;
    for (const Truth* heat : heats(races, round)) {
      const auto riders = heat->in_order();
      for (std::size_t i = 0; i < riders.size(); ++i) {
        if (!was(riders[i])) by_place[i].push_back(riders[i]);
      }
    }
    for (auto& [place, riders] : by_place) {
      std::sort(riders.begin(), riders.end(),
                [&](const auto& a, const auto& b) { return cards.at(a).key() < cards.at(b).key(); });
      for (const auto& rider : riders) {
        const auto [total, last, sorted] = cards.at(rider).key();
        order.emplace_back(rider,
                           std::string{round} + std::to_string(place) + Json{total, last, sorted}.dump());
        done.push_back(rider);
      }
    }
  }
  std::vector<std::string> left;
  for (const auto& [rider, card] : cards) {
    if (!was(rider)) left.push_back(rider);
  }
  std::stable_sort(left.begin(), left.end(),
                   [&](const auto& a, const auto& b) { return cards.at(a).key() < cards.at(b).key(); });
  for (const auto& rider : left) {
    const auto [total, last, sorted] = cards.at(rider).key();
    order.emplace_back(rider, "motos" + Json{total, last, sorted}.dump());
  }
  return order;
}

// Who had to be in the main of a class of one or two groups: everybody, or the first four of each.
std::set<std::string> due_in_main(const std::vector<Truth>& races) {
  const auto cards = cards_of(races);
  std::map<int, std::vector<std::string>> groups;
  for (const auto& [rider, card] : cards) {
    // Who started in no moto does not advance.
    if (std::any_of(card.points.begin(), card.points.end(), [](int one) { return one != 10; }))
      groups[card.group].push_back(rider);
  }
  std::set<std::string> due;
  for (auto& [group, riders] : groups) {
    std::sort(riders.begin(), riders.end(), [&](const auto& a, const auto& b) {
      return std::pair{cards.at(a).key(), a} < std::pair{cards.at(b).key(), b};
    });
    const std::size_t take = groups.size() == 1 ? riders.size() : std::min<std::size_t>(4, riders.size());
    due.insert(riders.begin(), riders.begin() + static_cast<std::ptrdiff_t>(take));
  }
  return due;
}

// 6 riders are 1-2-2, then a main of five; the last of the third moto is sixth.
std::vector<std::string> by_transfer(const std::vector<Truth>& races) {
  auto order = heats(races, "main").at(0)->in_order();
  for (const auto& rider : heats(races, "moto3").at(0)->in_order()) {
    if (std::find(order.begin(), order.end(), rider) == order.end()) order.push_back(rider);
  }
  return order;
}

// Out of one central and into another one through their HTTP listeners; the second time with more riders than the limit of
// other requests would let through.
void WholeEvent::moves_over_http() {
  const auto here = value_or_die(http::HttpServer::start({}, routes_, metrics_, log_.clock));
  auto from = value_or_die(http::ApiClient::make("http://" + here->address()));
  const auto exported = value_or_die(from.send({.method = "GET", .path = event_ + "/export"}));
  ASSERT_EQ(exported.status, 200);
  const Json results = ask(200, "GET", event_ + "/results");
  Json document = Json::parse(exported.body);
  for (const std::size_t more : {0U, 15'000U}) {
    while (document["riders"].size() < 180 + more) {
      const std::string n = std::to_string(document["riders"].size());
      document["riders"].push_back(
          {{"id", "more" + n}, {"first_name", "Of"}, {"last_name", "Another Club"}, {"plate_number", n}});
    }
    const std::string body = document.dump();
    EXPECT_TRUE(more == 0 || body.size() > http::ServerSettings{}.max_body_bytes) << body.size();
    actor::kit::Folder folder;
    actor::kit::TestLog log;
    const auto model = value_or_die(read::ReadModel::open(folder.file("read.db"), log));
    const read::ProjectionWorker projection{log, *model};
    http::RestApi api{log,
                      *model,
                      log.clock,
                      value_or_die(contract::BootId::parse("other", "boot")),
                      {.registry_patience = std::chrono::seconds{120}}};
    http::Router routes;
    api.add_routes(routes);
    const auto there = value_or_die(http::HttpServer::start({}, routes, metrics_, log.clock));
    auto into = value_or_die(http::ApiClient::make("http://" + there->address()));
    const auto restored =
        value_or_die(into.send({.method = "POST", .path = "/api/events/import", .body = body}));
    ASSERT_EQ(restored.status, 201) << restored.body;
    EXPECT_EQ(Json::parse(restored.body)["riders_new"], 180 + more);
    const auto again = value_or_die(into.send({.method = "GET", .path = event_ + "/results"}));
    EXPECT_EQ(Json::parse(again.body), results);
  }
}

TEST_F(WholeEvent, OfAHundredAndEightyRidersComesToOfficialResultsThatAreRight) {
  ASSERT_NO_FATAL_FAILURE(set_up());
  ASSERT_NO_FATAL_FAILURE(run_the_day());
  std::size_t riders = 0;
  const Json all_3 = ask(200, "GET", event_)["classes"];
  for (const auto& its : all_3) {
    const std::string path = event_ + "/classes/" + its["id"].get<std::string>() + "/results";
    ask(200, "POST", path + "/provisional", {{"protest_minutes", 0}});
    const Json official = ask(200, "POST", path + "/official");
    EXPECT_EQ(official["state"], "official");
    const auto& races = races_.at(its["name"]);
    std::vector<std::string> got;
    for (const auto& row : official["published"]) got.push_back(row["rider_id"]);
    riders += got.size();
    if (its["scoring"] == "transfer") {
      EXPECT_EQ(got, by_transfer(races)) << its["name"];
      continue;
    }
    // Where the rules know no difference, riders share a rank, and their order among them means nothing.
    const auto expected = by_points(races);
    ASSERT_EQ(got.size(), expected.size()) << its["name"];
    std::map<std::string, std::string> key(expected.begin(), expected.end());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(key.at(got[i]), expected[i].second) << its["name"] << " rank " << i + 1;
      std::size_t first = i;
      while (first > 0 && expected[first - 1].second == expected[i].second) --first;
      EXPECT_EQ(official["published"][i]["rank"], first + 1) << its["name"];
    }
    const auto main = heats(races, "main");
    if (!main.empty() && its["riders"].size() <= 16) {
      const auto in = main[0]->in_order();
      EXPECT_EQ((std::set<std::string>{in.begin(), in.end()}), due_in_main(races)) << its["name"];
    }
  }
  EXPECT_EQ(riders, 180U);
  const auto csv = send("GET", event_ + "/results?format=csv");
  EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 181);
  ASSERT_NO_FATAL_FAILURE(moves_over_http());
}

}  // namespace
}  // namespace holeshot
