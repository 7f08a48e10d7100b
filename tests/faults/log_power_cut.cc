// Power cuts under central's log: gateways post batches to ingest, the log's file system is shut down in the middle of
// it, so that everything that was not synced is gone, and comes back. Whatever ingest answered 200 for must be in the
// log then, once, in order, as it was sent, without a person's help.
//
//   holeshot-log-power-cut [--cycles N] [--seed S] [--expect-loss]
//
// Prints one JSON object. Exit code 0: nothing was lost (or, with --expect-loss, something was: that is the control,
// built with a log that syncs late). 3: the opposite. 77: cannot be done here (no root, no loop devices).
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "central/http/ingest.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/sqlite/verify.h"
#include "common/base/fd.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"
#include "tests/faults/cut_disk.h"

namespace {

using namespace holeshot;

constexpr int kWrong = 3;
constexpr std::uint64_t kImageBytes = 256U << 20;
// A log that has grown to this is put away, and the gateways start again: each look reads all of it.
constexpr std::uint64_t kLargeLogBytes = 24U << 20;
// The longest time from the first answer to the cut: some checkpoints fall into it.
constexpr std::uint64_t kLongestRunUs = 60'000;
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

[[noreturn]] void ingest_until_cut(const std::string& path, const PerGateway& answered, int out,
                                   std::uint64_t seed) {
  // What it says about its broken disk is meant for nobody.
  ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
  const base::SystemClock clock;
  auto log = log::SqliteLog::open({.path = path}, clock);
  if (!log) ::_exit(1);
  base::Metrics metrics;
  http::Ingest ingest(**log, clock, metrics);
  std::vector<std::jthread> gateways;
  for (std::size_t g = 0; g < kGateways; ++g) {
    gateways.emplace_back([&, g] { post_on(ingest, g, answered[g], out, seed); });
  }
  gateways.clear();
  ::_exit(0);
}

struct Totals {
  std::uint64_t cycles = 0, answered = 0, lost = 0, wrong = 0, damaged = 0;
  std::uint64_t told_after_the_cut = 0;  // and not there: see cut()
};

class LogPowerCuts {
 public:
  LogPowerCuts(faults::CutDisk& disk, std::uint64_t seed) : disk_(disk), rng_(seed) {}

  // One cut, one look.
  base::Status cycle(Totals& totals) {
    ++totals.cycles;
    const PerGateway before = answered_;
    HOLESHOT_TRY(cut());
    for (std::size_t g = 0; g < kGateways; ++g) totals.answered += answered_[g] - before[g];
    HOLESHOT_TRY(disk_.back());
    return look(totals);
  }

 private:
  [[nodiscard]] std::string log_file() const { return log::log_path(disk_.path()); }

  void drain(int from, PerGateway& into) const {
    Told told;
    while (::read(from, &told, sizeof told) == sizeof told) into[told.gateway] = told.seq;
  }

  base::Status cut() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return base::fail_errno("make", "a pipe", errno);
    const base::UniqueFd read_end{ends[0]};
    base::UniqueFd write_end{ends[1]};
    const std::uint64_t seed = rng_();
    const pid_t child = ::fork();
    if (child == 0) ingest_until_cut(log_file(), answered_, write_end.get(), seed);
    write_end.reset();
    Told told;
    if (::read(read_end.get(), &told, sizeof told) != sizeof told) {
      ::waitpid(child, nullptr, 0);
      return base::fail(base::Code::kClosed, "ingest did not start after the cut before");
    }
    answered_[told.gateway] = told.seq;
    ::usleep(static_cast<useconds_t>(rng_() % kLongestRunUs));
    // What counts was told before the cut. The kernel lets the child run on for a moment after it, in which ext4
    // may call an fdatasync good whose journal has just been aborted; a machine without power tells nothing.
    ::fcntl(read_end.get(), F_SETFL, ::fcntl(read_end.get(), F_GETFL) | O_NONBLOCK);
    drain(read_end.get(), answered_);
    const auto done = disk_.cut();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    late_ = answered_;
    drain(read_end.get(), late_);
    return done;
  }

  base::Status look(Totals& totals) {
    const base::SystemClock clock;
    PerGateway found{};
    {
      HOLESHOT_ASSIGN(const auto log, log::SqliteLog::open({.path = log_file()}, clock));
      HOLESHOT_TRY(read_all(*log, found, totals));
    }
    HOLESHOT_ASSIGN(const auto report, log::verify_log(log_file()));
    totals.damaged += report.problem_count;
    for (std::size_t g = 0; g < kGateways; ++g) {
      totals.lost += answered_[g] - std::min(answered_[g], found[g]);
      totals.told_after_the_cut += late_[g] - std::max(answered_[g], std::min(late_[g], found[g]));
      // A gateway goes on from what was answered; what it lost with the cut is not asked for twice.
      answered_[g] = std::min(answered_[g], found[g]);
    }
    if (std::filesystem::file_size(log_file()) > kLargeLogBytes) start_anew();
    return {};
  }

  base::Status read_all(log::EventLog& log, PerGateway& found, Totals& totals) const {
    log::ReadRange range;
    for (;;) {
      HOLESHOT_ASSIGN(const auto events, log.read(range));
      if (events.empty()) return {};
      for (const auto& event : events) {
        const std::size_t g = static_cast<std::size_t>(event.client.str().back() - '0');
        const bool right = event.client == client_of(g) && event.seq == found[g] + 1 &&
                           event.subject == contract::raw_subject(track_of(g)) &&
                           event.body == envelope(g, event.seq);
        if (!right) ++totals.wrong;
        found[g] = event.seq;
      }
      range.after = events.back().offset;
    }
  }

  void start_anew() {
    for (const char* tail : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(log_file() + tail);
    answered_ = {};
  }

  faults::CutDisk& disk_;
  std::mt19937_64 rng_;
  PerGateway answered_{};
  PerGateway late_{};
};

struct Plan {
  std::uint64_t cycles = 100;
  std::uint64_t seed = 1;
  bool expect_loss = false;
};

int report(const Plan& plan, const Totals& totals) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(R"({"cycles":%llu,"seed":%llu,"answered":%llu,"lost":%llu,"wrong":%llu,"damaged":%llu,)"
              R"("told_after_the_cut":%llu})"
              "\n",
              number(totals.cycles), number(plan.seed), number(totals.answered), number(totals.lost),
              number(totals.wrong), number(totals.damaged), number(totals.told_after_the_cut));
  const bool good = totals.lost + totals.wrong + totals.damaged == 0;
  return (plan.expect_loss ? totals.lost > 0 : good) ? 0 : kWrong;
}

int run(const Plan& plan) {
  const base::TestFolder folder;
  const auto alone = faults::enter_own_mounts();
  const auto disk =
      alone ? faults::CutDisk::make(folder.path(), kImageBytes) : std::unexpected(alone.error());
  if (!disk) {
    std::fprintf(stderr, "skipped: %s\n", disk.error().text().c_str());
    return faults::kSkipExit;
  }
  LogPowerCuts cuts(**disk, plan.seed);
  Totals totals;
  while (totals.cycles < plan.cycles) {
    if (const auto done = cuts.cycle(totals); !done) {
      std::fprintf(stderr, "cycle %llu: %s\n", static_cast<unsigned long long>(totals.cycles),
                   done.error().text().c_str());
      return 1;
    }
  }
  return report(plan, totals);
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--expect-loss") {
      plan.expect_loss = true;
    } else if (i + 1 < argc && word == "--cycles") {
      plan.cycles = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && word == "--seed") {
      plan.seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: %s [--cycles N] [--seed S] [--expect-loss]\n", argv[0]);
      return 2;
    }
  }
  return run(plan);
}
