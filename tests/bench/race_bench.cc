// How many passings a second one core takes through parse and engine, beside the parse alone: the least that any
// engine fed from JSON can cost. A race day of full gates, each rider over four loops.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "central/race/engine.h"
#include "central/race/input.h"
#include "common/base/check.h"

namespace {

namespace race = holeshot::race;
using holeshot::base::value_or_die;

constexpr std::uint64_t kMotos = 60;
constexpr std::uint64_t kRiders = 8;
constexpr std::uint64_t kLoops = 4;
constexpr std::uint64_t kEpochUs = 1'761'800'000'000'000;
constexpr int kRounds =
    50;  // of some milliseconds; the best one counts: the machine is shared, and so are its caches

race::StageRequest moto(std::uint64_t n) {
  race::StageRequest request{.moto_id = "moto-" + std::to_string(n),
                             .event_ref = "day",
                             .class_id = "class",
                             .class_name = "Boys 9-10",
                             .round_type = "moto1"};
  for (std::uint64_t i = 0; i < kLoops; ++i) {
    request.track.loops.push_back({.id = "loop-" + std::to_string(i),
                                   .name = "Loop " + std::to_string(i),
                                   .decoder_id = "D0000C0" + std::to_string(i),
                                   .position = i,
                                   .is_finish = i + 1 == kLoops});
  }
  for (std::uint64_t lane = 1; lane <= kRiders; ++lane) {
    request.riders.push_back({.rider_id = "rider-" + std::to_string(lane),
                              .first_name = "Maja",
                              .last_name = "Lindqvist",
                              .plate_number = std::to_string(100 + lane),
                              .transponder_id = 7'000'000 + lane,
                              .lane = lane});
  }
  return request;
}

std::string passing(std::uint64_t number, std::uint64_t transponder, std::uint64_t loop,
                    std::uint64_t rtc_us) {
  const std::string n = std::to_string(number);
  return R"({"captured_at_us":)" + std::to_string(rtc_us + 20'000) +
         R"(,"contract_version":"track_ingest.v2","event_id":"01JBENCH000000000000000000","event_id_context":{"boot_id":)"
         R"("01JBOOT0000000000000000000","client_id":"gateway-1","seq":)" +
         n + R"(},"message_type":"PASSING","payload":{"decoder_id":"D0000C0)" + std::to_string(loop) +
         R"(","flags":0,"hits":22,"message_type":"PASSING","passing_number":)" + n +
         R"(,"raw":"8e021f00a3f4000001000104)" + n +
         R"(03046d9b6a00040854a1b2c3d4e5060005025800060216008104000c00d08f",)"
         R"("rtc_time_us":)" +
         std::to_string(rtc_us) + R"(,"strength":88,"transponder_id":)" + std::to_string(transponder) +
         R"(},"track_id":"bench"})";
}

// Bodies by moto: the gate pulse first, then everybody over every loop.
std::vector<std::vector<std::string>> make_day() {
  std::vector<std::vector<std::string>> day(kMotos);
  std::uint64_t number = 0;
  for (std::uint64_t m = 0; m < kMotos; ++m) {
    const std::uint64_t gate = kEpochUs + m * 60'000'000;
    day[m].push_back(passing(++number, 9992, 0, gate));
    for (std::uint64_t loop = 0; loop < kLoops; ++loop) {
      for (std::uint64_t lane = 1; lane <= kRiders; ++lane) {
        const std::uint64_t jitter = (lane * 7919 + m * 104'729 + loop * 31) % 700'000;
        day[m].push_back(
            passing(++number, 7'000'000 + lane, loop, gate + 2'000'000 + loop * 11'000'000 + jitter));
      }
    }
  }
  return day;
}

std::uint64_t parse_day(const std::vector<std::vector<std::string>>& day) {
  std::uint64_t read = 0;
  for (const auto& bodies : day) {
    for (const auto& body : bodies) read += race::parse_raw("bench:gateway-1:boot:1", body) ? 1U : 0U;
  }
  return read;
}

std::uint64_t race_day(const std::vector<std::vector<std::string>>& day, std::uint64_t& events) {
  race::RaceEngine engine(value_or_die(holeshot::contract::TrackId::parse("bench", "track_id")));
  race::EventList out;  // cleared before every input, as a track's actor does
  std::uint64_t position = 0;
  std::uint64_t finished = 0;
  const auto apply = [&](const race::Input& input) {
    out.clear();
    engine.apply(++position, input, out);
    events += out.size();
  };
  for (std::uint64_t m = 0; m < kMotos; ++m) {
    race::Intent stage{
        .kind = race::Intent::Kind::kStage, .type = "stage", .event_id = "i", .stage = moto(m)};
    apply({"bench:office:boot:1", "i", 1, std::move(stage)});
    for (const auto& body : day[m]) apply(value_or_die(race::parse_raw("bench:gateway-1:boot:1", body)));
    finished += engine.state().phase() == race::Phase::kFinished ? 1U : 0U;
  }
  return finished;
}

// Seconds that this thread had a core: what others on the machine do does not count.
double core_seconds() {
  timespec now{};
  HOLESHOT_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "every thread has a clock");
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class F>
double best_per_second(std::uint64_t count, F run) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = core_seconds();
    run();
    best = std::max(best, static_cast<double>(count) / (core_seconds() - start));
  }
  return best;
}

}  // namespace

int main() {
  const auto day = make_day();
  const std::uint64_t passings = kMotos * (1 + kRiders * kLoops);
  const double parse = best_per_second(
      passings, [&] { HOLESHOT_CHECK(parse_day(day) == passings, "every body is a passing"); });
  std::uint64_t events = 0;
  const double raced = best_per_second(passings, [&] {
    events = 0;
    HOLESHOT_CHECK(race_day(day, events) == kMotos, "every moto has a result");
  });
  std::printf(
      R"({"name":"race.passings","value":%.0f,"unit":"passings/s","floor":%.0f,"floor_name":"parse alone",)"
      R"("ratio":%.3f})"
      "\n",
      raced, parse, raced / parse);
  std::printf(
      R"({"name":"race.events","value":%.0f,"unit":"events/s","floor":%.0f,"floor_name":"passings/s in the same run",)"
      R"("ratio":%.3f})"
      "\n",
      raced * static_cast<double>(events) / static_cast<double>(passings), raced,
      static_cast<double>(events) / static_cast<double>(passings));
  return 0;
}
