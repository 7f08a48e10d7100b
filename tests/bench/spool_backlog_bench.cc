// A gateway that was cut off for a season: a million envelopes wait. How much memory that takes, how fast they
// leave, how long opening takes, and what a season of sending as it comes leaves on the disk.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "gateway/spool/view.h"
#include "tests/bench/spool_bench_kit.h"

namespace {

using namespace holeshot;
using bench::print;
using bench::timed;

constexpr std::size_t kRows = 1'000'000;
constexpr std::size_t kBurst = 1'000;
// The aim of the design: a tired laptop has other things to do.
constexpr double kMostKiB = 16 * 1'024;

// High-water mark of this process's memory, in KiB.
double peak_kib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    double kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

void fill(const std::string& path, contract::UlidMaker& ulids, const base::Clock& clock) {
  const auto spool = base::value_or_die(spool::Spool::open(path, bench::identity(ulids), clock));
  std::vector<contract::Envelope> envelopes(kBurst);
  for (std::size_t done = 0; done < kRows; done += kBurst) {
    for (auto& each : envelopes) each = bench::envelope(ulids);
    base::value_or_die(spool->append(envelopes));
  }
}

// The floor for what reads it all: a plain read of the file from the page cache.
double read_us(const std::string& path) {
  std::vector<char> block(1U << 20);
  return timed([&] {
    std::ifstream file(path, std::ios::binary);
    while (file.read(block.data(), static_cast<std::streamsize>(block.size()))) {
    }
  });
}

// In a process of its own, so that nothing else is measured: opens the backlog, appends and sends for a while,
// looks at every row.
void measure_memory(const std::string& path, const base::Clock& clock) {
  std::fflush(stdout);
  if (const pid_t child = fork(); child != 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  contract::UlidMaker ulids(clock);
  const double before = peak_kib();
  std::unique_ptr<spool::Spool> spool;
  const double opening =
      timed([&] { spool = base::value_or_die(spool::Spool::open(path, bench::identity(ulids), clock)); });
  for (int i = 0; i < 2'000; ++i) {
    std::vector<contract::Envelope> envelopes{bench::envelope(ulids)};
    base::value_or_die(spool->append(envelopes));
    if (i % 20 != 0) continue;
    const auto batch = base::value_or_die(spool->next_batch(500, 1U << 20));
    base::value_or_die(spool->acknowledge(batch.rows.back().id));
  }
  auto view = base::value_or_die(spool::SpoolView::open(path));
  std::size_t rows = 0;
  const double walking = timed([&] {
    base::value_or_die(view.each({.limit = 0}, [&](const spool::SpoolRow&) { return ++rows != 0; }));
  });
  const double peak = peak_kib();
  print("spool_million_rss", peak, "KiB", kMostKiB, "the aim", peak / kMostKiB);
  print("spool_million_rss_before", before, "KiB", kMostKiB, "the aim", before / kMostKiB);
  print("spool_million_open", opening, "us", 1'000'000, "a second", opening / 1e6);
  const double floor = read_us(path);
  print("spool_million_export", static_cast<double>(rows) * 1e6 / walking, "envelopes/s",
        static_cast<double>(rows) * 1e6 / floor, "reading the file", walking / floor);
  std::fflush(stdout);
  _exit(0);
}

void measure_drain(const std::string& path, contract::UlidMaker& ulids, const base::Clock& clock) {
  const auto spool = base::value_or_die(spool::Spool::open(path, bench::identity(ulids), clock));
  std::size_t rows = 0;
  const double draining = timed([&] {
    while (true) {
      const auto batch = base::value_or_die(spool->next_batch(kBurst, 1U << 20));
      if (batch.rows.empty()) break;
      rows += batch.rows.size();
      base::value_or_die(spool->acknowledge(batch.rows.back().id));
    }
  });
  const double floor = static_cast<double>(rows) * 1e6 / read_us(path);
  const double rate = static_cast<double>(rows) * 1e6 / draining;
  print("spool_million_drain", rate, "envelopes/s", floor, "reading the file", floor / rate);
}

}  // namespace

int main(int argc, char** argv) {
  const base::TestFolder own(argc > 1 ? std::filesystem::path{argv[1]}
                                      : std::filesystem::temp_directory_path());
  const std::string folder = own.path();
  const std::string path = folder + "/spool.db";
  {
    const base::SystemClock clock;
    contract::UlidMaker ulids(clock);
    fill(path, ulids, clock);
    measure_memory(path, clock);
    measure_drain(path, ulids, clock);
  }
  return 0;
}
