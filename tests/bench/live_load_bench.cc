// A whole grandstand: so many viewers at 20 ticks a second from a real Hub and LiveServer, beside a bare send(2) loop to as
// many sockets, read by the same viewers; then all of them come back at once, and come back from a restart.
//
//   holeshot-bench-live_load [viewers ...] [--seconds S] [--encoding json|binary] [--loops N] [--coalesce-ms MS] [--coalesce-above SHARE]
//                            [--no-storm]
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "central/live/drain.h"
#include "common/base/clock.h"
#include "common/base/worker.h"
#include "tests/bench/live_server_process.h"
#include "tools/load/fleet.h"

namespace holeshot::live {
namespace {

using load::Fleet;
using load::Report;
using namespace std::chrono_literals;

struct Plan {
  std::vector<std::uint64_t> viewers;
  double seconds = 15;
  load::Wants encoding = load::Wants::kJson;
  unsigned loops = 1;
  std::uint64_t coalesce_us = LiveConfig{}.coalesce_us;
  double coalesce_above = LiveConfig{}.coalesce_above;
  bool storm = true;
};

constexpr std::uint64_t kStormViewers = 10'000;
constexpr double kRampPerSecond = 4000;

struct Measured {
  Report report;
  ServerStats stats;  // of the measured stretch
  double server_cpu_s = 0;
  double bytes_per_viewer = 0;
};

// A fleet and its thread against one port.
class Viewers {
 public:
  Viewers(const Plan& plan, std::uint64_t count, std::uint16_t port) : count_(count) {
    load::ViewerPlan viewers;
    viewers.target =
        base::value_or_die(load::parse_target("ws://127.0.0.1:" + std::to_string(port), "ws", "/ws/v1/live"));
    viewers.tracks = {"bench"};
    viewers.viewers = count;
    viewers.ramp_per_s = kRampPerSecond;
    viewers.duration_us = 0;
    viewers.encoding = plan.encoding;
    viewers.sources = static_cast<unsigned>(count / 250 + 1);
    fleet_ = std::make_unique<Fleet>(std::move(viewers), clock_);
    thread_ = base::Worker("fleet", [this](const std::stop_token& stop) { fleet_->run(stop); });
  }
  ~Viewers() {
    thread_.request_stop();
    thread_.join();
  }
  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;
  Fleet* operator->() { return fleet_.get(); }
  // False where they have not all come after `patience`.
  bool all_in(std::chrono::seconds patience = 60s) {
    return waited(patience, [&] { return fleet_->progress().open == count_; });
  }
  template <class Done>
  static bool waited(std::chrono::seconds patience, Done done) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  }

 private:
  const std::uint64_t count_;
  base::SystemClock clock_;
  std::unique_ptr<Fleet> fleet_;
  base::Worker thread_;
};

ServerPlan server_plan(const Plan& plan, bool bare) {
  ServerPlan server;
  server.bare = bare;
  server.config.loops = plan.loops;
  server.config.coalesce_us = plan.coalesce_us;
  server.config.coalesce_above = plan.coalesce_above;
  return server;
}

Measured measure(const Plan& plan, std::uint64_t count, bool bare) {
  ServerProcess server{server_plan(plan, bare)};
  const std::uint16_t port = server.begin();
  const Usage empty = server.usage();
  Viewers viewers(plan, count, port);
  if (!viewers.all_in())
    std::fprintf(stderr, "only %llu of them came\n",
                 static_cast<unsigned long long>(viewers->progress().open));
  std::this_thread::sleep_for(1500ms);  // the ramp's last newcomers have their keyframe
  const Usage before = server.usage();
  const ServerStats then = server.stats();
  viewers->cut();
  std::this_thread::sleep_for(std::chrono::duration<double>(plan.seconds));
  Measured measured{.report = viewers->cut(), .stats = server.stats()};
  const Usage after = server.usage();
  measured.stats.ticks -= then.ticks;
  measured.stats.messages -= then.messages;
  measured.stats.writes -= then.writes;
  measured.server_cpu_s = after.cpu_s - before.cpu_s;
  measured.bytes_per_viewer =
      static_cast<double>(after.rss_bytes - std::min(after.rss_bytes, empty.rss_bytes)) /
      static_cast<double>(count);
  return measured;
}

void print(const std::string& name, double value, const char* unit, double floor, const char* floor_name) {
  std::printf(
      "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"floor\":%.3f,\"floor_name\":\"%s\",\"ratio\":%.3f}"
      "\n",
      name.c_str(), value, unit, floor, floor_name, floor > 0 ? value / floor : 0);
  std::fflush(stdout);
}

double ms(std::uint64_t us) { return static_cast<double>(us) / 1000; }

void compare(std::uint64_t count, const Measured& live, const Measured& bare) {
  const std::string name = "live_load_" + std::to_string(count) + "_";
  const char* const floor = "send(2) loop, same viewers";
  // Where these two differ the others compare nothing: a bare loop that is too slow cannot even let everybody in.
  print(name + "connected", static_cast<double>(live.report.open), "viewers",
        static_cast<double>(bare.report.open), floor);
  const auto latency = [&](const char* what, double q) {
    print(name + what, ms(live.report.tick_us.quantile(q)), "ms", ms(bare.report.tick_us.quantile(q)), floor);
  };
  latency("p50", 0.5);
  latency("p99", 0.99);
  latency("max", 1);
  // Without what the viewers' own process adds: up to the kernel's stamp on their sockets.
  print(name + "p99_at_socket", ms(live.report.arrival_us.quantile(0.99)), "ms",
        ms(bare.report.arrival_us.quantile(0.99)), floor);
  const auto per_million = [](const Measured& m) {
    return m.server_cpu_s / (static_cast<double>(std::max<std::uint64_t>(m.report.frames, 1)) / 1e6);
  };
  print(name + "cpu", per_million(live), "s/1e6 deliveries", per_million(bare), floor);
  print(name + "server_cores", live.server_cpu_s / live.report.seconds, "cores",
        bare.server_cpu_s / bare.report.seconds, floor);
  print(name + "viewers_cores", live.report.cpu_s / live.report.seconds, "cores",
        bare.report.cpu_s / bare.report.seconds, floor);
  print(name + "ticks",
        static_cast<double>(live.report.tick_us.count()) / live.report.seconds / static_cast<double>(count),
        "ticks/s and viewer",
        static_cast<double>(bare.report.tick_us.count()) / bare.report.seconds / static_cast<double>(count),
        floor);
  print(name + "deltas_skipped", live.report.skipped_share() * 100, "%", 1, "what may be skipped");
  print(name + "protected_lost", static_cast<double>(live.report.losses.lost() + live.report.out_of_order),
        "frames", 0, "none may be");
  print(name + "memory", live.bytes_per_viewer, "B/viewer", 1024, "the aim");
  for (const std::string& finding : live.report.findings())
    std::fprintf(stderr, "FINDING: %s\n", finding.c_str());
}

double mib(const Usage& usage) { return static_cast<double>(usage.rss_bytes) / (1 << 20U); }

// How everybody came back, out of the stretch since the cut before.
void returned(const std::string& name, const Report& report, double floor_p99, double floor_max,
              const char* floor) {
  print(name + "_back_p99", ms(report.back_us.quantile(0.99)), "ms", floor_p99, floor);
  print(name + "_back_max", ms(report.back_us.max()), "ms", floor_max, floor);
  const std::uint64_t back = report.returns.recovered + report.returns.snapshot;
  print(name + "_recovered", static_cast<double>(report.returns.recovered), "viewers",
        static_cast<double>(kStormViewers), "all; the others got a snapshot");
  print(name + "_starved", static_cast<double>(kStormViewers - std::min(kStormViewers, back)), "viewers", 0,
        "none may");
  for (const std::string& finding : report.findings()) std::fprintf(stderr, "FINDING: %s\n", finding.c_str());
}

// Waits until everybody has come back `times` times in all.
Report all_back(Viewers& viewers, std::uint64_t times) {
  const bool all = Viewers::waited(60s, [&] {
    const load::Progress now = viewers->progress();
    return now.returns >= times * kStormViewers && now.open == kStormViewers;
  });
  if (!all) std::fprintf(stderr, "FINDING: not everybody came back within a minute\n");
  return viewers->cut();
}

// Every viewer drops its line and is back at once, then the server itself goes and another one stands in its place.
void storms(const Plan& plan) {
  auto first = std::make_unique<ServerProcess>(server_plan(plan, false));
  ServerProcess second{server_plan(plan, false)};  // forked now: later there are threads
  const std::uint16_t port = first->begin();
  const double empty = mib(first->usage());
  auto viewers = std::make_unique<Viewers>(plan, kStormViewers, port);
  if (!viewers->all_in()) std::fprintf(stderr, "FINDING: the viewers of the storm did not all come\n");
  const double before = mib(first->usage());
  (*viewers)->cut();
  (*viewers)->storm();
  const Report storm = all_back(*viewers, 1);
  returned("live_storm", storm, ms(storm.connect_us.quantile(0.99)), ms(storm.connect_us.max()),
           "connecting alone");
  print("live_storm_memory_after", mib(first->usage()), "MiB", before, "before the storm");
  first->end(Ending::kRestart);
  second.begin(port);
  // What the server asks of those it says goodbye to, at the longest: it lets them go one after the other, and each is to wait
  // half a second and a part of the window.
  const double asked_ms =
      static_cast<double>(500 + Drain::jitter_ms(kStormViewers) + LiveConfig{}.drain_us / 1000);
  returned("live_restart", all_back(*viewers, 2), asked_ms, asked_ms, "what viewers are asked to take");
  print("live_restart_memory", mib(second.usage()), "MiB", before, "before the restart");
  viewers.reset();
  const bool alone = Viewers::waited(30s, [&] { return second.stats().clients == 0; });
  if (!alone) std::fprintf(stderr, "FINDING: the server still counts viewers that have gone\n");
  // With a heartbeat the server gives back what a crowd has left.
  std::this_thread::sleep_for(std::chrono::microseconds(LiveConfig{}.heartbeat_us) + 1s);
  print("live_restart_memory_idle", mib(second.usage()), "MiB", empty, "a server that nobody ever watched");
}

Plan plan_of(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : ""; };
    if (word == "--seconds") {
      plan.seconds = std::max(1.0, std::atof(value()));
    } else if (word == "--encoding") {
      plan.encoding = std::string_view{value()} == "binary" ? load::Wants::kBinary : load::Wants::kJson;
    } else if (word == "--loops") {
      plan.loops = static_cast<unsigned>(std::max(1, std::atoi(value())));
    } else if (word == "--coalesce-ms") {
      plan.coalesce_us = static_cast<std::uint64_t>(std::max(0, std::atoi(value()))) * 1000;
    } else if (word == "--coalesce-above") {
      plan.coalesce_above = std::atof(value());
    } else if (word == "--no-storm") {
      plan.storm = false;
    } else {
      plan.viewers.push_back(static_cast<std::uint64_t>(std::max(1, std::atoi(argv[i]))));
    }
  }
  // 20,000 descriptors are what a process has here; some are for the rest.
  if (plan.viewers.empty()) plan.viewers = {10'000, 19'900};
  return plan;
}

int run(const Plan& plan) {
  base::value_or_die(
      load::allow_descriptors(std::max(*std::ranges::max_element(plan.viewers), kStormViewers) + 64));
  for (const std::uint64_t count : plan.viewers) {
    const Measured bare = measure(plan, count, true);
    const Measured live = measure(plan, count, false);
    compare(count, live, bare);
  }
  if (plan.storm) storms(plan);
  return 0;
}

}  // namespace
}  // namespace holeshot::live

int main(int argc, char** argv) { return holeshot::live::run(holeshot::live::plan_of(argc, argv)); }
