// Power cuts under the spool: a file system of its own on a loop device is shut down in the middle of appends, so
// that everything that was not synced is gone, then mounted again. Whatever append() had called durable must be
// there, in order, with its checksum right.
//
//   holeshot-power-cut [--cycles N] [--seed S] [--expect-loss]
//
// Prints one JSON object. Exit code 0: nothing was lost (or, with --expect-loss, something was: that is the control,
// built with a spool that syncs late). 3: the opposite. 77: cannot be done here (no root, no loop devices).
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/base/fd.h"
#include "common/base/folder_test_kit.h"
#include "gateway/spool/spool.h"
#include "tests/faults/cut_disk.h"

namespace {

using namespace holeshot;

constexpr int kWrong = 3;
constexpr std::uint64_t kImageBytes = 64U << 20;
// The longest time from the first durable append to the cut: some checkpoints fall into it.
constexpr std::uint64_t kLongestRunUs = 60'000;

spool::Identity identity(const std::string& boot) {
  return {base::value_or_die(contract::TrackId::parse("hill", "track_id")),
          base::value_or_die(contract::ClientId::parse("laptop", "client_id")),
          base::value_or_die(contract::BootId::parse(boot, "boot_id"))};
}

std::vector<contract::Envelope> burst(std::size_t count) {
  std::vector<contract::Envelope> envelopes(count);
  for (auto& envelope : envelopes) {
    envelope.event_id = "01K742SG00003G000000000005";
    envelope.captured_at_us = 1'760'000'000'000'000;
    envelope.message_type = "PASSING";
    envelope.payload =
        R"({"message_type":"PASSING","passing_number":1,"raw":")" + std::string(180, '8') + "\"}";
  }
  return envelopes;
}

// What the child tells: a sequence number that is durable, or an id that is acknowledged durably.
struct Told {
  std::uint64_t seq = 0;
  std::uint64_t acknowledged = 0;
};

[[noreturn]] void append_until_cut(const std::string& path, const std::string& boot, int out,
                                   std::uint64_t seed) {
  const base::SystemClock clock;
  // No reserve: it would fill the small file system.
  auto spool =
      spool::Spool::open(path, identity(boot), clock, {.keep_acknowledged = 200, .reserve_bytes = 0});
  if (!spool) _exit(1);
  std::mt19937_64 rng(seed);
  while (true) {
    auto envelopes = burst(1 + rng() % 20);
    Told told;
    const auto range = (*spool)->append(envelopes);
    if (!range) _exit(0);
    told.seq = range->last;
    if (write(out, &told, sizeof told) != sizeof told) _exit(0);
    if (rng() % 3 != 0) continue;
    const auto batch = (*spool)->next_batch(1 + rng() % 40, 1U << 20);
    if (!batch || batch->rows.empty() || !(*spool)->acknowledge(batch->rows.back().id)) continue;
    told = {0, batch->rows.back().id};
    if (write(out, &told, sizeof told) != sizeof told) _exit(0);
  }
}

struct Totals {
  std::uint64_t cycles = 0, durable = 0, lost = 0, out_of_order = 0, damaged = 0, lost_acknowledgements = 0;
  std::uint64_t told_after_the_cut = 0;  // and not there: see cut()
};

class PowerCuts {
 public:
  PowerCuts(faults::CutDisk& disk, std::uint64_t seed) : disk_(disk), rng_(seed) {}

  // One cut, one look.
  bool cycle(Totals& totals) {
    const std::string boot = "CUT" + std::to_string(totals.cycles++);
    std::uint64_t acknowledged = 0;
    std::uint64_t reported = 0;
    if (!cut(boot, reported, acknowledged)) return false;
    totals.durable += reported;
    if (!disk_.back()) return false;
    look(boot, reported, acknowledged, totals);
    return true;
  }

 private:
  [[nodiscard]] std::string spool_path() const { return disk_.path() + "/spool.db"; }

  bool cut(const std::string& boot, std::uint64_t& reported, std::uint64_t& acknowledged) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return false;
    const base::UniqueFd read_end{ends[0]};
    base::UniqueFd write_end{ends[1]};
    const std::uint64_t seed = rng_();
    const pid_t child = fork();
    if (child == 0) append_until_cut(spool_path(), boot, write_end.get(), seed);
    write_end.reset();
    Told told;
    if (read(read_end.get(), &told, sizeof told) != sizeof told) return false;
    reported = told.seq;
    usleep(static_cast<useconds_t>(rng_() % kLongestRunUs));
    // What counts was told before the cut. The kernel lets the child run on for a moment after it, in which ext4
    // may call an fdatasync good whose journal has just been aborted; a machine without power tells nothing.
    const int flags = fcntl(read_end.get(), F_GETFL);
    fcntl(read_end.get(), F_SETFL, flags | O_NONBLOCK);
    const auto drain = [&] {
      while (read(read_end.get(), &told, sizeof told) == sizeof told) {
        reported = std::max(reported, told.seq);
        acknowledged = std::max(acknowledged, told.acknowledged);
      }
    };
    drain();
    if (const auto done = disk_.cut(); !done) std::fprintf(stderr, "%s\n", done.error().text().c_str());
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    late_ = reported;
    while (read(read_end.get(), &told, sizeof told) == sizeof told) late_ = std::max(late_, told.seq);
    return true;
  }

  void look(const std::string& boot, std::uint64_t reported, std::uint64_t acknowledged, Totals& totals) {
    const base::SystemClock clock;
    auto spool = base::value_or_die(spool::Spool::open(spool_path(), {}, clock, {.reserve_bytes = 0}));
    const spool::SpoolStats stats = base::value_or_die(spool->stats());
    std::uint64_t found = 0;
    for (const auto& each : stats.boots) {
      if (each.boot_id == boot) found = each.last_seq;
    }
    totals.lost += reported - std::min(reported, found);
    totals.told_after_the_cut += late_ - std::max(reported, std::min(late_, found));
    totals.lost_acknowledgements += acknowledged > stats.last_id - stats.pending ? 1 : 0;
    const spool::Batch batch = base::value_or_die(spool->next_batch(1'000'000, 1U << 30));
    std::map<std::string, std::uint64_t> last;
    for (const auto& row : batch.rows) {
      const auto envelope = base::value_or_die(contract::parse_envelope(row.body));
      std::uint64_t& before = last[envelope.boot_id.str()];
      if (before != 0 && envelope.seq != before + 1) ++totals.out_of_order;
      before = envelope.seq;
    }
    if (batch.rows.size() != stats.pending) ++totals.out_of_order;
    totals.damaged += spool->health().quarantined + spool->health().losses;
    // The next cycle starts with some of it, so that a backlog goes through many cuts.
    if (batch.rows.size() > 5'000)
      base::value_or_die(spool->acknowledge(batch.rows[batch.rows.size() - 500].id));
  }

  faults::CutDisk& disk_;
  std::mt19937_64 rng_;
  std::uint64_t late_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t cycles = 100;
  std::uint64_t seed = 1;
  bool expect_loss = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--expect-loss") {
      expect_loss = true;
    } else if (i + 1 < argc && word == "--cycles") {
      cycles = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && word == "--seed") {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: %s [--cycles N] [--seed S] [--expect-loss]\n", argv[0]);
      return 2;
    }
  }
  const base::TestFolder folder;
  const auto alone = faults::enter_own_mounts();
  const auto disk =
      alone ? faults::CutDisk::make(folder.path(), kImageBytes) : std::unexpected(alone.error());
  if (!disk) {
    std::fprintf(stderr, "skipped: %s\n", disk.error().text().c_str());
    return faults::kSkipExit;
  }
  PowerCuts cuts(**disk, seed);
  Totals totals;
  while (totals.cycles < cycles) {
    if (!cuts.cycle(totals)) {
      std::fprintf(stderr, "cycle %llu could not be run\n", static_cast<unsigned long long>(totals.cycles));
      return 1;
    }
  }
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(R"({"cycles":%llu,"seed":%llu,"durable":%llu,"lost":%llu,"out_of_order":%llu,"damaged":%llu,)"
              R"("lost_acknowledgements":%llu,"told_after_the_cut":%llu})"
              "\n",
              number(totals.cycles), number(seed), number(totals.durable), number(totals.lost),
              number(totals.out_of_order), number(totals.damaged), number(totals.lost_acknowledgements),
              number(totals.told_after_the_cut));
  const bool good = totals.lost + totals.out_of_order + totals.damaged + totals.lost_acknowledgements == 0;
  return (expect_loss ? totals.lost > 0 : good) ? 0 : kWrong;
}
