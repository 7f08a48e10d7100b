// What it costs to make envelopes durable: appends in bursts of 1, 10 and 50, each beside a bare write+fdatasync of the
// same bytes on the same disk in the same run. The two take turns, so that a busy machine hurts both alike.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/contract/ulid.h"
#include "gateway/spool/spool.h"

namespace {

using namespace holeshot;
using Micros = double;

constexpr int kRounds = 10;
constexpr int kBurstsARound = 200;

// A passing as a decoder sends it: about 470 bytes of envelope.
contract::Envelope envelope(contract::UlidMaker& ulids) {
  contract::Envelope made;
  made.event_id = ulids.next();
  made.captured_at_us = 1'760'000'000'000'000;
  made.message_type = "PASSING";
  made.payload =
      R"({"decoder_id":"D0000C00","flags":0,"hits":29,"message_type":"PASSING","passing_number":8842,"raw":"8e023d00)"
      R"(d6c7000001000104000000000304da5fb10a0a08464c2d39343839300502760006021d0004083c3f0b06a5420600080200008104d0000c008f",)"
      R"("rtc_time_us":1761818481438228,"strength":118,"transponder_id":179396570,"transponder_string":"FL-94890"})";
  return made;
}

Micros timed(auto&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

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

void print(const std::string& name, double value, const char* unit, double floor, const char* floor_name,
           double ratio) {
  std::printf(R"({"name":"%s","value":%.0f,"unit":"%s","floor":%.0f,"floor_name":"%s","ratio":%.2f})"
              "\n",
              name.c_str(), value, unit, floor, floor_name, ratio);
}

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
  std::string folder = std::string{argc > 1 ? argv[1] : std::filesystem::temp_directory_path().c_str()} +
                       "/holeshot-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  {
    const base::SystemClock clock;
    contract::UlidMaker ulids(clock);
    const spool::Identity identity{base::value_or_die(contract::TrackId::parse("hill", "track_id")),
                                   base::value_or_die(contract::ClientId::parse("laptop", "client_id")),
                                   base::value_or_die(contract::BootId::parse(ulids.next(), "boot_id"))};
    const auto spool = base::value_or_die(spool::Spool::open(folder + "/spool.db", identity, clock));
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
  std::filesystem::remove_all(folder);
  return 0;
}
