#include "central/app/event_commands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "central/app/event_office.h"
#include "central/log/sqlite/sqlite_log.h"

namespace holeshot::central_app {
namespace {

using base::value_or_die;
using Json = nlohmann::json;
namespace fs = std::filesystem;

class EventCommands : public testing::Test {
 protected:
  EventCommands() {
    root_ = fs::temp_directory_path() /
            ("holeshot_event_" + std::string{testing::UnitTest::GetInstance()->current_test_info()->name()} +
             "_" + std::to_string(::getpid()));
    fs::remove_all(root_);
    make_log("a");
    make_log("b");
  }
  ~EventCommands() override { fs::remove_all(root_); }

  std::string at(const std::string& name) const { return (root_ / name).string(); }
  void make_log(const std::string& name) {
    fs::create_directories(root_ / name);
    log::SqliteLogOptions options;
    options.path = log::log_path(at(name));
    (void)value_or_die(log::SqliteLog::open(options, clock_));
  }
  Json rest(const std::string& data, const std::string& method, const std::string& path,
            const std::string& body = {}) {
    auto office = value_or_die(EventOffice::enter(at(data), clock_, EventOffice::Purpose::kWrite));
    http::Request request{.method = method, .path = path};
    request.body = body;
    const auto response = value_or_die(office.ask(std::move(request)));
    EXPECT_LT(response.status, 300) << response.body;
    return Json::parse(response.body, nullptr, false);
  }
  std::string make_event() {
    rest("a", "POST", "/api/tracks", R"({"id":"t","name":"T"})");
    return rest("a", "POST", "/api/events", R"({"name":"Cup","date":"2026-05-01","track_id":"t"})")["id"];
  }
  std::size_t files(const std::string& folder) const {
    std::error_code unknown;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder, unknown), fs::directory_iterator{}));
  }

  fs::path root_;
  base::ManualClock clock_{1'777'000'000'000'000};
  std::ostringstream out_;
};

TEST_F(EventCommands, AnEventGoesOutAndComesBackInAnotherFolder) {
  const std::string event = make_event();
  EventCommand out{.data = at("a"), .event = event, .file = at("cup.json"), .json = true};
  ASSERT_EQ(event_export(out, clock_, out_), 0);
  EXPECT_EQ(Json::parse(out_.str())["file"], at("cup.json"));
  EXPECT_EQ(event_export(out, clock_, out_), 1) << "the file is there";
  out.force = true;
  EXPECT_EQ(event_export(out, clock_, out_), 0);
  EventCommand in{.data = at("b"), .file = at("cup.json"), .dry_run = true};
  EXPECT_EQ(event_import(in, clock_, out_), 0);
  in.dry_run = false;
  EXPECT_EQ(event_import(in, clock_, out_), 0);
  EXPECT_EQ(rest("b", "GET", "/api/events/" + event)["name"], "Cup");
  EXPECT_EQ(event_import(in, clock_, out_), 1) << "it is there now";
}

TEST_F(EventCommands, BackupsAreKeptWhereSomethingChanged) {
  const std::string event = make_event();
  EventCommand backup{.data = at("a"), .to = at("kept"), .keep = 2, .json = true};
  ASSERT_EQ(event_backup(backup, clock_, out_), 0);
  EXPECT_FALSE(Json::parse(out_.str())["events"][0]["file"].is_null());
  clock_.advance_us(60'000'000);
  ASSERT_EQ(event_backup(backup, clock_, out_), 0);
  EXPECT_EQ(files(at("kept") + "/" + event), 1U) << "nothing changed";
  for (const char* name : {"X", "Y", "Z"}) {
    clock_.advance_us(60'000'000);
    rest("a", "PUT", "/api/events/" + event, Json{{"name", name}}.dump());
    ASSERT_EQ(event_backup(backup, clock_, out_), 0);
  }
  EXPECT_EQ(files(at("kept") + "/" + event), 2U);
}

TEST_F(EventCommands, SayWhatIsWrong) {
  EXPECT_EQ(event_export({.data = at("none"), .event = "e"}, clock_, out_), 1);
  EXPECT_EQ(event_export({.central = "nonsense", .event = "e"}, clock_, out_), 2);
  EXPECT_EQ(event_export({.central = "http://127.0.0.1:1", .event = "e"}, clock_, out_), 1);
  EXPECT_EQ(event_export({.data = at("a"), .event = "e"}, clock_, out_), 1) << "no such event";
  EXPECT_EQ(event_import({.data = at("a"), .file = at("none.json")}, clock_, out_), 1);
  std::ofstream(at("bad.json")) << "{";
  EXPECT_EQ(event_import({.data = at("a"), .file = at("bad.json")}, clock_, out_), 1);
}

}  // namespace
}  // namespace holeshot::central_app
