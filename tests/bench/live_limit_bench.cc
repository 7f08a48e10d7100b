// Where the machine ends: ticks 20 times a second to as many viewers as a process has descriptors for, by our hub and by
// a bare send(2) loop in as many threads to the same sockets: how many deliveries a second each brings about, of those
// that are due. The viewers read on the same processors.
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
  double late_ms = 0;  // how long the worst sweep ended after it was due
};

// Sweeps by `threads` threads, each over its part; a sweep that is due while another is under way is begun late.
Run bare(std::span<const int> sockets, unsigned threads, int ticks) {
  const std::string wire = tick_of_200_bytes(2)->wire;
  std::atomic<std::uint64_t> taken{0};
  const double cpu = cpu_seconds();
  const auto begin = Steady::now();
  std::atomic<std::int64_t> latest_us{0};
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
      const std::size_t from = sockets.size() * t / threads;
      const auto part = sockets.subspan(from, sockets.size() * (t + 1) / threads - from);
      workers.emplace_back([&, part] {
        for (int i = 0; i < ticks; ++i) {
          std::this_thread::sleep_until(begin + i * kTick);
          taken += send_to_all(part, wire);
        }
        latest_us = std::max<std::int64_t>(
            latest_us, std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin).count());
      });
    }
  }
  const double wall = std::max(std::chrono::duration<double>(Steady::now() - begin).count(),
                               std::chrono::duration<double>(ticks * kTick).count());
  const auto count = static_cast<double>(taken.load());
  return {count / wall, (cpu_seconds() - cpu) * 1e6 / count,
          static_cast<double>(latest_us) / 1e3 - static_cast<double>((ticks - 1) * kTick.count())};
}

class Limit {
 public:
  Limit(std::uint32_t viewers, unsigned threads, Audience& audience) : viewers_(viewers) {
    LiveConfig config;
    config.host = "0.0.0.0";
    config.loops = threads;
    config.heartbeat_us = 3'600'000'000;  // what is counted is ticks alone
    server_ = base::value_or_die(LiveServer::start(config, clock_, hub_));
    audience.bring(server_->address().port, viewers);
    while (written() < std::uint64_t{2} * viewers) std::this_thread::sleep_for(kTick);
    sockets_ = sockets_of(server_->address().port);
  }

  Run ours(int ticks) {
    const std::uint64_t first = written();
    const std::uint64_t dropped = hub_.stats().total.dropped_messages;
    const double cpu = cpu_seconds();
    const auto begin = Steady::now();
    for (int i = 0; i < ticks; ++i) {
      std::this_thread::sleep_until(begin + i * kTick);
      const auto status = hub_.publish({kBenchTopic, tick_of_200_bytes(++seq_), nullptr});
      if (!status) base::die(status.error());
    }
    const std::uint64_t due = static_cast<std::uint64_t>(ticks) * viewers_;
    std::uint64_t skipped = 0;
    while (written() - first + skipped < due) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      skipped = hub_.stats().total.dropped_messages - dropped;
    }
    skipped_ = static_cast<double>(skipped) / static_cast<double>(due);
    const double passed = std::chrono::duration<double>(Steady::now() - begin).count();
    const auto count = static_cast<double>(written() - first);
    const double planned = std::chrono::duration<double>(ticks * kTick).count();
    return {count / std::max(passed, planned), (cpu_seconds() - cpu) * 1e6 / count,
            (passed - planned) * 1e3 + static_cast<double>(kTick.count())};
  }
  [[nodiscard]] std::span<const int> sockets() const { return sockets_; }
  [[nodiscard]] double skipped() const { return skipped_; }

 private:
  [[nodiscard]] std::uint64_t written() const { return hub_.stats().total.total_messages; }

  const std::uint32_t viewers_;
  base::SystemClock clock_;
  Hub hub_;
  std::unique_ptr<LiveServer> server_;
  std::vector<int> sockets_;
  std::uint64_t seq_ = 0;
  double skipped_ = 0;
};

void report(std::uint32_t viewers, unsigned threads, int ticks, Audience& audience) {
  Limit limit(viewers, threads, audience);
  const Run floor = bare(limit.sockets(), threads, ticks);
  const Run ours = limit.ours(ticks);
  std::printf(
      "{\"name\":\"live_limit_%u_viewers\",\"value\":%.0f,\"unit\":\"deliveries/s\",\"floor\":%.0f,"
      "\"floor_name\":\"send(2) loop, %u threads, same sockets\",\"ratio\":%.3f,\"due\":%u,"
      "\"cpu_s_per_million\":%.2f,\"floor_cpu_s_per_million\":%.2f,\"skipped\":%.4f,\"end_ms\":%.0f,"
      "\"floor_end_ms\":%.0f}\n",
      viewers, ours.rate, floor.rate, threads, ours.rate / floor.rate, viewers * 20, ours.cpu_s, floor.cpu_s,
      limit.skipped(), ours.late_ms, floor.late_ms);
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
    Audience audience;
    report(viewers, threads, ticks, audience);
  }
  return 0;
}
