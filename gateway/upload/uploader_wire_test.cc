// The whole way over a real connection: spool, uploader, libcurl, and a server on loopback that answers as it should, but
// for some requests. After every kind of trouble all rows are there, once each and in order.
#include <gtest/gtest.h>

#include <mutex>
#include <ostream>
#include <thread>

#include "gateway/upload/curl_transport.h"
#include "gateway/upload/loopback_test_kit.h"
#include "gateway/upload/uploader_test_kit.h"

namespace holeshot::upload {
namespace {

using End = ServedReply::End;
using std::chrono::milliseconds;

struct Trouble {
  std::string name;
  std::function<ServedReply(const std::string& taken)>
      reply;           // `taken`: the answer that would have been right
  bool takes = false;  // central has the batch all the same: only its answer is lost
};

void PrintTo(const Trouble& trouble, std::ostream* out) { *out << trouble.name; }

std::string own(int status, const std::string& code, const std::string& headers = {}) {
  const std::string body =
      contract::problem_body({.status = status, .code = code, .title = "T", .detail = "d"});
  return http(std::to_string(status) + " X", body, "Content-Type: application/problem+json\r\n" + headers);
}

std::vector<Trouble> troubles() {
  std::vector<Trouble> all;
  const auto add = [&](const std::string& name, const ServedReply& reply) {
    all.push_back({name, [reply](const std::string& /*taken*/) { return reply; }});
  };
  for (const int status : {401, 403, 404, 405, 409, 422, 429, 500, 501, 502, 503, 504, 511}) {
    add("Own" + std::to_string(status), own(status, "trouble", "Retry-After: 0\r\n"));
  }
  for (const int status : {201, 204, 302, 400, 403, 407, 408, 413, 418, 429, 500, 502, 503, 504, 511}) {
    add("Proxys" + std::to_string(status),
        http(std::to_string(status) + " X", status == 204 ? "" : "<html>no</html>",
             "Content-Type: text/html\r\nRetry-After: 0\r\n"));
  }
  add("UnsupportedContract", own(400, "unsupported_contract"));
  add("RedirectToALogin", http("302 Found", "", "Location: http://login.example/\r\n"));
  add("LoginPage", http("200 OK", "<html>Welcome</html>", "Content-Type: text/html\r\n"));
  add("NoJson", http("200 OK", "]["));
  add("OtherJson", http("200 OK", R"({"ok":true})"));
  add("NothingAddsUp",
      http("200 OK", R"({"accepted":1000,"duplicates":0,"rejected":[],"server_time_us":1})"));
  add("EmptyBody", http("200 OK", ""));
  add("Garbage", ServedReply{"SSH-2.0-OpenSSH_9.2\r\n", End::kClose});
  add("HugeBody", http("200 OK", std::string(5U << 20, '{')));
  add("HugeHeader", "HTTP/1.1 200 OK\r\nX: " + std::string(1U << 20, 'x') + "\r\n\r\n");
  add("DeepJson", http("200 OK", std::string(100'000, '[')));
  add("Silence", ServedReply{});
  add("Closed", ServedReply{{}, End::kClose});
  add("Reset", ServedReply{{}, End::kReset});
  add("CutInTheHeader", ServedReply{"HTTP/1.1 200 OK\r\nContent-Le", End::kClose});
  add("BrokenChunks",
      ServedReply{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", End::kClose});
  const auto lost = [&](const std::string& name, auto change) { all.push_back({name, change, true}); };
  lost("TakenThenSilence", [](const std::string&) { return ServedReply{}; });
  lost("TakenThenClosed", [](const std::string&) { return ServedReply{{}, End::kClose}; });
  lost("TakenThenReset", [](const std::string&) { return ServedReply{{}, End::kReset}; });
  lost("TakenThenCutInTheBody",
       [](const std::string& taken) { return ServedReply{taken.substr(0, taken.size() - 5), End::kClose}; });
  lost("TakenThenResetInTheBody",
       [](const std::string& taken) { return ServedReply{taken.substr(0, taken.size() - 5), End::kReset}; });
  lost("TakenThenTrickle", [](const std::string& taken) { return ServedReply{taken, End::kKeep, true}; });
  lost("TakenThenAProxys502", [](const std::string&) { return ServedReply{http("502 X", "<html>")}; });
  return all;
}

class UploaderWireTest : public UploaderTest, public testing::WithParamInterface<Trouble> {
 protected:
  static constexpr std::size_t kRows = 60;

  ServedReply serve(const ServedRequest& request) {
    const std::scoped_lock lock(mutex_);
    ++asked_;
    const bool trouble = asked_ == 2 || asked_ == 3 || asked_ == 6;
    troubled_ += trouble ? 1 : 0;
    if (trouble && !GetParam().takes) return GetParam().reply({});
    const std::string taken = http("200 OK", central_.take(plain_body(request)).body);
    return trouble ? GetParam().reply(taken) : ServedReply{taken};
  }
  std::vector<std::uint64_t> log() {
    const std::scoped_lock lock(mutex_);
    return central_.log;
  }

  int troubled() {
    const std::scoped_lock lock(mutex_);
    return troubled_;
  }
  // Short only where the trouble is that nothing comes.
  static milliseconds time_out() {
    const bool silent = GetParam().name.find("Silence") != std::string::npos ||
                        GetParam().name.find("Trickle") != std::string::npos;
    return silent ? milliseconds{150} : milliseconds{20'000};
  }

  std::mutex mutex_;
  int asked_ = 0;
  int troubled_ = 0;
  RememberingCentral central_;
};

TEST_P(UploaderWireTest, EveryRowArrivesOnceAndInOrder) {
  LoopbackServer server{[this](const ServedRequest& request) { return serve(request); }};
  capture(kRows);
  CurlTransport transport({.total_timeout = time_out()});
  UploadOptions options;
  options.central = server.url();
  options.batch_events = 10;
  options.backoff_first = options.backoff_cap = options.alarm_pause = milliseconds{1};
  Uploader uploader(*spool_, transport, clock_, ulids_, options);
  base::Worker worker("uploader", [&](const std::stop_token& stop) { uploader.run(stop); });
  while (uploader.status().acknowledged < kRows)
    std::this_thread::sleep_for(milliseconds{1});  // ctest bounds it
  worker.request_stop();
  worker.join();
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(quarantined(), 0U);
  std::vector<std::uint64_t> all(kRows);
  for (std::size_t i = 0; i < kRows; ++i) all[i] = i + 1;
  EXPECT_EQ(log(), all);
  EXPECT_EQ(uploader.status().reason, Reason::kOk);
  EXPECT_GE(troubled(), 3) << "the trouble did happen";
  if (GetParam().takes) {
    EXPECT_GT(uploader.status().duplicates, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Troubles, UploaderWireTest, testing::ValuesIn(troubles()),
                         [](const auto& trouble) { return trouble.param.name; });

}  // namespace
}  // namespace holeshot::upload
