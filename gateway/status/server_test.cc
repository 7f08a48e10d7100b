#include "gateway/status/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/fd.h"
#include "gateway/status/client.h"
#include "gateway/status/control.h"
#include "gateway/status/lamps.h"
#include "gateway/status/listen.h"
#include "gateway/status/status_test_kit.h"

namespace holeshot::status {
namespace {

using base::Code;
constexpr std::chrono::milliseconds kBound{20'000};

class Server : public testing::Test {
 protected:
  Server()
      : socket_("/tmp/holeshot-status-" + std::to_string(::getpid()) + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    start();
  }
  ~Server() override {
    server_.reset();
    std::filesystem::remove(socket_);
  }
  StatusHooks hooks() {
    StatusHooks hooks;
    hooks.picture = [] { return test::good_picture(); };
    hooks.metrics = [] { return std::string{"holeshot_up 1\n"}; };
    hooks.flush = [this]() -> base::Result<std::string> {
      ++flushes_;
      return std::string{"Sending now."};
    };
    hooks.requeue = [this](const std::vector<std::uint64_t>& ids) -> base::Result<std::string> {
      ids_ = ids;
      return std::to_string(ids.size()) + " wait again";
    };
    hooks.prune = [](const PruneOrder&) -> base::Result<std::string> {
      return base::fail(Code::kClosed, "prune: the disk has failed", "start the gateway again");
    };
    return hooks;
  }
  StatusOptions options() const {
    StatusOptions options;
    options.port = 0;
    options.socket = socket_;
    options.board = "boot-1";
    return options;
  }
  void start() { server_ = base::value_or_die(StatusServer::start(options(), hooks(), board_)); }
  Address tcp() const { return {.socket = {}, .host = "127.0.0.1", .port = server_->port()}; }
  Address local() const { return {.socket = socket_, .host = "127.0.0.1", .port = 0}; }
  // What is sent as it stands; the whole answer until the end of the connection.
  std::string raw(const std::string& text) const {
    const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(server_->port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    (void)::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
    std::string got;
    char room[4096];
    for (ssize_t size = 0; (size = ::recv(fd.get(), room, sizeof room, 0)) > 0;)
      got.append(room, static_cast<std::size_t>(size));
    return got;
  }
  std::string request(const std::string& line, const std::string& headers,
                      const std::string& body = "") const {
    return raw(line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n" + body);
  }
  std::string own_host() const { return "Host: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n"; }

  const std::string socket_;
  WalkBoard board_;
  std::atomic<int> flushes_{0};
  std::vector<std::uint64_t> ids_;
  std::unique_ptr<StatusServer> server_;
};

TEST_F(Server, GivesPictureAndLampsOverBothWays) {
  for (const Address& address : {tcp(), local()}) {
    const auto body = ask(address, "/api/status", kBound);
    ASSERT_TRUE(body) << body.error().text();
    EXPECT_EQ(*body, "{\"picture\":" + picture_json(test::good_picture()) +
                         ",\"lamps\":" + judgement_json(judge(test::good_picture())) + "}");
  }
  EXPECT_EQ(ask(tcp(), "/metrics", kBound).value_or(""), "holeshot_up 1\n");
}

TEST_F(Server, GivesThePageWithANonceThatIsNewEachTime) {
  const std::string answer = request("GET /", own_host());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200"));
  const auto at = answer.find("script-src 'nonce-") + 18;
  const std::string nonce = answer.substr(at, 32);
  EXPECT_NE(answer.find("<script nonce=\"" + nonce + "\">"), std::string::npos);
  EXPECT_NE(answer.find("<style nonce=\"" + nonce + "\">"), std::string::npos);
  EXPECT_EQ(answer.find("{{"), std::string::npos);
  EXPECT_EQ(request("GET /", own_host()).find(nonce), std::string::npos);
  EXPECT_NE(answer.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_NE(answer.find("X-Content-Type-Options: nosniff"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("</html>\n"));
  // Needs nobody else: no address but the names of SVG and this page's own.
  const std::string page = answer.substr(answer.find("\r\n\r\n"));
  for (const char* word : {"src=\"", "https://", "@import", "url(", "innerHTML"}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
}

TEST_F(Server, RefusesAnotherSitesName) {
  for (const char* host : {"Host: evil.example\r\n", "Host: 127.0.0.1:1\r\n", "Host: 127.0.0.1\r\n", ""}) {
    const std::string answer = request("GET /api/status", host);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << host << answer;
    EXPECT_EQ(answer.find("\"picture\""), std::string::npos);
  }
  const std::string named = "Host: localhost:" + std::to_string(server_->port()) + "\r\n";
  EXPECT_TRUE(request("GET /api/status", named).starts_with("HTTP/1.1 200"));
}

TEST_F(Server, LetsOnlyItsOwnPageControl) {
  const std::string own = own_host();
  const std::string good = own + "X-Holeshot-Control: 1\r\nContent-Length: 0\r\n";
  const std::string post = "POST /api/control/flush";
  EXPECT_TRUE(request(post, own + "Content-Length: 0\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(request(post, good + "Origin: http://evil.example\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(request(post, good + "Origin: null\r\n").starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(request(post, good + "Sec-Fetch-Site: cross-site\r\n").starts_with("HTTP/1.1 403"));
  // A page elsewhere may not ask first whether it may.
  EXPECT_EQ(
      request("OPTIONS /api/control/flush", own + "Origin: http://evil.example\r\n").find("Access-Control"),
      std::string::npos);
  EXPECT_EQ(flushes_, 0);
  const std::string origin = "Origin: http://127.0.0.1:" + std::to_string(server_->port()) + "\r\n";
  EXPECT_TRUE(request(post, good + origin + "Sec-Fetch-Site: same-origin\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_EQ(flushes_, 1);
  EXPECT_TRUE(request("GET /api/control/flush", own).starts_with("HTTP/1.1 404"));
  EXPECT_EQ(flushes_, 1);
}

TEST_F(Server, ControlsOverTheSocket) {
  const std::string none;
  EXPECT_EQ(ask(local(), "/api/control/flush", kBound, &none).value_or(""), R"({"done":"Sending now."})");
  const std::string ids = R"({"ids":[3,18446744073709551615]})";
  EXPECT_TRUE(ask(local(), "/api/control/requeue", kBound, &ids));
  EXPECT_EQ(ids_, (std::vector<std::uint64_t>{3, UINT64_MAX}));
  const auto pruned = ask(local(), "/api/control/prune", kBound, &none);
  ASSERT_FALSE(pruned);
  EXPECT_EQ(pruned.error().text(), "prune: the disk has failed (start the gateway again)");
  EXPECT_EQ(pruned.error().code, Code::kRetry);
  const std::string bad = R"({"ids":"all"})";
  EXPECT_EQ(ask(local(), "/api/control/requeue", kBound, &bad).error().code, Code::kInvalid);
}

TEST_F(Server, IsForItsOwnGroupAlone) {
  struct stat info{};
  ASSERT_EQ(::stat(socket_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0660U);
}

TEST_F(Server, TellsWhoWaitsOfANewPassing) {
  Crossing one;
  one.event_id = "a";
  one.spool_id = 1;
  one.sighting.transponder_text = "FL-94890";
  std::atomic<bool> asked{false};
  base::Result<std::string> body;
  std::jthread poller([&] {
    asked = true;
    body = ask(tcp(), "/api/passings?after=0", kBound);
  });
  while (!asked) std::this_thread::yield();
  board_.add({&one, 1});
  poller.join();
  ASSERT_TRUE(body);
  EXPECT_EQ(passings_from_json(*body)->passings.at(0).transponder, "FL-94890");
  EXPECT_EQ(passings_from_json(*body)->board, "boot-1");
  EXPECT_EQ(ask(tcp(), "/api/passings?after=x", kBound).error().code, Code::kInvalid);
  EXPECT_EQ(ask(tcp(), "/api/passings?after=-1", kBound).error().code, Code::kInvalid);
}

TEST_F(Server, ManyWhoWaitDoNotKeepOthersOut) {
  std::vector<std::jthread> pollers;
  std::atomic<int> ended{0};
  for (int i = 0; i < 12; ++i) {
    pollers.emplace_back([&] {
      (void)ask(tcp(), "/api/passings?after=0", kBound);
      ++ended;
    });
  }
  EXPECT_TRUE(ask(tcp(), "/api/status", kBound));
  // stop() ends every wait; a page that waits does not hold up the gateway's end.
  server_->stop();
  pollers.clear();
  EXPECT_EQ(ended, 12);
  EXPECT_FALSE(std::filesystem::exists(socket_));
}

TEST_F(Server, RefusesWhatIsTooLargeAndSurvivesNonsense) {
  const std::string head = own_host() + "X-Holeshot-Control: 1\r\n";
  EXPECT_TRUE(request("POST /api/control/requeue", head + "Content-Length: 99999999\r\n")
                  .starts_with("HTTP/1.1 413"));
  for (const std::string& text :
       {std::string{"\r\n\r\n"}, std::string{"GET\r\n\r\n"}, std::string(40'000, 'x'),
        "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n" + own_host() + "\r\n",
        std::string("\x00\xff\x16\x03\r\n\r\n", 8)}) {
    (void)raw(text + "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  }
  const std::string endless = "Transfer-Encoding: chunked\r\n";
  EXPECT_TRUE(request("POST /api/control/flush", head + endless).starts_with("HTTP/1.1 413"));
  EXPECT_EQ(flushes_, 0);
  EXPECT_TRUE(request("GET /nothing", own_host()).starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(ask(tcp(), "/api/status", kBound));
}

TEST_F(Server, SaysWhoHasItsPlaces) {
  StatusOptions second = options();
  EXPECT_EQ(StatusServer::start(second, hooks(), board_).error().code, Code::kConflict);
  second.socket.clear();
  second.port = server_->port();
  EXPECT_EQ(StatusServer::start(second, hooks(), board_).error().code, Code::kConflict);
  for (const char* host : {"0.0.0.0", "192.168.1.5", "example.org"}) {
    second.host = host;
    EXPECT_EQ(StatusServer::start(second, hooks(), board_).error().code, Code::kInvalid) << host;
  }
  second.host.clear();
  second.socket = "/tmp/" + std::string(200, 'x');
  EXPECT_EQ(StatusServer::start(second, hooks(), board_).error().code, Code::kInvalid);
}

TEST_F(Server, TakesOverTheSocketOfADeadGatewayButNoFile) {
  server_.reset();
  base::value_or_die(listen_unix(socket_));  // closed at once: the file stays
  ASSERT_TRUE(std::filesystem::exists(socket_));
  EXPECT_EQ(ask(local(), "/api/status", kBound).error().code, Code::kMissing);
  start();
  EXPECT_TRUE(ask(local(), "/api/status", kBound));
  server_.reset();
  std::ofstream(socket_) << "precious";
  EXPECT_EQ(StatusServer::start(options(), hooks(), board_).error().code, Code::kConflict);
  EXPECT_TRUE(std::filesystem::exists(socket_));
}

TEST_F(Server, TheClientNamesWhatIsNoGateway) {
  auto listening = base::value_or_die(listen_tcp("127.0.0.1", 0));
  const Address other{.socket = {}, .host = "127.0.0.1", .port = listening.port};
  std::jthread peer([&] {
    const base::UniqueFd fd(::accept(listening.fd.get(), nullptr, nullptr));
    (void)::send(fd.get(), "SSH-2.0-OpenSSH\r\n", 17, MSG_NOSIGNAL);
    char room[4096];
    (void)::recv(fd.get(), room, sizeof room, 0);
  });
  EXPECT_EQ(ask(other, "/api/status", kBound).error().code, Code::kInvalid);
  peer.join();
  // Accepted by the kernel, answered by nobody.
  EXPECT_EQ(ask(other, "/api/status", std::chrono::milliseconds{50}).error().code, Code::kRetry);
  listening.fd.reset();
  const auto nobody = ask(other, "/api/status", kBound);
  EXPECT_EQ(nobody.error().code, Code::kMissing);
  EXPECT_FALSE(nobody.error().hint.empty());
}

TEST(Control, ReadsItsBodies) {
  EXPECT_TRUE(ids_from("")->empty());
  EXPECT_TRUE(ids_from("{}")->empty());
  for (const char* bad :
       {"[]", "7", R"({"ids":[]})", R"({"ids":[-1]})", R"({"ids":["1"]})", R"({"ids":{}})", "{"}) {
    EXPECT_FALSE(ids_from(bad)) << bad;
  }
  EXPECT_TRUE(prune_from("")->acknowledged);
  EXPECT_EQ(prune_from(R"({"acknowledged":false,"quarantined_before_us":7})")->quarantined_before_us, 7U);
  for (const char* bad : {"[]", R"({"acknowledged":1})", R"({"quarantined_before_us":-1})"}) {
    EXPECT_FALSE(prune_from(bad)) << bad;
  }
}

}  // namespace
}  // namespace holeshot::status
