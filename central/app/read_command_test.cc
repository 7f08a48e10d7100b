// The read model derived again from the command line, of a central that is stopped and beside one that runs.
#include "central/app/read_command.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "central/app/central.h"
#include "central/http/api_client.h"
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

}  // namespace
}  // namespace holeshot::central_app
