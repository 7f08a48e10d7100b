// For tests of the program itself: started, stopped and killed, against a central and decoders that are a few lines long.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "common/base/worker.h"
#include "common/contract/batch.h"
#include "common/contract/heartbeat.h"
#include "common/contract/problem.h"
#include "common/contract/signature.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/app/exit_codes.h"
#include "gateway/upload/loopback_test_kit.h"

namespace holeshot::app {

using nlohmann::json;
namespace fs = std::filesystem;

// The value of a header; empty where it is not there.
inline std::string header_of(const upload::ServedRequest& request, std::string_view name) {
  const std::string begin = "\r\n" + std::string{name} + ": ";
  const std::size_t at = request.head.find(begin);
  if (at == std::string::npos) return {};
  const std::size_t from = at + begin.size();
  return request.head.substr(from, request.head.find("\r\n", from) - from);
}

// Takes every batch and keeps its envelopes in order of arrival.
class SmallCentral {
 public:
  // `key`: requests must be signed with it. Empty: nobody is asked.
  explicit SmallCentral(std::string key = {}) : key_(std::move(key)) {}
  [[nodiscard]] const std::string& url() const { return server_.url(); }
  std::vector<json> events() {
    const std::scoped_lock lock(mutex_);
    return events_;
  }
  // From now on every event of a batch is rejected with this code; empty: taken again.
  void reject(std::string code) {
    const std::scoped_lock lock(mutex_);
    reject_ = std::move(code);
  }

 private:
  static std::uint64_t now_us() { return base::SystemClock().wall_us(); }

  std::string answer(const upload::ServedRequest& request) {
    if (request.head.starts_with("GET /ready ")) return upload::http("200 OK", R"({"status":"ready"})");
    const bool beat = request.head.starts_with("POST /api/ingest/heartbeat ");
    const std::string body = upload::plain_body(request);
    if (!signed_well(request, body, beat ? contract::kSignedHeartbeat : contract::kSignedBatch)) {
      return upload::http("401 Unauthorized", contract::problem_body({.status = 401,
                                                                      .code = "bad_signature",
                                                                      .title = "Not signed well",
                                                                      .detail = "the signature is wrong",
                                                                      .server_time_us = now_us()}));
    }
    if (beat) return upload::http("200 OK", contract::heartbeat_reply_body(now_us()));
    return take(json::parse(body));
  }

  bool signed_well(const upload::ServedRequest& request, const std::string& body,
                   std::string_view type) const {
    if (key_.empty()) return true;
    const auto headers = contract::parse_signature_headers(
        header_of(request, contract::kKidHeader), header_of(request, contract::kClientHeader),
        header_of(request, contract::kTxnHeader), header_of(request, contract::kTsHeader),
        header_of(request, contract::kSigHeader));
    const auto key = contract::parse_key(key_);
    if (!headers || !key || headers->kid != key->kid) return false;
    const json parsed = json::parse(body);
    return contract::verify_body(key->secret,
                                 {.type = std::string{type},
                                  .track = parsed.at("track_id"),
                                  .client = headers->client,
                                  .txn = headers->txn,
                                  .ts_ms = headers->ts_ms},
                                 body, headers->sig)
        .has_value();
  }

  std::string take(const json& batch) {
    const std::scoped_lock lock(mutex_);
    contract::BatchReply reply{.server_time_us = now_us()};
    const auto& events = batch.at("events");
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (reject_.empty()) {
        ++reply.accepted;
        events_.push_back(events[i]);
      } else {
        reply.rejected.push_back({i, "", reject_, "as the test wants it"});
      }
    }
    return upload::http("200 OK", contract::reply_body(reply));
  }
  const std::string key_;
  std::mutex mutex_;
  std::vector<json> events_;
  std::string reject_;
  upload::LoopbackServer server_{[this](const upload::ServedRequest& request) { return answer(request); }};
};

// A decoder on TCP that says the same frame ten times a second to whoever is connected; one at a time.
class SmallDecoder {
 public:
  // Empty: it is connected and silent.
  explicit SmallDecoder(base::Bytes frame) : frame_(std::move(frame)) {
    listener_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
    url_ = "tcp://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    worker_ = base::Worker("decoder", [this](const std::stop_token& stop) { serve(stop); });
  }
  ~SmallDecoder() {
    worker_.request_stop();
    worker_.join();
  }
  SmallDecoder(const SmallDecoder&) = delete;
  SmallDecoder& operator=(const SmallDecoder&) = delete;
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve(const std::stop_token& stop) {
    std::vector<base::UniqueFd> peers;
    while (!stop.stop_requested()) {
      pollfd waited{listener_.get(), POLLIN, 0};
      if (::poll(&waited, 1, 100) > 0) {
        peers.emplace_back(::accept(listener_.get(), nullptr, nullptr));
        ++connections_;
      }
      for (const auto& peer : peers) {
        if (!frame_.empty()) (void)::send(peer.get(), frame_.data(), frame_.size(), MSG_NOSIGNAL);
      }
    }
  }
  const base::Bytes frame_;
  base::UniqueFd listener_;
  std::string url_;
  std::atomic<int> connections_{0};
  base::Worker worker_;
};

class ProgramTest : public testing::Test {
 protected:
  ~ProgramTest() override {
    if (child_ > 0) end(SIGKILL);
    if (first_ > 0) end_first(SIGKILL);
  }

  [[noreturn]] static void become(const std::vector<std::string>& arguments) {
    std::vector<std::string> texts{HOLESHOT_BIN_DIR "/holeshot-gateway"};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& text : texts) argv.push_back(text.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  // What it says goes to the files `out` and `err`.
  void start(const std::vector<std::string>& arguments, const char* out = "out", const char* err = "err") {
    child_ = fork();
    if (child_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is aborted leaves nothing running
    dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(::open((folder_ / out).c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
    dup2(::open((folder_ / err).c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
    become(arguments);
  }
  // What runs goes on while other commands run; what was started first is ended with the test.
  pid_t leave_running() { return first_ = std::exchange(child_, 0); }
  int end_first(int signal) {
    child_ = std::exchange(first_, 0);
    return end(signal);
  }
  // Sends the signal (0: none) and gives the exit code, or minus the signal that ended it.
  int end(int signal) {
    if (signal != 0) kill(child_, signal);
    int status = 0;
    waitpid(std::exchange(child_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int run(const std::vector<std::string>& arguments) {
    start(arguments);
    return end(0);
  }
  // While another one runs; what it says is in the files "beside" and "beside_err".
  int run_beside(const std::vector<std::string>& arguments) {
    const pid_t running = std::exchange(child_, 0);
    start(arguments, "beside", "beside_err");
    const int code = end(0);
    child_ = running;
    return code;
  }
  // With a terminal, at which somebody types `typed`; what the terminal shows goes to `shown`.
  int run_on_terminal(const std::vector<std::string>& arguments, const std::string& typed,
                      std::string& shown) {
    int terminal = -1;
    child_ = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child_ == 0) become(arguments);
    const base::UniqueFd owner(terminal);
    EXPECT_EQ(::write(terminal, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    std::array<char, 4'096> room{};
    // A terminal whose program has ended gives EIO.
    for (ssize_t got = 0; (got = ::read(terminal, room.data(), room.size())) > 0;)
      shown.append(room.data(), static_cast<std::size_t>(got));
    return end(0);
  }
  [[nodiscard]] std::string text_of(const std::string& file) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / file).rdbuf();
    return text.str();
  }
  std::string file(const std::string& name) { return (folder_ / name).string(); }

  std::vector<std::string> run_arguments(const std::string& central, const std::string& decoder) {
    return {"run",   "--track-id", "hill",  "--client-id", "laptop",         "--central",
            central, "--decoder",  decoder, "--spool",     file("spool.db"), "--log-level",
            "debug", "--status",   "off"};
  }
  // A recording of passings numbered from 1, with junk between them.
  std::string recording(std::uint32_t count) {
    std::ofstream out(file("race.bin"), std::ios::binary);
    for (std::uint32_t number = 1; number <= count; ++number) {
      const base::Bytes frame =
          p3::FrameBuilder(p3::tor::kPassing).u32(p3::passing_tag::kNumber, number).finish();
      out.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
      if (number % 10 == 0) out << "noise";
    }
    return "file://" + file("race.bin");
  }
  json stats() {
    EXPECT_EQ(run({"spool", "stats", "--spool", file("spool.db"), "--json"}), 0) << text_of("err");
    return json::parse(text_of("out"));
  }
  // A command with --json, and the exit code that it is to have.
  json answer(std::vector<std::string> arguments, int code = kExitOk) {
    arguments.emplace_back("--json");
    EXPECT_EQ(run(arguments), code) << text_of("err");
    json parsed = json::parse(text_of("out"), nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << text_of("out");
    return parsed;
  }
  // One JSON object a line.
  std::vector<json> rows(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    EXPECT_EQ(run(arguments), kExitOk) << text_of("err");
    std::istringstream lines(text_of("out"));
    std::vector<json> found;
    for (std::string line; std::getline(lines, line);) found.push_back(json::parse(line));
    return found;
  }
  // Looks every few milliseconds, for at most 30 s.
  template <class Check>
  [[nodiscard]] static bool eventually(Check check) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!check()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
  }

  const base::TestFolder own_;
  const fs::path& folder_ = own_.path();
  pid_t child_ = 0;
  pid_t first_ = 0;
};

}  // namespace holeshot::app
