#include "tests/bench/live_server_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "central/live/server.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/worker.h"
#include "tests/bench/live_bare_server.h"
#include "tests/bench/live_bench_frames.h"

namespace holeshot::live {

namespace {

using Steady = std::chrono::steady_clock;

template <class T>
bool read_whole(int fd, T& value) {
  return ::read(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value);
}
template <class T>
void write_whole(int fd, const T& value) {
  HOLESHOT_CHECK(::write(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value),
                 "the other process waits");
}

// What the process does, whichever it is.
class Served {
 public:
  virtual ~Served() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual ServerStats stats() const = 0;
  virtual void end(Farewell how) = 0;
};

// Calls `tick` hz times a second; one that is more than a period late is left out.
void at_pace(const std::stop_token& stop, unsigned hz, const std::function<void()>& tick) {
  if (hz == 0) return;
  const auto period = std::chrono::microseconds{1'000'000 / hz};
  for (auto due = Steady::now(); !stop.stop_requested();) {
    std::this_thread::sleep_until(due);
    tick();
    due = std::max(due + period, Steady::now() - period);
  }
}

class Live final : public Served {
 public:
  Live(const ServerPlan& plan, std::uint16_t port) : plan_(plan) {
    LiveConfig config = plan.config;
    config.port = port;
    base::value_or_die(hub_.publish({kBenchTopic, nullptr, bench_snapshot({epoch_, 0}, clock_.wall_us())}));
    server_ = base::value_or_die(LiveServer::start(std::move(config), clock_, hub_));
    publisher_ = base::Worker("publisher", [this](const std::stop_token& stop) {
      at_pace(stop, plan_.tick_hz, [this] { publish(); });
    });
  }
  std::uint16_t port() const override { return server_->address().port; }
  ServerStats stats() const override {
    const LoopStats total = hub_.stats().total;
    return {.ticks = seq_,
            .skipped = total.dropped_messages,
            .messages = total.total_messages,
            .writes = total.writes,
            .slow_closed = total.slow_closed,
            .clients = total.active_clients};
  }
  void end(Farewell how) override {
    publisher_.request_stop();
    publisher_.join();
    server_->stop(how);
  }

 private:
  void publish() {
    const std::uint64_t tick = ticks_++;
    base::value_or_die(hub_.publish(
        {kBenchTopic, bench_tick({epoch_, ++seq_}, tick, tick % plan_.ticks_per_key == 0, clock_.wall_us()),
         nullptr}));
    if (tick % plan_.ticks_per_result != plan_.ticks_per_result - 1) return;
    const std::uint64_t seq = ++seq_;
    base::value_or_die(hub_.publish({kBenchTopic, bench_result({epoch_, seq}, clock_.wall_us()),
                                     bench_snapshot({epoch_, seq}, clock_.wall_us())}));
  }

  const ServerPlan plan_;
  base::SystemClock clock_;
  const std::uint64_t epoch_ = clock_.wall_us() / 1000;
  Hub hub_;
  std::unique_ptr<LiveServer> server_;
  std::atomic<std::uint64_t> seq_{0};
  std::uint64_t ticks_ = 0;
  base::Worker publisher_;
};

class Bare final : public Served {
 public:
  Bare(const ServerPlan& plan, std::uint16_t port) : plan_(plan), server_(port) {
    thread_ = base::Worker("bare", [this](const std::stop_token& stop) { run(stop); });
  }
  std::uint16_t port() const override { return server_.port(); }
  ServerStats stats() const override {
    return {.ticks = seq_,
            .skipped = 0,
            .messages = sent_,
            .writes = sent_,
            .slow_closed = 0,
            .clients = clients_};
  }
  void end(Farewell) override {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    const auto period = std::chrono::microseconds{1'000'000 / plan_.tick_hz};
    for (auto due = Steady::now(); !stop.stop_requested();) {
      server_.welcome_until(due, seq_, clock_);
      const std::uint64_t tick = ticks_++;
      sent_ += server_.send_to_all(
          *bench_tick({1, ++seq_}, tick, tick % plan_.ticks_per_key == 0, clock_.wall_us()));
      clients_ = server_.clients();
      due = std::max(due + period, Steady::now());
    }
  }

  const ServerPlan plan_;
  base::SystemClock clock_;
  BareServer server_;
  std::atomic<std::uint64_t> seq_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> clients_{0};
  std::uint64_t ticks_ = 0;
  base::Worker thread_;
};

[[noreturn]] void serve(const ServerPlan& plan, int commands, int answers) {
  std::unique_ptr<Served> served;
  char command = 0;
  while (::read(commands, &command, 1) == 1) {
    if (command == 'b') {
      std::uint16_t port = 0;
      HOLESHOT_CHECK(read_whole(commands, port), "a port follows");
      if (plan.bare) {
        served = std::make_unique<Bare>(plan, port);
      } else {
        served = std::make_unique<Live>(plan, port);
      }
      write_whole(answers, served->port());
    } else if (command == 's') {
      write_whole(answers, served->stats());
    } else {
      if (served) served->end(command == 'r' ? Farewell::kRestart : Farewell::kGoingAway);
      break;
    }
  }
  ::_exit(0);
}

}  // namespace

ServerProcess::ServerProcess(const ServerPlan& plan) {
  std::array<int, 2> down{};
  std::array<int, 2> up{};
  HOLESHOT_CHECK(::pipe(down.data()) == 0 && ::pipe(up.data()) == 0, "pipes");
  pid_ = ::fork();
  HOLESHOT_CHECK(pid_ >= 0, "fork");
  if (pid_ == 0) {
    ::close(down[1]);
    ::close(up[0]);
    ::signal(SIGPIPE, SIG_IGN);
    serve(plan, down[0], up[1]);
  }
  ::close(down[0]);
  ::close(up[1]);
  to_ = base::UniqueFd{down[1]};
  from_ = base::UniqueFd{up[0]};
}

ServerProcess::~ServerProcess() { end(Ending::kGoingAway); }

std::uint16_t ServerProcess::begin(std::uint16_t port) {
  write_whole(to_.get(), 'b');
  write_whole(to_.get(), port);
  HOLESHOT_CHECK(read_whole(from_.get(), port), "the server began");
  return port;
}

ServerStats ServerProcess::stats() {
  write_whole(to_.get(), 's');
  ServerStats stats;
  HOLESHOT_CHECK(read_whole(from_.get(), stats), "the server lives");
  return stats;
}

Usage ServerProcess::usage() const {
  const std::string folder = "/proc/" + std::to_string(pid_);
  std::ifstream stat_file{folder + "/stat"};
  std::string text{std::istreambuf_iterator<char>{stat_file}, {}};
  // After the name in brackets, which may hold anything: state is the first, utime and stime the 12th and 13th.
  text.erase(0, text.rfind(')') + 2);
  std::istringstream fields{text};
  std::string word;
  for (int i = 1; i < 12; ++i) fields >> word;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  std::ifstream memory{folder + "/statm"};
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  memory >> all >> resident;
  return {(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK)),
          resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
}

void ServerProcess::end(Ending how) {
  if (pid_ < 0) return;
  [[maybe_unused]] const auto told = ::write(to_.get(), &how, 1);
  to_.reset();
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace holeshot::live
