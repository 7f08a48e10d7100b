// What it costs to make envelopes durable: appends in bursts of 1, 10 and 50, each beside a bare write+fdatasync of the
// same bytes on the same disk in the same run. The two take turns, so that a busy machine hurts both alike.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/folder_test_kit.h"
#include "tests/bench/spool_bench_kit.h"

namespace {

using namespace holeshot;
using bench::envelope;
using bench::Micros;
using bench::print;
using bench::timed;

constexpr int kRounds = 10;
constexpr int kBurstsARound = 200;

struct Series {
  std::vector<Micros> times;
  [[nodiscard]] double per_second(std::size_t burst) const {
    Micros sum = 0;
    for (const Micros time : times) sum += time;
    return static_cast<double>(times.size() * burst) * 1e6 / sum;
  }
  [[nodiscard]] Micros p99() {
    std::sort(times.begin(), times.end());
    return times[times.size() * 99 / 100];
  }
};

void measure(spool::Spool& spool, int bare, contract::UlidMaker& ulids, std::size_t burst) {
  std::vector<contract::Envelope> envelopes(burst);
  Series spooled;
  Series written;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kBurstsARound; ++i) {
      for (auto& each : envelopes) each = envelope(ulids);
      spooled.times.push_back(timed([&] { base::value_or_die(spool.append(envelopes)); }));
    }
    std::string bytes;
    for (const auto& each : envelopes) contract::append_envelope(bytes, each);
    for (int i = 0; i < kBurstsARound; ++i) {
      written.times.push_back(timed([&] {
        if (write(bare, bytes.data(), bytes.size()) < 0 || fdatasync(bare) != 0) std::abort();
      }));
    }
  }
  const std::string name = "spool_append_" + std::to_string(burst);
  const double rate = spooled.per_second(burst);
  const double floor = written.per_second(burst);
  print(name, rate, "envelopes/s", floor, "write+fdatasync", floor / rate);
  print(name + "_p99", spooled.p99(), "us", written.p99(), "write+fdatasync", spooled.p99() / written.p99());
}

}  // namespace

int main(int argc, char** argv) {
  const base::TestFolder own(argc > 1 ? std::filesystem::path{argv[1]}
                                      : std::filesystem::temp_directory_path());
  const std::string folder = own.path();
  {
    const base::SystemClock clock;
    contract::UlidMaker ulids(clock);
    const auto spool =
        base::value_or_die(spool::Spool::open(folder + "/spool.db", bench::identity(ulids), clock));
    const base::UniqueFd bare{
        ::open((folder + "/bare").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)};
    for (const std::size_t burst : {1U, 10U, 50U}) measure(*spool, bare.get(), ulids, burst);
    const auto stats = base::value_or_die(spool->stats());
    std::printf(
        R"({"name":"spool_bytes_per_envelope","value":%.0f,"unit":"bytes","floor":%.0f,"floor_name":"envelope text","ratio":%.2f})"
        "\n",
        static_cast<double>(std::filesystem::file_size(folder + "/spool.db")) /
            static_cast<double>(stats.last_id),
        static_cast<double>(std::filesystem::file_size(folder + "/bare")) /
            static_cast<double>(stats.last_id),
        static_cast<double>(std::filesystem::file_size(folder + "/spool.db")) /
            static_cast<double>(std::filesystem::file_size(folder + "/bare")));
  }
  return 0;
}
