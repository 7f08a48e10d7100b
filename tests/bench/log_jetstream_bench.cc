// Durable events per second of the JetStream log (acknowledged by the stream and synced in the replica) beside
// js_PublishAsync of the same bytes in the same messages, which waits for acknowledgements only and syncs nothing. In
// turns within one run, over one nats-server that the program starts.
//
//   holeshot-bench-log_jetstream [seconds per figure, default 0.5] [rounds, default 3] [folder, default $TMPDIR]
//
// {"skipped":...} where nats-server is not installed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "central/log/jetstream/jetstream_log.h"
#include "central/log/jetstream/message.h"
#include "central/log/jetstream/nats_test_kit.h"
#include "central/log/jetstream/raw_publish_kit.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"

namespace holeshot {
namespace {

using Steady = std::chrono::steady_clock;

struct Plan {
  double seconds = 0.5;
  int rounds = 3;
};

const contract::TrackId kTrack = contract::TrackId::parse("bench", "track").value();
constexpr std::size_t kBatch = 100;

// A gateway's batch: events of about 330 bytes.
std::vector<log::NewEvent> batch_of(const std::string& boot, std::uint64_t first) {
  static const std::string filling(270, 'x');
  std::vector<log::NewEvent> events;
  for (std::uint64_t seq = first; seq < first + kBatch; ++seq) {
    events.push_back({contract::raw_subject(kTrack), contract::ClientId::parse("gw", "client").value(),
                      contract::BootId::parse(boot, "boot").value(), seq,
                      R"({"boot_id":")" + boot + R"(","payload":")" + filling + R"(","seq":)" +
                          std::to_string(seq) + "}"});
  }
  return events;
}

// A fresh boot for every thread of every figure, so that no append is a duplicate.
std::string fresh_boot() {
  static std::atomic<int> next{0};
  return "boot" + std::to_string(next++);
}

// Events per second of `threads` that each call `once(thread, nth)` until the time is over.
double rate(const Plan& plan, std::size_t threads,
            const std::function<void(std::size_t, std::size_t)>& once) {
  std::atomic<std::uint64_t> batches{0};
  const auto start = Steady::now();
  const auto end =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(plan.seconds));
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t n = 0; Steady::now() < end; ++n, ++batches) once(t, n);
      });
    }
  }
  return static_cast<double>(batches * kBatch) / std::chrono::duration<double>(Steady::now() - start).count();
}

double append_rate(const Plan& plan, log::EventLog& log, std::size_t threads) {
  std::vector<std::string> boots(threads);
  for (auto& boot : boots) boot = fresh_boot();
  return rate(plan, threads, [&](std::size_t t, std::size_t n) {
    base::value_or_die(log.append(batch_of(boots[t], n * kBatch + 1)));
  });
}

// Messages as the lanes make them of as many callers: `callers` batches each.
double raw_rate(const Plan& plan, log::test::RawPublisher& raw, std::size_t callers) {
  std::uint64_t events = 0;
  const std::string boot = fresh_boot();
  const auto start = Steady::now();
  const auto end =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(plan.seconds));
  const std::size_t most = log::kMaxMessageBytes / log::size_of(batch_of(boot, 1)).body;
  const std::size_t batches = std::clamp<std::size_t>(callers, 1, most);
  for (std::uint64_t seq = 1; Steady::now() < end;) {
    std::vector<std::vector<log::NewEvent>> held;
    log::Parts parts;
    for (std::size_t i = 0; i < batches; ++i, seq += kBatch) held.push_back(batch_of(boot, seq));
    for (const auto& one : held) parts.emplace_back(one);
    raw.publish(log::encode(parts, 1, "bench"));
    events += batches * kBatch;
  }
  raw.wait();
  return static_cast<double>(events) / std::chrono::duration<double>(Steady::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void bench(const Plan& plan, log::EventLog& log, log::test::RawPublisher& raw, std::size_t gateways) {
  std::vector<double> values;
  std::vector<double> floors;
  for (int round = 0; round < plan.rounds; ++round) {
    floors.push_back(raw_rate(plan, raw, gateways));
    values.push_back(append_rate(plan, log, gateways));
  }
  const double value = median(std::move(values));
  const double floor = median(std::move(floors));
  std::printf(
      R"({"name":"log_js_100_by_%zu","value":%.0f,"unit":"events/s","floor":%.0f,"floor_name":"js_publish_async","ratio":%.3f})"
      "\n",
      gateways, value, floor, value / floor);
  std::fflush(stdout);
}

int run(const Plan& plan) {
  if (const auto why = log::test::no_nats(); !why.empty()) {
    std::printf(R"({"skipped":"%s"})"
                "\n",
                why.c_str());
    return 0;
  }
  const log::test::NatsServers servers(1U, log::test::kRoomForTheContract);
  const base::TestFolder folder;
  const base::SystemClock clock;
  log::JetStreamLogOptions options;
  options.nats.servers = servers.urls();
  options.replica.path = log::log_path(folder.path());
  const auto log = base::value_or_die(log::JetStreamLog::open(options, clock));
  log::test::RawPublisher raw(servers.urls());
  for (const std::size_t gateways : {1U, 10U, 100U}) bench(plan, *log, raw, gateways);
  return 0;
}

}  // namespace
}  // namespace holeshot

int main(int argc, char** argv) {
  holeshot::Plan plan;
  if (argc > 1) plan.seconds = std::max(0.01, std::atof(argv[1]));
  if (argc > 2) plan.rounds = std::max(1, std::atoi(argv[2]));
  if (argc > 3) ::setenv("TMPDIR", argv[3], 1);  // NOLINT(concurrency-mt-unsafe): before the first thread
  return holeshot::run(plan);
}
