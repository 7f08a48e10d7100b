// For the REST tests: a router over a log in memory, a real read model that a worker keeps up, and a few
// words to ask with. With HOLESHOT_EXCHANGES=FILE everything that is asked and answered goes there, one JSON object a
// line: tests/api checks it against docs/api.yaml.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "central/http/rest_api.h"
#include "central/http/router.h"
#include "central/read/memory_log.h"
#include "central/read/projection.h"
#include "central/read/read_model.h"
#include "common/base/worker.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

using Json = nlohmann::json;
using base::value_or_die;

class RestFixture : public testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kLong{20'000};

  RestFixture() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("holeshot_rest_" + std::string{info->name()} + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    model_ = value_or_die(read::ReadModel::open((folder_ / "read.db").string(), log_));
    start({.demo = true, .registry_patience = kLong, .control_patience = kLong, .race_state = {}});
  }
  ~RestFixture() override {
    engine_ = {};
    api_.reset();
    worker_.reset();
    model_.reset();
    std::filesystem::remove_all(folder_);
  }

  // A live listener with one viewer, 0-17, whom nobody can send away for good.
  static LiveDesk one_viewer() {
    const Json viewer = {{"client_id", "0-17"},
                         {"name", nullptr},
                         {"address", "192.0.2.1"},
                         {"role", "viewer"},
                         {"transport", "websocket"},
                         {"encoding", "json"},
                         {"official", false},
                         {"backed_up", false},
                         {"connected_at", "2026-05-01T10:00:00.000000Z"},
                         {"last_message_at", nullptr},
                         {"messages_sent", 3},
                         {"messages_received", 0},
                         {"dropped", 0},
                         {"buffered_bytes", 0},
                         {"buffer_size", 256},
                         {"buffer_used", 0},
                         {"buffer_utilization", 0},
                         {"watches", Json::array()}};
    const auto only = [](const std::string& id) -> base::Status {
      if (id == "0-17") return {};
      return base::fail(base::Code::kMissing, "no viewer is called " + id);
    };
    return {.list = [viewer](const LiveViewerQuery&) -> base::Result<LiveViewerPage> {
              return LiveViewerPage{Json::array({viewer}).dump(), 1};
            },
            .show = [viewer, only](const std::string& id) -> base::Result<std::string> {
              HOLESHOT_TRY(only(id));
              return viewer.dump();
            },
            .kick = [only](const std::string& id, const std::string&) { return only(id); }};
  }

  // Starts the API anew, as another start of central would.
  void start(RestOptions options) {
    api_.reset();
    worker_.reset();
    router_ = std::make_unique<Router>();
    const std::string boot = "boot" + std::to_string(++boots_);
    api_ = std::make_unique<RestApi>(log_, *model_, clock_,
                                     value_or_die(contract::BootId::parse(boot, "boot")), std::move(options));
    api_->add_routes(*router_);
    worker_ = std::make_unique<read::ProjectionWorker>(log_, *model_);
  }
  void stop_projection() { worker_.reset(); }

  Response ask(const std::string& method, const std::string& path, const std::string& body = {},
               std::map<std::string, std::string> headers = {}) {
    Request request;
    request.method = method;
    const auto question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string::npos) {
      std::string rest = path.substr(question + 1) + "&";
      for (std::size_t end = 0; (end = rest.find('&')) != std::string::npos; rest.erase(0, end + 1)) {
        const std::string pair = rest.substr(0, end);
        request.query[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
      }
    }
    request.headers = std::move(headers);
    request.body = body;
    auto response = router_->dispatch(std::move(request));
    record(method, path, body, response);
    return response;
  }
  // The answer's JSON; fails the test where the status is another one.
  Json expect(int status, const std::string& method, const std::string& path, const Json& body = nullptr) {
    const auto response = ask(method, path, body.is_null() ? "" : body.dump());
    EXPECT_EQ(response.status, status) << method << " " << path << " -> " << response.body;
    if (response.body.empty()) return nullptr;
    const Json answer = Json::parse(response.body, nullptr, false);
    EXPECT_FALSE(answer.is_discarded()) << response.body;
    if (status >= 400) {
      EXPECT_EQ(response.content_type, "application/problem+json");
      EXPECT_EQ(answer["status"], status);
      EXPECT_FALSE(answer["code"].get<std::string>().empty());
    }
    return answer;
  }
  Json post(const std::string& path, const Json& body = nullptr) { return expect(201, "POST", path, body); }
  Json get(const std::string& path) { return expect(200, "GET", path); }

  std::string new_rider(const std::string& plate, const Json& more = Json::object()) {
    Json rider = {{"first_name", "F" + plate}, {"last_name", "L" + plate}, {"plate_number", plate}};
    rider.update(more);
    return post("/api/riders", rider)["id"];
  }
  std::string new_event(const std::string& track = "zolder") {
    if (ask("GET", "/api/tracks/" + track).status == 404)
      post("/api/tracks", {{"id", track}, {"name", track}});
    return post("/api/events", {{"name", "Cup"}, {"date", "2026-05-01"}, {"track_id", track}})["id"];
  }
  std::string new_class(const std::string& event, int riders) {
    const std::string id = post("/api/events/" + event + "/classes", {{"name", "Boys 9"}})["id"];
    for (int i = 0; i < riders; ++i) {
      post("/api/events/" + event + "/classes/" + id + "/riders",
           {{"rider_id", new_rider(std::to_string(++plates_))}});
    }
    return id;
  }

  // Appends as the race engine would.
  void race_event(const std::string& track, const std::string& type, const Json& payload) {
    const log::NewEvent event{.subject = "timing.race.events.v1." + track,
                              .client = value_or_die(contract::ClientId::parse("engine", "client")),
                              .boot = value_or_die(contract::BootId::parse("engine", "boot")),
                              .seq = ++engine_seq_,
                              .body = Json{{"event_type", type}, {"payload", payload}}.dump()};
    const auto offset = value_or_die(log_.append({&event, 1}))[0].offset;
    if (worker_) {
      ASSERT_TRUE(model_->wait_applied(offset, kLong));
    }
  }

  // Something that judges intents as they come, until the test ends: refuses with `code` where it is given.
  void run_engine(const std::string& code = {}) {
    engine_ = base::Worker("engine", [this, code](const std::stop_token& stop) {
      log::Offset at;
      while (!stop.stop_requested()) {
        for (const auto& event : value_or_die(log_.read({.after = at, .subjects = {}}))) {
          at = event.offset;
          const auto track = contract::track_of(event.subject, contract::kControlPrefix);
          if (track) judge(track->str(), Json::parse(event.body), code);
        }
        (void)log_.wait_past(at, stop, std::chrono::milliseconds{100});
      }
    });
  }
  [[nodiscard]] std::vector<Json> bodies_on(const std::string& subject) {
    std::vector<Json> out;
    for (const auto& event : value_or_die(log_.read({.after = {}, .subjects = {subject}}))) {
      out.push_back(Json::parse(event.body));
    }
    return out;
  }

  std::filesystem::path folder_;
  base::ManualClock clock_{1'777'000'000'000'000};
  read::MemoryLog log_{clock_, "01LOG"};
  std::unique_ptr<read::ReadModel> model_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<RestApi> api_;
  std::unique_ptr<read::ProjectionWorker> worker_;
  base::Worker engine_;

 private:
  static void record(const std::string& method, const std::string& path, const std::string& body,
                     const Response& response) {
    static const char* const file = std::getenv("HOLESHOT_EXCHANGES");
    if (file == nullptr) return;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const Json line = {{"test", std::string{test->test_suite_name()} + "." + test->name()},
                       {"method", method},
                       {"path", path},
                       {"request", body},
                       {"status", response.status},
                       {"content_type", response.content_type},
                       {"response", response.body}};
    std::ofstream{file, std::ios::app} << line.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  }
  void judge(const std::string& track, const Json& intent, const std::string& code) {
    if (code.empty() && intent["type"] == "stage") {
      race_event(track, "race_staged", {{"moto_id", intent["moto_id"]}});
    }
    race_event(track, "intent_result",
               {{"intent_id", intent["event_id"]},
                {"type", intent["type"]},
                {"accepted", code.empty()},
                {"code", code},
                {"reason", code.empty() ? "" : "because"}});
  }

  int boots_ = 0;
  int plates_ = 0;
  std::atomic<std::uint64_t> engine_seq_{0};
};

}  // namespace holeshot::http
