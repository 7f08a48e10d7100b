// The read model derived again from the command line, of a central that is stopped and beside one that runs.
#include "central/app/read_command.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <sstream>

#include "central/app/central.h"
#include "central/app/progress_line.h"
#include "central/http/api_client.h"
#include "central/http/server.h"
#include "central/read/sqlite_db.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::central_app {
namespace {

using base::value_or_die;

class ReadCommandTest : public testing::Test {
 protected:
  std::unique_ptr<Central> central() {
    CentralOptions options;
    options.data = folder_.path().string();
    options.http = {"127.0.0.1", 0};
    options.live = {"127.0.0.1", 0};
    options.demo = true;
    return value_or_die(Central::start(std::move(options), clock_));
  }
  static void seed(const Central& central) {
    auto client = value_or_die(http::ApiClient::make("http://" + central.http_address()));
    http::Request request;
    request.method = "POST";
    request.path = "/api/seed-demo";
    request.body = "{}";
    ASSERT_LT(value_or_die(client.send(request)).status, 300);
  }
  nlohmann::json rebuilt(const ReadCommand& command, int status = 0) {
    std::ostringstream out;
    EXPECT_EQ(read_rebuild(command, clock_, out), status);
    return nlohmann::json::parse(out.str(), nullptr, false);
  }

  base::TestFolder folder_;
  base::SystemClock clock_;
};

TEST_F(ReadCommandTest, ARunningCentralIsAskedAndGoesOn) {
  const auto running = central();
  seed(*running);
  const auto report = rebuilt({.central = "http://" + running->http_address(), .data = {}, .json = true});
  EXPECT_EQ(report["changed"], nlohmann::json::array());
  EXPECT_GT(report["events"], 0);
  // Its folder is its own while it runs.
  (void)rebuilt({.data = folder_.path().string(), .json = true}, 1);
}

TEST_F(ReadCommandTest, TheFolderOfAStoppedOneIsMended) {
  seed(*central());
  {
    const auto db =
        value_or_die(read::SqliteDb::open(folder_.file("read.sqlite"), read::SqliteDb::Mode::kReadWrite));
    ASSERT_TRUE(db->script("UPDATE object SET sort='x'"));
  }
  const ReadCommand command{.data = folder_.path().string(), .json = true};
  EXPECT_EQ(rebuilt(command)["changed"], nlohmann::json::array({"object"}));
  EXPECT_EQ(rebuilt(command)["changed"], nlohmann::json::array());
}

TEST_F(ReadCommandTest, WhereThereIsNothingItSaysSo) {
  (void)rebuilt({.data = folder_.path().string()}, 1);
  (void)rebuilt({.central = "nonsense", .data = {}}, 2);
}

// A central whose rebuild ends once it was asked so often how far it is.
class SlowCentral {
 public:
  enum class Moves : std::uint8_t { kYes, kNo };
  SlowCentral(int looks, Moves moves) {
    routes_.add("GET", "/api/read/rebuild", [this, moves](const http::Request&) {
      const int now = ++looks_;
      looks_.notify_all();
      const nlohmann::json body = {
          {"running", true}, {"events", 1}, {"end", 100}, {"through", moves == Moves::kYes ? now : 1}};
      return http::Response::json(200, body.dump());
    });
    routes_.add("POST", "/api/read/rebuild", [this, looks](const http::Request&) {
      for (int now = looks_; now < looks && !gone_; now = looks_) looks_.wait(now);
      return http::Response::json(200, R"({"events":1,"through":100,"changed":[]})");
    });
    server_ = value_or_die(http::HttpServer::start({}, routes_, metrics_, clock_));
  }
  ~SlowCentral() {
    gone_ = true;
    ++looks_;
    looks_.notify_all();
  }
  SlowCentral(const SlowCentral&) = delete;
  SlowCentral& operator=(const SlowCentral&) = delete;
  [[nodiscard]] std::string url() const { return "http://" + server_->address(); }

 private:
  std::atomic<int> looks_ = 0;
  std::atomic<bool> gone_ = false;
  http::Router routes_;
  base::Metrics metrics_;
  base::SystemClock clock_;
  std::unique_ptr<http::HttpServer> server_;
};

TEST_F(ReadCommandTest, ItIsWaitedForAsLongAsSomethingMoves) {
  constexpr std::chrono::milliseconds kPatience{400};  // it looks four times in that
  const SlowCentral moving(10, SlowCentral::Moves::kYes);
  EXPECT_EQ(rebuilt({.central = moving.url(), .data = {}, .json = true, .patience = kPatience})["through"],
            100);
  const SlowCentral stuck(1'000'000, SlowCentral::Moves::kNo);
  (void)rebuilt({.central = stuck.url(), .data = {}, .json = true, .patience = kPatience}, 1);
}

TEST(ProgressLine, SaysHowFarAndHowLongStill) {
  EXPECT_EQ(progress_text(0, 0, 100, 5'000'000), "0 %, offset 0 of 100");
  EXPECT_EQ(progress_text(0, 25, 100, 5'000'000), "25 %, offset 25 of 100, 15 s left");
  EXPECT_EQ(progress_text(50, 100, 100, 5'000'000), "100 %, offset 100 of 100, 0 s left");
  EXPECT_EQ(progress_text(0, 7, 0, 1), "100 %, offset 0 of 0");
}

}  // namespace
}  // namespace holeshot::central_app
