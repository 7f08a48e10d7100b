// Fan-out of 200-byte frames to loopback viewers, beside a bare send(2) loop to as many sockets in the same
// run. The viewers live in a process of their own, so that what is measured is the server's CPU time alone.
//
//   holeshot-bench-live [viewers] [frames] [rounds]
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "central/live/server.h"
#include "central/live/ws_client.h"
#include "common/base/check.h"

namespace holeshot::live {
namespace {

using base::UniqueFd;
using Steady = std::chrono::steady_clock;
using std::chrono::microseconds;

struct Plan {
  int viewers = 500;
  int frames = 200;
  int rounds = 5;
};

constexpr std::size_t kFrameBytes = 200;
const TopicKey kTopic{"bench", Channel::kRace};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

FramePtr frame_of_200_bytes(std::uint64_t seq) {
  Envelope e{Kind::kEvent,   kTopic.channel, kTopic.track_id, {}, 1, seq, 1'700'000'000'000'000 + seq,
             R"({"pad":""})"};
  const std::size_t bare =
      make_frame(e, FrameClass::kResult)->wire.size() + 2;  // a header of 4 bytes, not of 2
  e.payload = R"({"pad":")" + std::string(kFrameBytes - std::min(bare, kFrameBytes), 'x') + R"("})";
  return make_frame(e, FrameClass::kResult);
}

// --- the viewers' process ---

struct Ports {
  std::uint16_t live = 0;
  std::uint16_t bare = 0;
};

void drain(int epoll, int open) {
  std::array<epoll_event, 256> events;
  std::array<char, 64 * 1024> bytes;
  while (open > 0) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (::recv(fd, bytes.data(), bytes.size(), 0) > 0) continue;
      ::close(fd);
      --open;
    }
  }
}

[[noreturn]] void be_the_viewers(const Plan& plan, int commands, int answers) {
  Ports ports;
  HOLESHOT_CHECK(::read(commands, &ports, sizeof ports) == sizeof ports, "ports come first");
  const UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<WsClient>> clients;
  std::vector<UniqueFd> bare;
  const auto watch = [&](int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
  };
  for (int i = 0; i < plan.viewers; ++i) {
    clients.push_back(
        base::value_or_die(WsClient::connect("127.0.0.1", ports.live, "/ws/v1/live?track_id=bench")));
    watch(clients.back()->fd());
    bare.push_back(base::value_or_die(connect_tcp("127.0.0.1", ports.bare)));
    watch(bare.back().get());
  }
  HOLESHOT_CHECK(::write(answers, "r", 1) == 1, "the server waits for us");
  drain(epoll.get(), plan.viewers * 2);
  ::_exit(0);
}

// --- the server's process ---

class Bare {
 public:
  Bare() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    HOLESHOT_CHECK(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0, "loopback");
    HOLESHOT_CHECK(::listen(listener_.get(), 4096) == 0, "listen");
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void accept(int count) {
    for (int i = 0; i < count; ++i)
      sockets_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  void send_to_all(const std::string& wire) const {
    for (const UniqueFd& fd : sockets_) {
      HOLESHOT_CHECK(
          ::send(fd.get(), wire.data(), wire.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(wire.size()),
          "send");
    }
  }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<UniqueFd> sockets_;
};

struct Cost {
  double cpu_s = 0;
  double wall_s = 0;
};

template <class SendOne>
Cost measure(const Plan& plan, microseconds pace, SendOne send_one) {
  const double cpu = cpu_seconds();
  const auto begin = Steady::now();
  auto due = begin;
  for (int i = 0; i < plan.frames; ++i) {
    send_one();
    due += pace;
    if (pace.count() > 0) std::this_thread::sleep_until(due);
  }
  return {cpu_seconds() - cpu, std::chrono::duration<double>(Steady::now() - begin).count()};
}

class Bench {
 public:
  Bench(const Plan& plan, int commands, int answers) : plan_(plan) {
    LiveConfig config;
    config.send_buffer_bytes = 0;  // the system's, as the bare sockets have
    server_ = base::value_or_die(LiveServer::start(config, clock_, hub_));
    const Ports ports{server_->address().port, bare_.port()};
    HOLESHOT_CHECK(::write(commands, &ports, sizeof ports) == sizeof ports, "the viewers wait for us");
    char ready = 0;
    HOLESHOT_CHECK(::read(answers, &ready, 1) == 1, "the viewers came");
    bare_.accept(plan.viewers);
  }

  // Each frame has left before the next one comes, as with ticks on a machine that keeps up.
  void paced() {
    // Twice what a sweep takes, so that sweeps do not run into one another.
    const microseconds pace{plan_.viewers * 20};
    Cost live;
    Cost floor;
    for (int round = 0; round < plan_.rounds; ++round) {
      add(floor, measure(plan_, pace, [&] { bare_.send_to_all(frame_of_200_bytes(1)->wire); }));
      const std::uint64_t writes = hub_.stats().total.writes;
      add(live, measure(plan_, pace, [&] { publish(); }));
      settle();
      writes_ += hub_.stats().total.writes - writes;
    }
    report("live_fanout_cpu", "s/1e6 deliveries", live.cpu_s / millions(), floor.cpu_s / millions());
    std::printf(
        "{\"name\":\"live_fanout_writes\",\"value\":%.3f,\"unit\":\"writes/delivery\",\"floor\":1,"
        "\"floor_name\":\"one send(2) per message\",\"ratio\":%.3f}\n",
        static_cast<double>(writes_) / millions() / 1e6, static_cast<double>(writes_) / millions() / 1e6);
  }

  // As fast as it goes, at most 32 frames ahead of the slowest loop: what waits together leaves together.
  void flat_out() {
    Cost live;
    Cost floor;
    for (int round = 0; round < plan_.rounds; ++round) {
      add(floor, measure(plan_, microseconds{0}, [&] { bare_.send_to_all(frame_of_200_bytes(1)->wire); }));
      add(live, measure(plan_, microseconds{0}, [&] {
            publish();
            settle(32);
          }));
      settle();
    }
    report("live_fanout_rate", "deliveries/s", millions() * 1e6 / live.wall_s,
           millions() * 1e6 / floor.wall_s);
    report("live_fanout_flat_out_cpu", "s/1e6 deliveries", live.cpu_s / millions(), floor.cpu_s / millions());
  }

 private:
  static void add(Cost& sum, const Cost& one) {
    sum.cpu_s += one.cpu_s;
    sum.wall_s += one.wall_s;
  }
  [[nodiscard]] double millions() const {
    return static_cast<double>(plan_.rounds) * plan_.frames * plan_.viewers / 1e6;
  }
  void publish() {
    const auto status = hub_.publish({kTopic, frame_of_200_bytes(++seq_), nullptr});
    if (!status) base::die(status.error());
  }
  // Until at most `ahead` frames have not reached everybody.
  void settle(std::uint64_t ahead = 0) {
    const auto viewers = static_cast<std::uint64_t>(plan_.viewers);
    while (true) {
      const LoopStats total = hub_.stats().total;
      HOLESHOT_CHECK(total.slow_closed == 0, "the viewers keep up");
      const std::uint64_t handshakes = viewers * 2;  // the upgrade and the snapshot
      if (total.total_messages + ahead * viewers >= handshakes + seq_ * viewers) return;
      std::this_thread::sleep_for(microseconds{200});
    }
  }
  static void report(const char* name, const char* unit, double value, double floor) {
    std::printf(
        "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"floor\":%.3f,\"floor_name\":\"send(2) "
        "loop\",\"ratio\":%.3f}\n",
        name, value, unit, floor, value / floor);
  }

  const Plan plan_;
  base::SystemClock clock_;
  Hub hub_;
  std::unique_ptr<LiveServer> server_;
  Bare bare_;
  std::uint64_t seq_ = 0;
  std::uint64_t writes_ = 0;
};

int run(const Plan& plan) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::array<int, 2> commands{};
  std::array<int, 2> answers{};
  HOLESHOT_CHECK(::pipe(commands.data()) == 0 && ::pipe(answers.data()) == 0, "pipes");
  const pid_t viewers = ::fork();
  HOLESHOT_CHECK(viewers >= 0, "fork");
  if (viewers == 0) be_the_viewers(plan, commands[0], answers[1]);
  {
    Bench bench(plan, commands[1], answers[0]);
    bench.paced();
    bench.flat_out();
  }
  int status = 0;
  ::waitpid(viewers, &status, 0);
  return status == 0 ? 0 : 1;
}

}  // namespace
}  // namespace holeshot::live

int main(int argc, char** argv) {
  holeshot::live::Plan plan;
  if (argc > 1) plan.viewers = std::max(1, std::atoi(argv[1]));
  if (argc > 2) plan.frames = std::max(1, std::atoi(argv[2]));
  if (argc > 3) plan.rounds = std::max(1, std::atoi(argv[3]));
  return holeshot::live::run(plan);
}
