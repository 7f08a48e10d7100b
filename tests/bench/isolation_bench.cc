// What tracks cost each other: from the append of a passing until its event is in the log and can be read, on three
// normal tracks. First alone (the floor), then beside a track that is flooded at 100 times their rate and one that is
// poisoned, then beside one that catches up with a long backlog. All in one process, as central runs it, on one log.
//
// The phases take turns (a shared machine's disk changes from second to second); all rounds together are one figure.
//
//   holeshot-bench-isolation [seconds per phase, default 4] [backlog events, default 500000] [rounds, default 3]
//                            [folder, default $TMPDIR]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "central/actor/router.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/check.h"
#include "common/base/folder_test_kit.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::microseconds;

// Twenty a second: twice what a full gate gives that comes by a loop within a second.
constexpr microseconds kNormalEvery{50'000};
constexpr std::uint64_t kFloodFactor = 100;
// A gateway with a backlog sends batches of this size.
constexpr std::uint64_t kFloodBatch = 100;
constexpr int kNormalTracks = 3;

struct Plan {
  std::chrono::duration<double> seconds{4};
  std::uint64_t backlog = 500'000;
  int rounds = 3;
  std::string folder;
};

contract::TrackId track(const std::string& name) {
  return base::value_or_die(contract::TrackId::parse(name, "track"));
}

// Every one gives exactly one event: nobody is on the track.
log::NewEvent passing(const std::string& name, const std::string& boot, std::uint64_t seq,
                      bool poison = false) {
  return {
      contract::raw_subject(track(name)), base::value_or_die(contract::ClientId::parse("gw", "client")),
      base::value_or_die(contract::BootId::parse(boot, "boot")), seq,
      R"({"captured_at_us":1700000000000000,"event_id":"01HZX3V8J7Q4W2N5B6C7D8E9F0","message_type":"PASSING",)"
      R"("payload":{"decoder_id":"D0000C01","hits":31,"passing_number":)" +
          std::to_string(seq) + R"(,"raw":"8e023300d1a20000010001044b5c000303deadbe0408","rtc_time_us":)" +
          (poison ? std::string{"-1"} : std::to_string(1'700'000'000'000'000 + seq)) +
          R"(,"transponder_id":7000001}})"};
}

void append(log::EventLog& log, const std::string& name, const std::string& boot, std::uint64_t first,
            std::uint64_t count, bool poison = false) {
  std::vector<log::NewEvent> events;
  for (std::uint64_t seq = first; seq < first + count; ++seq)
    events.push_back(passing(name, boot, seq, poison));
  (void)base::value_or_die(log.append(events));
}

class NoViewers final : public actor::RaceSink {
 public:
  void on_race(const std::shared_ptr<const actor::TrackState>&, const race::RaceEvent*) override {}
  void on_decoder(const contract::TrackId&, std::uint64_t, const std::string&, const std::string&) override {}
};
class NoWatch final : public actor::RaceWatch {
 public:
  void race_running(const contract::TrackId&, const std::string&, const std::string&,
                    std::uint64_t) override {}
  void race_over(const contract::TrackId& /*track*/, const std::string& /*gate_event_id*/) override {}
};

// A log, and the actors of a central on it from engines() on.
struct World {
  explicit World(const Plan& plan)
      : folder(plan.folder),
        log(base::value_or_die(log::SqliteLog::open({.path = folder.file("log.sqlite")}, clock))),
        supervisor(*log, clock, metrics) {}
  void engines() {
    router = std::make_unique<actor::Router>(*log, executor, sink, watch, metrics,
                                             actor::RouterOptions{.supervisor = &supervisor});
  }

  base::SystemClock clock;
  base::TestFolder folder;
  base::Metrics metrics;
  std::unique_ptr<log::SqliteLog> log;
  worker::Supervisor supervisor;
  NoViewers sink;
  NoWatch watch;
  actor::Executor executor;
  std::unique_ptr<actor::Router> router;
};

// One normal track: appends a passing, waits until its event can be read, notes how long that took, and so on.
std::vector<double> ride(World& world, const std::string& name, Steady::time_point until) {
  std::vector<double> took_us;
  const std::string subject = contract::events_subject(track(name));
  auto next = Steady::now();
  for (std::uint64_t seq = 1; Steady::now() < until; ++seq) {
    const auto start = Steady::now();
    append(*world.log, name, "boot", seq, 1);
    const log::Offset before = world.log->last_of(subject);
    log::Offset seen = before;
    // The actor may have been quicker than the question.
    while (world.log->high_water(subject, base::value_or_die(contract::ClientId::parse("engine", "c")),
                                 base::value_or_die(contract::BootId::parse("race-v3", "b"))) < seq) {
      (void)world.log->wait_past(seen, {}, std::chrono::milliseconds{50});
      seen = world.log->last();
    }
    took_us.push_back(std::chrono::duration<double, std::micro>(Steady::now() - start).count());
    next += kNormalEvery;
    std::this_thread::sleep_until(next);
  }
  return took_us;
}

std::vector<double> ride_all(World& world, const Plan& plan) {
  const auto until = Steady::now() + std::chrono::duration_cast<Steady::duration>(plan.seconds);
  std::vector<std::vector<double>> each(kNormalTracks);
  {
    std::vector<std::jthread> riders;
    for (int i = 0; i < kNormalTracks; ++i) {
      riders.emplace_back(
          [&, i] { each[static_cast<std::size_t>(i)] = ride(world, "normal" + std::to_string(i), until); });
    }
  }
  std::vector<double> all;
  for (const auto& one : each) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  return all;
}

double quantile(const std::vector<double>& sorted, double q) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(q * static_cast<double>(sorted.size())))];
}

void print(const std::string& phase, const std::vector<double>& took, const std::vector<double>& alone) {
  constexpr std::pair<const char*, double> kQuantiles[]{{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}};
  for (const auto& [name, q] : kQuantiles) {
    const double value = quantile(took, q);
    const double floor = quantile(alone, q);
    std::printf(
        R"({"name":"isolation.%s.%s","value":%.0f,"unit":"us","floor":%.0f,"floor_name":"the same tracks alone",)"
        R"("ratio":%.3f})"
        "\n",
        phase.c_str(), name, value, floor, value / floor);
  }
  std::fflush(stdout);
}

std::vector<double> alone(const Plan& plan) {
  World world(plan);
  world.engines();
  return ride_all(world, plan);
}

// The flood in batches, evenly; the poison one event a second.
std::vector<double> flooded(const Plan& plan) {
  World world(plan);
  world.engines();
  std::atomic<std::uint64_t> sent = 0;
  const std::jthread flood([&](const std::stop_token& stop) {
    auto next = Steady::now();
    for (std::uint64_t seq = 1; !stop.stop_requested(); seq += kFloodBatch) {
      append(*world.log, "flood", "boot", seq, kFloodBatch);
      sent = seq + kFloodBatch - 1;
      next += kNormalEvery * kFloodBatch / kFloodFactor;
      std::this_thread::sleep_until(next);
    }
  });
  const std::jthread poison([&](const std::stop_token& stop) {
    for (std::uint64_t seq = 1; !stop.stop_requested(); ++seq) {
      append(*world.log, "poison", "boot", seq, 1, true);
      for (int i = 0; i < 20 && !stop.stop_requested(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  });
  auto took = ride_all(world, plan);
  HOLESHOT_CHECK(sent > 0, "the flood has run");
  return took;
}

// The backlog stands in the log before the engines start, as after a day away.
std::vector<double> catching_up(const Plan& plan, double& rate) {
  World world(plan);
  constexpr std::uint64_t kBatch = 5'000;
  for (std::uint64_t seq = 1; seq <= plan.backlog; seq += kBatch)
    append(*world.log, "backlog", "boot", seq, std::min(kBatch, plan.backlog - seq + 1));
  const auto start = Steady::now();
  world.engines();
  auto took = ride_all(world, plan);
  std::uint64_t done = 0;
  for (const auto& worker : world.supervisor.statuses()) {
    if (worker.track == "backlog") done = worker.deliveries;
  }
  HOLESHOT_CHECK(done > 0, "the backlog was worked on meanwhile");
  rate = static_cast<double>(done) / std::chrono::duration<double>(Steady::now() - start).count();
  if (done == plan.backlog) std::fprintf(stderr, "isolation: the backlog ended before the phase did\n");
  return took;
}

// Sorted in, sorted out.
void add(std::vector<double>& all, const std::vector<double>& more) {
  const auto middle = std::ssize(all);
  all.insert(all.end(), more.begin(), more.end());
  std::inplace_merge(all.begin(), all.begin() + middle, all.end());
}

void print_rate(double rate) {
  const double normal = kNormalTracks * 1e6 / static_cast<double>(kNormalEvery.count());
  std::printf(R"({"name":"isolation.catch_up_rate","value":%.0f,"unit":"inputs/s","floor":%.0f,)"
              R"("floor_name":"the normal tracks' rate meanwhile","ratio":%.0f})"
              "\n",
              rate, normal, rate / normal);
}

int run(Plan plan) {
  base::init_log(base::LogLevel::kError, base::LogFormat::kText);
  const base::TestFolder folder(plan.folder);
  plan.folder = folder.path().string();
  std::vector<double> floor;
  std::vector<double> beside_flood;
  std::vector<double> beside_backlog;
  std::vector<double> rates(static_cast<std::size_t>(plan.rounds));
  for (double& rate : rates) {
    add(floor, alone(plan));
    add(beside_flood, flooded(plan));
    add(beside_backlog, catching_up(plan, rate));
  }
  print("alone", floor, floor);
  print("flood_and_poison", beside_flood, floor);
  print("catching_up", beside_backlog, floor);
  std::sort(rates.begin(), rates.end());
  print_rate(rates[rates.size() / 2]);
  return 0;
}

}  // namespace
}  // namespace holeshot

int main(int argc, char** argv) {
  holeshot::Plan plan;
  if (argc > 1) plan.seconds = std::chrono::duration<double>(std::max(0.5, std::atof(argv[1])));
  if (argc > 2) plan.backlog = std::max(1ULL, std::strtoull(argv[2], nullptr, 10));
  if (argc > 3) plan.rounds = std::max(1, std::atoi(argv[3]));
  plan.folder = argc > 4 ? argv[4] : std::filesystem::temp_directory_path().string();
  return holeshot::run(plan);
}
