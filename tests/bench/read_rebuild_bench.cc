// How many events a second `read rebuild` derives the read model from, beside a plain read of the same events from the log: the
// least that any rebuild can cost. A race day of 180 riders in 14 classes, as often as it takes: every moto is staged by an
// intent, dropped, timed at four loops and finished, and one in four is ruled on. --events N (default 120000).
#include <unistd.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "central/log/sqlite/sqlite_log.h"
#include "central/read/projection.h"
#include "central/read/read_model.h"
#include "common/base/check.h"
#include "common/contract/subjects.h"

namespace {

namespace contract = holeshot::contract;
namespace log = holeshot::log;
namespace read = holeshot::read;
using holeshot::base::value_or_die;
using Json = nlohmann::json;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t kDefaultEvents = 120'000;
constexpr int kClasses = 14;
constexpr int kRidersOfClass = 13;
constexpr int kLanes = 8;
constexpr int kLoops = 4;
constexpr int kRounds = 5;  // the best one counts: the machine is shared
constexpr std::size_t kPerAppend = 500;

const contract::ClientId kClient = value_or_die(contract::ClientId::parse("bench", "client"));

// Appends as central and its engine do, many at a time.
class Writer {
 public:
  explicit Writer(log::EventLog& log) : log_(log) {}
  ~Writer() { flush(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void put(const std::string& kind, const std::string& id, const Json& object) {
    add(std::string{contract::kRegistrySubject}, {{"op", "put"},
                                                  {"kind", kind},
                                                  {"id", id},
                                                  {"object", object},
                                                  {"revision", 1},
                                                  {"actor", "office"},
                                                  {"created_at_us", 1},
                                                  {"ts_us", 1}});
  }
  void intent(const std::string& type, const std::string& moto) {
    source_ = "i" + std::to_string(++intents_);
    add("timing.race.control.v1.bench", {{"type", type},
                                         {"event_id", source_},
                                         {"ts_us", 5},
                                         {"actor", "office"},
                                         {"reason", "as planned"},
                                         {"moto_id", moto}});
  }
  void race(const std::string& type, const Json& payload) {
    add("timing.race.events.v1.bench",
        {{"event_type", type}, {"source", source_}, {"ts_us", 5}, {"payload", payload}});
  }
  void judged(const std::string& type) {
    race("intent_result", {{"intent_id", source_},
                           {"type", type},
                           {"actor", "office"},
                           {"accepted", true},
                           {"code", "accepted"},
                           {"reason", ""}});
  }
  void caused_by_a_passing() { source_ = "p" + std::to_string(++passings_); }
  [[nodiscard]] std::uint64_t events() const { return seq_; }

 private:
  void add(const std::string& subject, const Json& body) {
    pending_.push_back(
        {.subject = subject, .client = kClient, .boot = boot_, .seq = ++seq_, .body = body.dump()});
    if (pending_.size() == kPerAppend) flush();
  }
  void flush() {
    if (!pending_.empty()) (void)value_or_die(log_.append(pending_));
    pending_.clear();
  }

  log::EventLog& log_;
  const contract::BootId boot_ = value_or_die(contract::BootId::parse("race-v3", "boot"));
  std::vector<log::NewEvent> pending_;
  std::uint64_t seq_ = 0;
  std::uint64_t intents_ = 0;
  std::uint64_t passings_ = 0;
  std::string source_;
};

Json result_line(const std::string& rider, int place) {
  return {{"rider_id", rider},
          {"first_name", "Maja"},
          {"last_name", "Lindqvist"},
          {"plate_number", "128"},
          {"lane", place},
          {"position", place},
          {"status", "FIN"},
          {"elapsed_us", 37'000'000 + place},
          {"gap_to_leader_us", place},
          {"dnf", false},
          {"dns", false},
          {"ruled", false},
          {"estimated", false}};
}

void race_moto(Writer& writer, const std::string& moto, const std::vector<std::string>& riders, bool ruled) {
  writer.intent("stage", moto);
  writer.race("race_staged", {{"moto_id", moto}, {"run", 1}, {"riders", Json::array()}});
  writer.judged("stage");
  writer.caused_by_a_passing();
  writer.race("gate_drop", {{"moto_id", moto}, {"run", 1}, {"timestamp_us", 5}});
  Json results = Json::array();
  for (std::size_t i = 0; i < riders.size(); ++i) {
    for (int loop = 0; loop < kLoops; ++loop) {
      writer.caused_by_a_passing();
      writer.race("split_time", {{"moto_id", moto},
                                 {"rider_id", riders[i]},
                                 {"loop_name", "Loop " + std::to_string(loop)},
                                 {"elapsed_us", 9'000'000 * loop}});
      writer.race("positions_update", {{"moto_id", moto}, {"positions", results}});
    }
    results.push_back(result_line(riders[i], static_cast<int>(i) + 1));
  }
  writer.race(
      "race_finished",
      {{"moto_id", moto}, {"run", 1}, {"corrected", false}, {"cause", "all_finished"}, {"results", results}});
  if (!ruled) return;
  writer.intent("dsq", moto);
  writer.race("ruling", {{"moto_id", moto}, {"rider_id", riders[0]}, {"ruling", "dsq"}, {"actor", "office"}});
  writer.race(
      "race_finished",
      {{"moto_id", moto}, {"run", 1}, {"corrected", true}, {"cause", "all_finished"}, {"results", results}});
  writer.judged("dsq");
}

void race_day(Writer& writer, const std::string& day) {
  writer.put("event", day,
             {{"name", "Cup"}, {"date", "2026-05-01"}, {"track_id", "bench"}, {"status", "active"}});
  for (int c = 0; c < kClasses; ++c) {
    const std::string cls = day + "c" + std::to_string(c);
    std::vector<std::string> riders;
    for (int r = 0; r < kRidersOfClass; ++r) {
      riders.push_back(cls + "r" + std::to_string(r));
      writer.put("rider", riders.back(),
                 {{"first_name", "Maja"}, {"last_name", "Lindqvist"}, {"plate_number", "1"}});
    }
    writer.put("class", cls, {{"event_id", day}, {"name", "Boys 9"}, {"rider_ids", riders}});
    for (int round = 1; round <= 3; ++round) {
      const std::vector<std::string> gate(riders.begin(), riders.begin() + kLanes);
      Json entries = Json::array();
      for (int lane = 1; lane <= kLanes; ++lane) {
        entries.push_back({{"id", "e" + std::to_string(lane)},
                           {"rider_id", gate[static_cast<std::size_t>(lane) - 1]},
                           {"lane", lane}});
      }
      const std::string moto = cls + "m" + std::to_string(round);
      writer.put("moto", moto,
                 {{"event_id", day},
                  {"class_id", cls},
                  {"round_type", "moto" + std::to_string(round)},
                  {"sequence", round},
                  {"entries", entries}});
      race_moto(writer, moto, gate, c % 4 == 0);
    }
  }
}

std::uint64_t read_all(log::EventLog& log) {
  std::uint64_t events = 0;
  log::ReadRange range{.after = {}, .subjects = log.subjects()};
  for (;;) {
    const auto page = value_or_die(log.read(range));
    if (page.empty()) return events;
    events += page.size();
    range.after = page.back().offset;
  }
}

template <class Work>
double best_seconds(Work work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Steady::now();
    work();
    best = std::min(best, std::chrono::duration<double>(Steady::now() - start).count());
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t wanted = kDefaultEvents;
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string_view value = argv[i + 1];
    if (std::string_view{argv[i]} == "--events")
      (void)std::from_chars(value.data(), value.data() + value.size(), wanted);
  }
  const auto folder =
      std::filesystem::temp_directory_path() / ("holeshot-bench-rebuild-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  {
    const holeshot::base::SystemClock clock;
    const auto log = value_or_die(log::SqliteLog::open({.path = log::log_path(folder.string())}, clock));
    {
      Writer writer(*log);
      for (int day = 1; writer.events() < wanted; ++day) race_day(writer, "day" + std::to_string(day));
    }
    const auto model = value_or_die(read::ReadModel::open((folder / "read.sqlite").string(), *log));
    const auto start = Steady::now();
    while (value_or_die(read::catch_up_once(*log, *model)) > 0) {
    }
    const double grown = std::chrono::duration<double>(Steady::now() - start).count();
    const std::uint64_t events = log->stats().events;
    const double floor =
        best_seconds([&] { HOLESHOT_CHECK(read_all(*log) == events, "every event is read"); });
    const double rebuilt = best_seconds([&] {
      const auto report = value_or_die(model->rebuild(*log));
      HOLESHOT_CHECK(report.events == events && report.changed.empty(), "rebuilt equals grown");
    });
    const auto line = [&](const char* name, double seconds) {
      std::printf(
          R"({"name":"%s","value":%.0f,"unit":"events/s","floor":%.0f,"floor_name":"plain read of the log",)"
          R"("ratio":%.3f})"
          "\n",
          name, static_cast<double>(events) / seconds, static_cast<double>(events) / floor, floor / seconds);
    };
    line("read_rebuild", rebuilt);
    line("read_rebuild.grown", grown);
  }
  std::filesystem::remove_all(folder);
  return 0;
}
