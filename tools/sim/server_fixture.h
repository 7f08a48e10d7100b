// What the tests of the wires share: a reader on a descriptor, and a server on its own thread. Tests only.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/folder_test_kit.h"
#include "common/base/worker.h"
#include "common/p3/frame.h"
#include "common/p3/record.h"
#include "tools/sim/race_source.h"
#include "tools/sim/server.h"

namespace holeshot::sim::testing {

using base::Bytes;
inline constexpr int kPatienceMs = 20'000;

using TempDir = base::TestFolder;

inline std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline p3::Record read_record(base::ByteView wire) {
  p3::Record record;
  p3::Framer framer;
  framer.feed(wire, [&](const p3::Frame& frame) { record.assign(frame); });
  return record;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

class Wire {
 public:
  explicit Wire(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in to = loopback(port);
    connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  explicit Wire(base::UniqueFd fd) : fd_(std::move(fd)), connected_(fd_.valid()) {}
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void say(const Bytes& bytes) const {
    ASSERT_EQ(::write(fd_.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  // Whether anything comes within `ms`.
  [[nodiscard]] bool hears_within(int ms) const {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, ms) == 1;
  }
  // The next bytes; empty when the other side has closed. Fails the test where nothing comes.
  Bytes hear(std::size_t at_most = 4096) const {
    if (!hears_within(kPatienceMs)) {
      ADD_FAILURE() << "nothing was sent";
      return {};
    }
    Bytes bytes(at_most);
    const ssize_t got = ::read(fd_.get(), bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // The first record that `wanted` likes, others are passed over.
  template <class F>
  std::optional<p3::Record> hear_record(F wanted) {
    for (;;) {
      while (!records_.empty()) {
        const p3::Record record = records_.front();
        records_.erase(records_.begin());
        if (wanted(record)) return record;
      }
      const Bytes bytes = hear();
      if (bytes.empty()) return std::nullopt;
      framer_.feed(bytes, [&](const p3::Frame& frame) { records_.emplace_back(frame); });
    }
  }
  std::optional<p3::Record> hear_type(std::uint16_t tor) {
    return hear_record([tor](const p3::Record& record) { return record.tor() == tor; });
  }
  [[nodiscard]] const p3::FramerStats& stats() const { return framer_.stats(); }

 private:
  base::UniqueFd fd_;
  bool connected_ = false;
  p3::Framer framer_;
  std::vector<p3::Record> records_;
};

class ServerTest : public ::testing::Test {
 protected:
  static ServerOptions options(std::string_view chunk = "natural") {
    return {.cutter = base::value_or_die(Cutter::parse(chunk, 3))};
  }
  void start(std::unique_ptr<Source> source, ServerOptions options) {
    options.say = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      said_.push_back(line);
    };
    server_ = base::value_or_die(Server::open("127.0.0.1:0", std::move(options), *source, clock_));
    source_ = std::move(source);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    commands_out_ = base::UniqueFd{ends[0]};
    commands_ = base::UniqueFd{ends[1]};
    server_->take_commands_from(commands_out_.get());
    announced_ = server_->announcements("p3");
    loop_ = base::Worker("sim", [this](const std::stop_token&) { EXPECT_TRUE(server_->run(stop_)); });
  }
  void start(std::unique_ptr<Source> source, bool once = false, std::string_view chunk = "natural",
             bool wait_client = false) {
    ServerOptions wanted = options(chunk);
    wanted.once = once;
    wanted.wait_client = wait_client;
    start(std::move(source), std::move(wanted));
  }
  void TearDown() override {
    stop_.wake();
    loop_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  // Sends a command and waits until it is answered; the answer.
  std::string command(const std::string& line) {
    const std::size_t before = said().size();
    const std::string text = line + '\n';
    EXPECT_EQ(::write(commands_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    const std::uint64_t deadline = clock_.mono_us() + std::uint64_t{kPatienceMs} * 1000;
    while (clock_.mono_us() < deadline) {
      const auto lines = said();
      for (std::size_t i = before; i < lines.size(); ++i) {
        if (lines[i].starts_with("ok ") || lines[i].starts_with("error ")) return lines[i];
      }
      ::poll(nullptr, 0, 1);
    }
    ADD_FAILURE() << "no answer to " << line;
    return {};
  }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

  base::SystemClock clock_;
  base::WakeFd stop_;
  std::unique_ptr<Source> source_;
  std::unique_ptr<Server> server_;
  std::vector<std::string> announced_;
  base::UniqueFd commands_;
  base::UniqueFd commands_out_;
  std::mutex mutex_;
  std::vector<std::string> said_;
  base::Worker loop_;
};

}  // namespace holeshot::sim::testing
