// What the benches of the fan-out share: viewers in a process of their own, so that what is measured is the server's
// CPU time alone, and the bare send(2) loop over the very sockets that the hub writes to.
#pragma once

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "central/live/server.h"
#include "central/live/ws_client.h"
#include "common/base/check.h"
#include "common/base/fd.h"

namespace holeshot::live {

using Steady = std::chrono::steady_clock;

inline constexpr std::size_t kFrameBytes = 200;
inline const TopicKey kBenchTopic{"bench", Channel::kRace};

inline double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Of a clock that all processes share.
inline std::uint64_t steady_us(Steady::time_point time = Steady::now()) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

// A tick that was due at `due_us`: the first is a keyframe, so that the rest are taken as deltas of it.
inline FramePtr tick_of_200_bytes(std::uint64_t seq, std::uint64_t due_us = 1'000'000'000) {
  const FrameClass frame_class = seq == 1 ? FrameClass::kKey : FrameClass::kDelta;
  Envelope e;
  e.kind = Kind::kEvent;
  e.track_id = kBenchTopic.track_id;
  e.epoch = 1;
  e.seq = seq;
  e.ts_us = due_us;
  e.payload = R"({"pad":""})";
  const std::size_t bare = make_frame(e, frame_class)->wire.size() + 2;  // a header of 4 bytes, not of 2
  e.payload = R"({"pad":")" + std::string(kFrameBytes - std::min(bare, kFrameBytes), 'x') + R"("})";
  return make_frame(e, frame_class);
}

inline void raise_descriptor_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

// How late ticks were at the viewers, of one viewer in 32.
struct Lateness {
  std::uint64_t ticks = 0;
  std::uint64_t p50_us = 0;
  std::uint64_t p99_us = 0;
  std::uint64_t max_us = 0;
};

// The other process. Made before the first thread; each bring() opens a number of viewers, which stay and read until
// the server hangs up.
class Crowd {
 public:
  Crowd() {
    HOLESHOT_CHECK(::pipe(commands_.data()) == 0 && ::pipe(answers_.data()) == 0, "pipes");
    pid_ = ::fork();
    HOLESHOT_CHECK(pid_ >= 0, "fork");
    if (pid_ == 0) serve();
    ::close(commands_[0]);
  }
  // Ends with the process's commands: no viewer outlives the bench.
  ~Crowd() {
    ::close(commands_[1]);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // Returns when all of them are connected and subscribed.
  void bring(std::uint16_t port, std::uint32_t viewers) {
    const Order order{port, viewers};
    HOLESHOT_CHECK(::write(commands_[1], &order, sizeof order) == sizeof order, "the viewers wait for us");
    char ready = 0;
    HOLESHOT_CHECK(::read(answers_[0], &ready, 1) == 1, "the viewers came");
  }
  // Of what has come since the last call.
  Lateness lateness() {
    const Order order;
    HOLESHOT_CHECK(::write(commands_[1], &order, sizeof order) == sizeof order, "the viewers wait for us");
    Lateness lateness;
    HOLESHOT_CHECK(::read(answers_[0], &lateness, sizeof lateness) == sizeof lateness, "they answer");
    return lateness;
  }

 private:
  struct Order {
    std::uint16_t port = 0;
    std::uint32_t viewers = 0;
  };

  [[noreturn]] void serve() {
    ::close(commands_[1]);
    const base::UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    watch(epoll.get(), commands_[0]);
    std::vector<std::unique_ptr<WsClient>> clients;
    std::array<epoll_event, 256> events;
    std::array<char, std::size_t{64} * 1024> bytes;
    while (true) {
      const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == commands_[0]) {
          obey(epoll.get(), clients);
          continue;
        }
        const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (got <= 0) {
          ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
          ::shutdown(fd, SHUT_RDWR);
        } else if (fd % 32 == 0) {
          note({bytes.data(), static_cast<std::size_t>(got)});
        }
      }
    }
  }

  void note(std::string_view bytes) {
    constexpr std::string_view kField = "\"ts_us\":";
    const std::uint64_t now = steady_us();
    for (auto at = bytes.find(kField); at != std::string_view::npos; at = bytes.find(kField, at + 1)) {
      std::uint64_t due = 0;
      const char* const digits = bytes.data() + at + kField.size();
      std::from_chars(digits, bytes.data() + bytes.size(), due);
      if (due <= now) late_us_.push_back(now - due);
    }
  }

  void tell_lateness() {
    std::ranges::sort(late_us_);
    const auto at = [&](double share) {
      return late_us_[static_cast<std::size_t>(share * static_cast<double>(late_us_.size() - 1))];
    };
    Lateness lateness;
    if (!late_us_.empty()) lateness = {late_us_.size(), at(0.5), at(0.99), late_us_.back()};
    late_us_.clear();
    HOLESHOT_CHECK(::write(answers_[1], &lateness, sizeof lateness) == sizeof lateness,
                   "the server waits for us");
  }

  void obey(int epoll, std::vector<std::unique_ptr<WsClient>>& clients) {
    Order order;
    if (::read(commands_[0], &order, sizeof order) != sizeof order) ::_exit(0);
    if (order.viewers == 0) return tell_lateness();
    for (std::uint32_t i = 0; i < order.viewers; ++i) {
      // As many addresses as it takes: each has 28,000 ports.
      const std::string host = "127.0.0." + std::to_string(1 + i / 10'000);
      auto client = base::value_or_die(WsClient::connect(host, order.port, "/ws/v1/live?track_id=bench"));
      watch(epoll, client->fd());
      clients.push_back(std::move(client));
    }
    HOLESHOT_CHECK(::write(answers_[1], "r", 1) == 1, "the server waits for us");
  }

  static void watch(int epoll, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    HOLESHOT_CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll takes every descriptor");
  }

  std::array<int, 2> commands_{};
  std::array<int, 2> answers_{};
  pid_t pid_ = -1;
  std::vector<std::uint64_t> late_us_;  // in the other process
};

// Our side's sockets of all connections to a port of ours.
inline std::vector<int> sockets_of(std::uint16_t port) {
  std::vector<int> found;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  for (int fd = 3; fd < static_cast<int>(files.rlim_cur); ++fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    if (address.sin_family != AF_INET || ntohs(address.sin_port) != port) continue;
    size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) found.push_back(fd);
  }
  return found;
}

// The floor: the bytes are made, and each socket is sent them. Returns how many took them whole.
inline std::uint64_t send_to_all(std::span<const int> sockets, const std::string& wire) {
  std::uint64_t taken = 0;
  for (const int fd : sockets) {
    const ssize_t sent = ::send(fd, wire.data(), wire.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(wire.size())) ++taken;
  }
  return taken;
}

// The floor on a thread of its own, as a loop has: each sweep is asked for from outside, and ends by itself.
class BareLoop {
 public:
  explicit BareLoop(std::vector<int> sockets)
      : sockets_(std::move(sockets)), worker_([this](const std::stop_token& stop) { run(stop); }) {}
  ~BareLoop() {
    worker_.request_stop();
    wake_.wake();
  }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  // REQUIRES: `wire` lives until finish() returns.
  void sweep(const std::string& wire) {
    wire_ = &wire;
    ++asked_;
    wake_.wake();
  }
  // Returns how many messages were taken whole, of all sweeps so far.
  std::uint64_t finish() const {
    while (done_ < asked_) std::this_thread::sleep_for(std::chrono::microseconds{500});
    return taken_;
  }

 private:
  void run(const std::stop_token& stop) {
    const base::UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    epoll_event event{.events = EPOLLIN, .data = {.fd = wake_.get()}};
    HOLESHOT_CHECK(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake_.get(), &event) == 0, "epoll");
    while (!stop.stop_requested()) {
      ::epoll_wait(epoll.get(), &event, 1, -1);
      wake_.drain();
      for (; done_ < asked_; ++done_) taken_ += send_to_all(sockets_, *wire_);
    }
  }

  const std::vector<int> sockets_;
  base::WakeFd wake_;
  std::atomic<const std::string*> wire_{nullptr};
  std::atomic<std::uint64_t> asked_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::jthread worker_;
};

}  // namespace holeshot::live
