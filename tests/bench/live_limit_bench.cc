// Where the machine ends: ticks 20 times a second to as many viewers as a process has descriptors for, by our hub and by
// a bare send(2) loop in as many threads to the same sockets: how many deliveries a second each brings about, of those
// that are due, and how late they are at the viewers, who read on the same processors.
//
//   holeshot-bench-live_limit [seconds] [threads] [viewers...]
#include <atomic>
#include <cstdlib>

#include "tests/bench/live_bench_kit.h"

namespace holeshot::live {
namespace {

constexpr std::chrono::milliseconds kTick{50};

struct Run {
  double rate = 0;     // deliveries a second
  double cpu_s = 0;    // per million of them
  double skipped = 0;  // the share that was left out
  Lateness late;
};

// Sweeps by `threads` threads, each over its part; a sweep that is due while another is under way is begun late.
Run bare(std::span<const int> sockets, unsigned threads, int ticks) {
  std::atomic<std::uint64_t> taken{0};
  const double cpu = cpu_seconds();
  const auto begin = Steady::now();
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
      const std::size_t from = sockets.size() * t / threads;
      const auto part = sockets.subspan(from, sockets.size() * (t + 1) / threads - from);
      workers.emplace_back([&, part] {
        for (int i = 0; i < ticks; ++i) {
          const auto due = begin + i * kTick;
          const std::string wire = tick_of_200_bytes(2, steady_us(due))->wire;
          std::this_thread::sleep_until(due);
          taken += send_to_all(part, wire);
        }
      });
    }
  }
  const double wall = std::max(std::chrono::duration<double>(Steady::now() - begin).count(),
                               std::chrono::duration<double>(ticks * kTick).count());
  const auto count = static_cast<double>(taken.load());
  return {count / wall,
          (cpu_seconds() - cpu) * 1e6 / count,
          1 - count / static_cast<double>(sockets.size()) / ticks,
          {}};
}

class Limit {
 public:
  Limit(std::uint32_t viewers, unsigned threads, Crowd& crowd) : viewers_(viewers) {
    LiveConfig config;
    config.host = "0.0.0.0";
    config.loops = threads;
    config.heartbeat_us = 3'600'000'000;  // what is counted is ticks alone
    server_ = base::value_or_die(LiveServer::start(config, clock_, hub_));
    crowd.bring(server_->address().port, viewers);
    while (written() < std::uint64_t{2} * viewers) std::this_thread::sleep_for(kTick);
    sockets_ = sockets_of(server_->address().port);
  }

  Run ours(int ticks) {
    const std::uint64_t first = written();
    const std::uint64_t dropped = hub_.stats().total.dropped_messages;
    const double cpu = cpu_seconds();
    const auto begin = Steady::now();
    for (int i = 0; i < ticks; ++i) {
      const auto due = begin + i * kTick;
      std::this_thread::sleep_until(due);
      const auto status = hub_.publish({kBenchTopic, tick_of_200_bytes(++seq_, steady_us(due)), nullptr});
      if (!status) base::die(status.error());
    }
    const std::uint64_t all = static_cast<std::uint64_t>(ticks) * viewers_;
    std::uint64_t skipped = 0;
    while (written() - first + skipped < all) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      skipped = hub_.stats().total.dropped_messages - dropped;
    }
    const double passed = std::chrono::duration<double>(Steady::now() - begin).count();
    const auto count = static_cast<double>(written() - first);
    const double planned = std::chrono::duration<double>(ticks * kTick).count();
    return {count / std::max(passed, planned),
            (cpu_seconds() - cpu) * 1e6 / count,
            static_cast<double>(skipped) / static_cast<double>(all),
            {}};
  }
  [[nodiscard]] std::span<const int> sockets() const { return sockets_; }

 private:
  [[nodiscard]] std::uint64_t written() const { return hub_.stats().total.total_messages; }

  const std::uint32_t viewers_;
  base::SystemClock clock_;
  Hub hub_;
  std::unique_ptr<LiveServer> server_;
  std::vector<int> sockets_;
  std::uint64_t seq_ = 0;
};

void print(const char* name, std::uint32_t viewers, unsigned threads, const Run& run, const Run& floor) {
  std::printf(
      "{\"name\":\"live_limit_%s_%u_viewers\",\"value\":%.0f,\"unit\":\"deliveries/s\",\"floor\":%.0f,"
      "\"floor_name\":\"send(2) loop, %u threads, same sockets\",\"ratio\":%.3f,\"due\":%u,"
      "\"cpu_s_per_million\":%.2f,\"skipped\":%.4f,\"late_p50_ms\":%.0f,\"late_p99_ms\":%.0f,\"late_max_ms\":"
      "%.0f}\n",
      name, viewers, run.rate, floor.rate, threads, run.rate / floor.rate, viewers * 20, run.cpu_s,
      run.skipped, static_cast<double>(run.late.p50_us) / 1e3, static_cast<double>(run.late.p99_us) / 1e3,
      static_cast<double>(run.late.max_us) / 1e3);
}

void report(std::uint32_t viewers, unsigned threads, int ticks, Crowd& crowd) {
  Limit limit(viewers, threads, crowd);
  const auto pause = [] { std::this_thread::sleep_for(10 * kTick); };  // until what was sent has been read
  Run floor = bare(limit.sockets(), threads, ticks);
  pause();
  floor.late = crowd.lateness();
  limit.ours(20);  // a keyframe, and a second in which the loops see how busy they are
  pause();
  [[maybe_unused]] const Lateness ignored = crowd.lateness();
  Run ours = limit.ours(ticks);
  pause();
  ours.late = crowd.lateness();
  print("floor", viewers, threads, floor, floor);
  print("hub", viewers, threads, ours, floor);
}

}  // namespace
}  // namespace holeshot::live

int main(int argc, char** argv) {
  using namespace holeshot::live;
  raise_descriptor_limit();
  const int ticks = 20 * (argc > 1 ? std::max(1, std::atoi(argv[1])) : 5);
  const auto threads = static_cast<unsigned>(argc > 2 ? std::max(1, std::atoi(argv[2])) : 2);
  std::vector<std::uint32_t> counts;
  for (int i = 3; i < argc; ++i)
    counts.push_back(static_cast<std::uint32_t>(std::max(1, std::atoi(argv[i]))));
  if (counts.empty()) counts = {10'000, 19'900};
  for (const std::uint32_t viewers : counts) {
    Crowd crowd;
    report(viewers, threads, ticks, crowd);
  }
  return 0;
}
