// A storm over central: ten gateways on three tracks bring millions of events while central (and, with --log nats, the
// bus) is killed and restarted at random and the gateways restart themselves. Afterwards the whole log is read: every
// event is there once, in the order of its boot, on its own track, as it was sent; and what was derived from it is of
// its track too. The last quarter runs undisturbed, and shows whether central's memory stays flat.
//
//   holeshot-log-storm --bin DIR [--events N] [--seed S] [--gateways N] [--tracks N] [--log sqlite|nats|nats3]
//
// Prints one JSON object. Exit code 0: all of it holds. 3: it does not. Progress goes to stderr.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "central/log/jetstream/nats_test_kit.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/sqlite/verify.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"
#include "tests/storm/posting_gateway.h"
#include "tests/storm/storm_programs.h"

namespace holeshot::storm {
namespace {

constexpr int kWrong = 3;

struct Plan {
  std::string bin;
  std::uint64_t events = 1'000'000;
  std::uint64_t seed = 1;
  std::size_t gateways = 10;
  std::size_t tracks = 3;
  std::string log = "sqlite";  // nats: one server; nats3: three, of which one falls at a time
};

// The bus of a storm; absent for the SQLite log.
class Bus {
 public:
  explicit Bus(const std::string& log) {
    if (log != "sqlite") servers_.emplace(log == "nats3" ? 3U : 1U, log::test::kRoomForTheContract);
  }
  [[nodiscard]] std::vector<std::string> options() const {
    if (!servers_) return {};
    return {"--log", servers_->urls(), "--log-replicas", std::to_string(servers_->size())};
  }
  // True where something fell.
  bool fall(std::mt19937_64& rng) {
    if (!servers_) return false;
    log::test::NatsNode& node = servers_->node(rng() % servers_->size());
    node.kill();
    node.start();
    servers_->wait_ready();
    return true;
  }

 private:
  std::optional<log::test::NatsServers> servers_;
};

struct Findings {
  std::uint64_t raw = 0, lost = 0, doubled = 0, disorder = 0, altered = 0, leaks = 0, refused = 0;
  std::uint64_t duplicates = 0, derived = 0, kills = 0, stops = 0, bus_kills = 0, problems = 0;
  double seconds = 0;
  std::uint64_t calm_start_kb = 0, calm_end_kb = 0, log_bytes = 0;

  // Undisturbed, a quarter of all events must not make central noticeably larger.
  static constexpr std::uint64_t kFlatKb = 48 * 1024;
  [[nodiscard]] bool flat() const { return calm_end_kb <= calm_start_kb + kFlatKb; }
  [[nodiscard]] bool good() const {
    return lost + doubled + disorder + altered + leaks + refused + problems == 0 && flat();
  }
};

std::uint64_t answered(const std::vector<std::unique_ptr<PostingGateway>>& gateways) {
  std::uint64_t sum = 0;
  for (const auto& gateway : gateways) sum += gateway->answered();
  return sum;
}

std::vector<std::unique_ptr<PostingGateway>> make_gateways(const Plan& plan) {
  std::vector<std::unique_ptr<PostingGateway>> gateways;
  for (std::size_t g = 0; g < plan.gateways; ++g) {
    GatewayPlan one;
    one.track =
        base::value_or_die(contract::TrackId::parse("hill" + std::to_string(g % plan.tracks), "track"));
    one.client = base::value_or_die(contract::ClientId::parse("laptop" + std::to_string(g), "client"));
    one.events = plan.events / plan.gateways;
    one.seed = plan.seed * 1000 + g;
    gateways.push_back(std::make_unique<PostingGateway>(std::move(one)));
  }
  return gateways;
}

// Runs the gateways to their end; restarts central at random until three quarters are in.
void blow(const Plan& plan, CentralProgram& central, Bus& bus,
          std::vector<std::unique_ptr<PostingGateway>>& gateways, Findings& findings) {
  std::mt19937_64 rng(plan.seed);
  const std::uint64_t all = plan.events / plan.gateways * plan.gateways;
  std::vector<std::jthread> threads;
  for (auto& gateway : gateways) {
    threads.emplace_back([&] { gateway->run([] { return false; }, [&] { return central.port(); }); });
  }
  // Moments are counted in events, so a slow machine has as many as a quick one.
  const std::uint64_t between = std::max<std::uint64_t>(all / 60, 1);
  std::uint64_t next_fall = between / 2 + rng() % between;
  for (std::uint64_t now = 0; now < all; now = answered(gateways)) {
    if (now < all / 4 * 3 && now >= next_fall) {
      if (rng() % 3 == 0 && bus.fall(rng)) {
        ++findings.bus_kills;
      } else {
        const bool clean = rng() % 4 == 0;
        central.restart(clean ? SIGTERM : SIGKILL);
        ++(clean ? findings.stops : findings.kills);
      }
      next_fall = now + between / 2 + rng() % between;
    }
    if (findings.calm_start_kb == 0 && now > all / 100 * 80) findings.calm_start_kb = central.memory_kb();
    if (::isatty(STDERR_FILENO) != 0) {
      std::fprintf(stderr, "\r%3llu %%", static_cast<unsigned long long>(now * 100 / all));
    }
    ::usleep(50'000);
  }
  findings.calm_end_kb = central.memory_kb();
}

// Reads the log and compares each event with what its gateway sent.
class Judge {
 public:
  explicit Judge(const std::vector<std::unique_ptr<PostingGateway>>& gateways) {
    for (const auto& gateway : gateways) by_client_[gateway->plan().client.str()] = gateway.get();
  }

  void read(log::EventLog& log, Findings& findings) {
    log::ReadRange range;
    range.max_events = 10'000;
    for (;;) {
      const auto events = base::value_or_die(log.read(range));
      if (events.empty()) break;
      for (const auto& event : events) take(event, findings);
      range.after = events.back().offset;
    }
    for (const auto& [client, gateway] : by_client_) {
      for (std::size_t boot = 0; boot < gateway->boots(); ++boot) {
        const std::uint64_t have = last_[client + ":" + PostingGateway::boot_name(boot)];
        findings.lost += gateway->last_seq(boot) - std::min(gateway->last_seq(boot), have);
      }
    }
  }

 private:
  void take(const log::Event& event, Findings& findings) {
    if (const auto track = contract::track_of(event.subject, contract::kEventsPrefix)) {
      ++findings.derived;
      if (event.body.find("\"track_id\":\"" + track->str() + "\"") == std::string::npos) ++findings.leaks;
      return;
    }
    const auto track = contract::track_of(event.subject, contract::kRawPrefix);
    if (!track) return;
    ++findings.raw;
    const auto gateway = by_client_.find(event.client.str());
    if (gateway == by_client_.end() || *track != gateway->second->plan().track) {
      ++findings.leaks;
      return;
    }
    std::uint64_t& last = last_[event.client.str() + ":" + event.boot.str()];
    if (event.seq <= last) ++findings.doubled;
    if (event.seq > last + 1) ++findings.disorder;
    last = std::max(last, event.seq);
    const std::size_t boot = std::stoul(event.boot.str().substr(4));
    if (event.body != gateway->second->text_of(boot, event.seq)) ++findings.altered;
  }

  std::map<std::string, const PostingGateway*> by_client_;
  std::map<std::string, std::uint64_t> last_;  // client:boot -> highest seq read
};

void judge(const std::string& data, const std::vector<std::unique_ptr<PostingGateway>>& gateways,
           Findings& findings) {
  const base::SystemClock clock;
  const auto log =
      base::value_or_die(log::SqliteLog::open({.path = log::log_path(data), .read_only = true}, clock));
  Judge(gateways).read(*log, findings);
  findings.problems = base::value_or_die(log::verify_log(log::log_path(data))).problem_count;
  findings.log_bytes = log->stats().bytes;
  for (const auto& gateway : gateways) {
    findings.refused += gateway->refused();
    findings.duplicates += gateway->duplicates();
  }
}

void print(const Plan& plan, const Findings& f) {
  const auto n = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      R"({"events":%llu,"seed":%llu,"gateways":%zu,"tracks":%zu,"log":"%s","kills":%llu,"stops":%llu,"bus_kills":%llu,"raw":%llu,)"
      R"("lost":%llu,"doubled":%llu,"disorder":%llu,"altered":%llu,"leaks":%llu,"refused":%llu,)"
      R"("problems":%llu,"retries_answered_as_duplicates":%llu,"derived":%llu,"seconds":%.1f,)"
      R"("memory_calm_start_kb":%llu,"memory_calm_end_kb":%llu,"log_bytes":%llu,"good":%s})"
      "\n",
      n(plan.events), n(plan.seed), plan.gateways, plan.tracks, plan.log.c_str(), n(f.kills), n(f.stops),
      n(f.bus_kills), n(f.raw), n(f.lost), n(f.doubled), n(f.disorder), n(f.altered), n(f.leaks),
      n(f.refused), n(f.problems), n(f.duplicates), n(f.derived), f.seconds, n(f.calm_start_kb),
      n(f.calm_end_kb), n(f.log_bytes), f.good() ? "true" : "false");
}

int run(const Plan& plan) {
  const base::TestFolder folder;
  const std::string data = folder.file("data");
  auto gateways = make_gateways(plan);
  Findings findings;
  {
    Bus bus(plan.log);
    CentralProgram central(plan.bin, data, bus.options());
    const auto start = std::chrono::steady_clock::now();
    blow(plan, central, bus, gateways, findings);
    findings.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!central.settle()) ++findings.problems;
    central.stop();
  }
  judge(data, gateways, findings);
  print(plan, findings);
  return findings.good() ? 0 : kWrong;
}

}  // namespace
}  // namespace holeshot::storm

int main(int argc, char** argv) {
  holeshot::storm::Plan plan;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = [&] { return std::strtoull(argv[++i], nullptr, 10); };
    if (i + 1 >= argc) {
      std::fprintf(stderr,
                   "usage: %s --bin DIR [--events N] [--seed S] [--gateways N] [--tracks N] "
                   "[--log sqlite|nats|nats3]\n",
                   argv[0]);
      return 2;
    }
    if (word == "--bin") plan.bin = argv[++i];
    if (word == "--log") plan.log = argv[++i];
    if (word == "--events") plan.events = number();
    if (word == "--seed") plan.seed = number();
    if (word == "--gateways") plan.gateways = std::max<std::size_t>(1, number());
    if (word == "--tracks") plan.tracks = std::max<std::size_t>(1, number());
  }
  return holeshot::storm::run(plan);
}
