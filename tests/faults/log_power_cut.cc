// Power cuts under central's log: gateways post batches to ingest, the log's file system is shut down in the middle of
// it, so that everything that was not synced is gone, and comes back. Whatever ingest answered 200 for must be in the
// log then, once, in order, as it was sent, without a person's help.
//
//   holeshot-log-power-cut [--log sqlite|nats] [--cycles N] [--seed S] [--expect-loss]
//
// With --log nats the log is on JetStream, and the server's store is on the same disk: it loses what it had acknowledged
// and not synced. Then the stream must have everything again, too: a second central with an empty folder reads it from
// there.
//
// Prints one JSON object. Exit code 0: nothing was lost (or, with --expect-loss, something was: that is the control,
// built with a log that syncs late). 3: the opposite. 77: cannot be done here (no root, no loop devices, no
// nats-server).
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "central/http/ingest.h"
#include "central/log/jetstream/jetstream_log.h"
#include "central/log/jetstream/nats_test_kit.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/sqlite/verify.h"
#include "common/base/fd.h"
#include "common/base/folder_test_kit.h"
#include "common/base/log.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"
#include "tests/faults/cut_disk.h"

namespace {

using namespace holeshot;

constexpr int kWrong = 3;
constexpr std::uint64_t kImageBytes = 512U << 20;
// A log that has grown to this is put away, and the gateways start again: each look reads all of it.
constexpr std::uint64_t kLargeLogBytes = 24U << 20;
// The longest time from the first answer to the cut: some checkpoints fall into it.
constexpr std::uint64_t kLongestRunUs = 60'000;
// For a log to come back by itself; only one that does not reaches it.
constexpr std::chrono::seconds kPatience{60};
constexpr std::size_t kGateways = 4;
constexpr std::size_t kTracks = 3;
constexpr std::size_t kLargestBatch = 60;

using PerGateway = std::array<std::uint64_t, kGateways>;

contract::TrackId track_of(std::size_t gateway) {
  return base::value_or_die(contract::TrackId::parse("hill" + std::to_string(gateway % kTracks), "track_id"));
}
contract::ClientId client_of(std::size_t gateway) {
  return base::value_or_die(contract::ClientId::parse("laptop" + std::to_string(gateway), "client_id"));
}

// What a gateway sends under this number, now and whenever it sends it again.
std::string envelope(std::size_t gateway, std::uint64_t seq) {
  contract::Envelope envelope;
  envelope.event_id = "01K742SG00003G000000000005";
  envelope.track_id = track_of(gateway);
  envelope.client_id = client_of(gateway);
  envelope.boot_id = base::value_or_die(contract::BootId::parse("BOOT", "boot_id"));
  envelope.seq = seq;
  envelope.captured_at_us = 1'760'000'000'000'000 + seq;
  envelope.message_type = "PASSING";
  envelope.payload =
      R"({"message_type":"PASSING","passing_number":1,"raw":")" + std::string(100 + seq % 200, '8') + "\"}";
  std::string text;
  contract::append_envelope(text, envelope);
  return text;
}

// The log under test, on the disk that is cut.
class Backing {
 public:
  Backing(std::string folder, bool on_nats) : folder_(std::move(folder)), on_nats_(on_nats) { start(); }

  [[nodiscard]] std::string log_file() const { return log::log_path(folder_); }
  [[nodiscard]] bool on_nats() const { return on_nats_; }

  // `data`: the folder of a central. In a child process: the library behind it has threads that outlive a log.
  [[nodiscard]] base::Result<std::unique_ptr<log::EventLog>> open(const std::string& data,
                                                                  const base::Clock& clock) const {
    if (!on_nats_) {
      HOLESHOT_ASSIGN(auto log, log::SqliteLog::open({.path = log::log_path(data)}, clock));
      return std::unique_ptr<log::EventLog>(std::move(log));
    }
    log::JetStreamLogOptions options;
    options.nats.servers = servers_->urls();
    options.replica.path = log::log_path(data);
    HOLESHOT_ASSIGN(auto log, log::JetStreamLog::open(std::move(options), clock));
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (!log->status() && std::chrono::steady_clock::now() < give_up) ::usleep(2'000);
    HOLESHOT_TRY(log->status());
    return std::unique_ptr<log::EventLog>(std::move(log));
  }

  // The server's machine has lost its power, too.
  void power_off() {
    if (servers_) servers_->node(0).kill();
  }
  void power_on() {
    if (!servers_) return;
    servers_->node(0).start();
    servers_->wait_ready();
  }
  void start_anew() {
    if (servers_) servers_->node(0).kill();
    for (const char* tail : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(log_file() + tail);
    if (servers_) std::filesystem::remove_all(servers_->node(0).store());
    power_on();
  }

 private:
  void start() {
    if (!on_nats_) return;
    servers_.emplace(1U, log::test::kRoomForTheContract, folder_);
    ::sync();  // its configuration is not what is put to the test
  }

  std::string folder_;
  bool on_nats_;
  std::optional<log::test::NatsServers> servers_;
};

// What the child tells: central has answered 200 for everything of this gateway up to here.
struct Told {
  std::size_t gateway = 0;
  std::uint64_t seq = 0;
};

// One gateway: it sends again what the last cut left unanswered, and now and then what was answered, too.
void post_on(http::Ingest& ingest, std::size_t gateway, std::uint64_t answered, int out, std::uint64_t seed) {
  std::mt19937_64 rng(seed + gateway);
  for (std::uint64_t next = answered + 1;;) {
    const std::uint64_t first = rng() % 5 == 0 && next > 8 ? next - 8 : next;
    const std::uint64_t last = next + rng() % kLargestBatch;
    std::vector<std::string> texts;
    for (std::uint64_t seq = first; seq <= last; ++seq) texts.push_back(envelope(gateway, seq));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const auto response =
        ingest.handle({.method = "POST", .body = contract::batch_body(track_of(gateway), views)});
    if (response.status != 200) return;
    const auto reply = contract::parse_reply(response.body);
    if (!reply || reply->accepted + reply->duplicates != texts.size()) ::_exit(kWrong);
    const Told told{gateway, last};
    if (::write(out, &told, sizeof told) != sizeof told) return;
    next = last + 1;
  }
}

void ingest_until_cut(log::EventLog& log, const base::Clock& clock, const PerGateway& answered, int out,
                      std::uint64_t seed) {
  base::Metrics metrics;
  http::Ingest ingest(log, clock, metrics);
  std::vector<std::jthread> gateways;
  for (std::size_t g = 0; g < kGateways; ++g) {
    gateways.emplace_back([&, g] { post_on(ingest, g, answered[g], out, seed); });
  }
}

// What one reading of a log found.
struct Look {
  PerGateway found{};
  PerGateway in_stream{};  // by a second central; with --log nats only
  std::uint64_t wrong = 0;
  std::uint64_t damaged = 0;
};

base::Status read_all(log::EventLog& log, PerGateway& found, std::uint64_t& wrong) {
  found = {};
  log::ReadRange range;
  for (;;) {
    HOLESHOT_ASSIGN(const auto events, log.read(range));
    if (events.empty()) return {};
    for (const auto& event : events) {
      const auto g = static_cast<std::size_t>(event.client.str().back() - '0');
      const bool right = event.client == client_of(g) && event.seq == found[g] + 1 &&
                         event.subject == contract::raw_subject(track_of(g)) &&
                         event.body == envelope(g, event.seq);
      if (!right) ++wrong;
      found[g] = event.seq;
    }
    range.after = events.back().offset;
  }
}

// The stream alone, as a central with an empty folder gets it; waits until all that is due has come.
base::Status read_stream(const Backing& backing, const base::Clock& clock, Look& look) {
  const base::TestFolder empty;
  HOLESHOT_ASSIGN(const auto log, backing.open(empty.path(), clock));
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  do {
    HOLESHOT_TRY(read_all(*log, look.in_stream, look.wrong));
    if (look.in_stream == look.found) return {};
    (void)log->wait_past(log->last(), {}, std::chrono::milliseconds{50});
  } while (std::chrono::steady_clock::now() < give_up);
  return {};
}

base::Result<Look> look_at(const Backing& backing) {
  const base::SystemClock clock;
  Look look;
  {
    HOLESHOT_ASSIGN(const auto log,
                    backing.open(std::filesystem::path(backing.log_file()).parent_path(), clock));
    HOLESHOT_TRY(read_all(*log, look.found, look.wrong));
    if (backing.on_nats()) HOLESHOT_TRY(read_stream(backing, clock, look));
  }
  HOLESHOT_ASSIGN(const auto report, log::verify_log(backing.log_file()));
  look.damaged = report.problem_count;
  return look;
}

struct Totals {
  std::uint64_t cycles = 0, answered = 0, lost = 0, missing_in_stream = 0, wrong = 0, damaged = 0;
  std::uint64_t told_after_the_cut = 0;  // and not there: see cut()
};

// A child with a pipe from it.
class Teller {
 public:
  explicit Teller(const std::function<void(int out)>& run) {
    std::array<int, 2> ends{-1, -1};
    HOLESHOT_CHECK(::pipe(ends.data()) == 0, "a pipe");
    from_ = base::UniqueFd{ends[0]};
    const base::UniqueFd out{ends[1]};
    pid_ = ::fork();
    if (pid_ != 0) return;
    from_.reset();
    run(out.get());
    ::_exit(0);
  }
  ~Teller() { end(); }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  template <class T>
  bool hear(T& value) const {
    return ::read(from_.get(), &value, sizeof value) == sizeof value;
  }
  void wait_no_more() const { ::fcntl(from_.get(), F_SETFL, ::fcntl(from_.get(), F_GETFL) | O_NONBLOCK); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  base::UniqueFd from_;
  pid_t pid_ = -1;
};

class LogPowerCuts {
 public:
  LogPowerCuts(faults::CutDisk& disk, bool on_nats, std::uint64_t seed)
      : disk_(disk), backing_(disk.path(), on_nats), rng_(seed) {}

  // One cut, one look.
  base::Status cycle(Totals& totals) {
    ++totals.cycles;
    const PerGateway before = answered_;
    HOLESHOT_TRY(cut());
    for (std::size_t g = 0; g < kGateways; ++g) totals.answered += answered_[g] - before[g];
    HOLESHOT_TRY(disk_.back());
    backing_.power_on();
    return look(totals);
  }

 private:
  static void drain(const Teller& from, PerGateway& into) {
    Told told;
    while (from.hear(told)) into[told.gateway] = told.seq;
  }

  base::Status cut() {
    const std::uint64_t seed = rng_();
    Teller central([&](int out) {
      const base::SystemClock clock;
      const auto log = backing_.open(disk_.path(), clock);
      if (!log) std::fprintf(stderr, "%s\n", log.error().text().c_str());
      // What it says about its broken disk is meant for nobody.
      ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
      if (log) ingest_until_cut(**log, clock, answered_, out, seed);
      ::_exit(0);
    });
    Told told;
    if (!central.hear(told))
      return base::fail(base::Code::kClosed, "ingest did not start after the cut before");
    answered_[told.gateway] = told.seq;
    ::usleep(static_cast<useconds_t>(rng_() % kLongestRunUs));
    // What counts was told before the cut. The kernel lets the child run on for a moment after it, in which ext4
    // may call an fdatasync good whose journal has just been aborted; a machine without power tells nothing.
    central.wait_no_more();
    drain(central, answered_);
    const auto done = disk_.cut();
    central.end();
    backing_.power_off();
    late_ = answered_;
    drain(central, late_);
    return done;
  }

  base::Status look(Totals& totals) {
    Teller looker([&](int out) {
      const auto seen = look_at(backing_);
      if (!seen) std::fprintf(stderr, "%s\n", seen.error().text().c_str());
      if (seen && ::write(out, &*seen, sizeof *seen) != sizeof *seen) std::perror("tell");
    });
    Look seen;
    if (!looker.hear(seen)) return base::fail(base::Code::kCorrupt, "the log did not come back by itself");
    totals.wrong += seen.wrong;
    totals.damaged += seen.damaged;
    for (std::size_t g = 0; g < kGateways; ++g) {
      const std::uint64_t found = seen.found[g];
      totals.lost += answered_[g] - std::min(answered_[g], found);
      if (backing_.on_nats()) totals.missing_in_stream += found - std::min(found, seen.in_stream[g]);
      totals.told_after_the_cut += late_[g] - std::max(answered_[g], std::min(late_[g], found));
      // A gateway goes on from what was answered; what it lost with the cut is not asked for twice.
      answered_[g] = std::min(answered_[g], found);
    }
    if (std::filesystem::file_size(backing_.log_file()) > kLargeLogBytes) {
      backing_.start_anew();
      answered_ = {};
    }
    return {};
  }

  faults::CutDisk& disk_;
  Backing backing_;
  std::mt19937_64 rng_;
  PerGateway answered_{};
  PerGateway late_{};
};

struct Plan {
  std::uint64_t cycles = 100;
  std::uint64_t seed = 1;
  bool on_nats = false;
  bool expect_loss = false;
};

int report(const Plan& plan, const Totals& totals) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(R"({"log":"%s","cycles":%llu,"seed":%llu,"answered":%llu,"lost":%llu,"missing_in_stream":%llu,)"
              R"("wrong":%llu,"damaged":%llu,"told_after_the_cut":%llu})"
              "\n",
              plan.on_nats ? "nats" : "sqlite", number(totals.cycles), number(plan.seed),
              number(totals.answered), number(totals.lost), number(totals.missing_in_stream),
              number(totals.wrong), number(totals.damaged), number(totals.told_after_the_cut));
  const bool good = totals.lost + totals.missing_in_stream + totals.wrong + totals.damaged == 0;
  return (plan.expect_loss ? totals.lost > 0 : good) ? 0 : kWrong;
}

int skip(const std::string& why) {
  std::fprintf(stderr, "skipped: %s\n", why.c_str());
  return faults::kSkipExit;
}

int run(const Plan& plan) {
  if (plan.on_nats && !log::test::no_nats().empty()) return skip(log::test::no_nats());
  const base::TestFolder folder;
  const auto alone = faults::enter_own_mounts();
  const auto disk =
      alone ? faults::CutDisk::make(folder.path(), kImageBytes) : std::unexpected(alone.error());
  if (!disk) return skip(disk.error().text());
  LogPowerCuts cuts(**disk, plan.on_nats, plan.seed);
  Totals totals;
  while (totals.cycles < plan.cycles) {
    if (const auto done = cuts.cycle(totals); !done) {
      std::fprintf(stderr, "cycle %llu: %s\n", static_cast<unsigned long long>(totals.cycles),
                   done.error().text().c_str());
      (void)report(plan, totals);
      return 1;
    }
  }
  return report(plan, totals);
}

}  // namespace

int main(int argc, char** argv) {
  // A cut is no news here.
  base::init_log(base::LogLevel::kError, base::LogFormat::kText);
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--expect-loss") {
      plan.expect_loss = true;
      continue;
    }
    if (word == "--cycles" && !value.empty()) {
      plan.cycles = std::strtoull(value.c_str(), nullptr, 10);
    } else if (word == "--seed" && !value.empty()) {
      plan.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (word == "--log" && (value == "sqlite" || value == "nats")) {
      plan.on_nats = value == "nats";
    } else {
      std::fprintf(stderr, "usage: %s [--log sqlite|nats] [--cycles N] [--seed S] [--expect-loss]\n",
                   argv[0]);
      return 2;
    }
    ++i;
  }
  return run(plan);
}
