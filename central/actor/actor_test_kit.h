// What this room's tests share: a real log in a folder of its own, a track that writes to it, and a sink that
// remembers. Tests only.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "central/actor/race_sink.h"
#include "central/actor/router.h"
#include "central/log/event_log.h"
#include "central/log/forwarding_log.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/streams.h"
#include "central/race/payloads.h"
#include "central/worker/supervisor.h"
#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"

namespace holeshot::actor::kit {

inline constexpr std::uint64_t kNowUs = 1'700'000'000'000'000;

inline contract::TrackId track_id(const std::string& name) {
  return base::value_or_die(contract::TrackId::parse(name, "track_id"));
}

// Polls: for what a thread is about to do. False after a bound that only a hang reaches.
inline bool eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

using Folder = base::TestFolder;

// What a TestLog needs before there is a log.
struct TestLogPlace {
  base::ManualClock clock{kNowUs};
  Folder folder;
};

// A real log, with an append that can be made to fail for whoever writes race events, and events that can be taken
// away as retention does it.
class TestLog final : public TestLogPlace, public log::ForwardingLog {
 public:
  TestLog()
      : ForwardingLog(base::value_or_die(log::SqliteLog::open(
            {.path = folder.file("log.sqlite"), .streams = log::default_streams()}, clock))) {}

  // Retention itself, by the streams' own limits and the clock.
  void prune() { (void)base::value_or_die(dynamic_cast<log::SqliteLog&>(inner()).prune()); }

  base::Result<std::vector<log::Appended>> append(std::span<const log::NewEvent> events) override {
    const bool derived = !events.empty() && events.front().subject.starts_with(refused_prefix);
    if (derived && refusing.load()) {
      ++refused;
      return base::fail(base::Code::kRetry, "append: refused by the test");
    }
    return inner().append(events);
  }

  // The bodies of a subject, in order.
  std::vector<std::string> bodies(const std::string& subject) {
    std::vector<std::string> bodies;
    for (auto& event : events(subject)) bodies.push_back(std::move(event.body));
    return bodies;
  }
  std::vector<log::Event> events(const std::string& subject) {
    return base::value_or_die(read({.subjects = {subject}, .max_events = 1'000'000, .max_bytes = 1U << 30}));
  }

  // As retention: events of the subject through this offset are gone; that they were here stays known.
  void remove(const std::string& subject, log::Offset through) {
    const std::scoped_lock lock(removing_);
    removed_[subject] = through;
  }
  log::Offset pruned_through(std::string_view subject) const override {
    const std::scoped_lock lock(removing_);
    const auto found = removed_.find(std::string{subject});
    return std::max(inner().pruned_through(subject), found == removed_.end() ? log::Offset{} : found->second);
  }
  base::Result<std::vector<log::Event>> read(const log::ReadRange& range) override {
    auto next = range;
    while (true) {
      auto events = inner().read(next);
      if (!events || events->empty()) return events;
      next.after = events->back().offset;
      const log::Offset end = last();
      std::erase_if(*events, [&](const auto& event) {
        return event.offset <= pruned_through(event.subject) || event.offset > end;
      });
      if (!events->empty()) return events;
    }
  }
  log::Offset last_of(std::string_view subject) const override {
    ++asked_for_last;
    const log::Offset last = inner().last_of(subject);
    return last <= pruned_through(subject) ? log::Offset{} : last;
  }
  base::Result<std::optional<log::Offset>> find(std::string_view subject, const contract::ClientId& client,
                                                const contract::BootId& boot, std::uint64_t seq) override {
    auto place = inner().find(subject, client, boot, seq);
    if (place && *place && **place <= pruned_through(subject)) return std::optional<log::Offset>{};
    return place;
  }

  // Events past the end can be asked for by last_of() and not be read yet: the moment between the two, held.
  void hold_end() { end_ = inner().last().value(); }
  void let_go() { end_ = kNoEnd; }
  log::Offset last() const override { return std::min(inner().last(), log::Offset{end_.load()}); }
  bool wait_past(log::Offset after, std::stop_token stop, std::chrono::milliseconds limit) override {
    if (end_ == kNoEnd) return inner().wait_past(after, std::move(stop), limit);
    const auto until = std::chrono::steady_clock::now() + limit;
    while (last() <= after && !stop.stop_requested() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return last() > after;
  }

  mutable std::atomic<std::uint64_t> asked_for_last = 0;
  std::atomic<bool> refusing = false;
  std::atomic<int> refused = 0;
  std::string refused_prefix{contract::kEventsPrefix};  // set before anybody appends

 private:
  static constexpr std::uint64_t kNoEnd = ~std::uint64_t{0};
  std::atomic<std::uint64_t> end_ = kNoEnd;
  mutable std::mutex removing_;
  std::map<std::string, log::Offset> removed_;
};

// Writes what gateways and race offices write.
class Track {
 public:
  Track(log::EventLog& log, const std::string& name) : id(track_id(name)), log_(log) {}

  const contract::TrackId id;

  void stage(std::size_t riders, const std::string& moto_id = "m1") {
    race::StageRequest moto{.moto_id = moto_id,
                            .event_ref = "day1",
                            .class_id = "c1",
                            .class_name = "Girls 11",
                            .round_type = "moto1"};
    moto.track = {
        .name = "Sydhavn",
        .loops = {{.id = "l1", .name = "hill", .decoder_id = "D1", .position = 1},
                  {.id = "l2", .name = "finish", .decoder_id = "D2", .position = 2, .is_finish = true}}};
    for (std::size_t i = 1; i <= riders; ++i) {
      moto.riders.push_back({.rider_id = "r" + std::to_string(i), .transponder_id = 1000 + i, .lane = i});
    }
    intent("stage", race::stage_json(moto).substr(1));
  }
  // `rest`: further members and the closing brace.
  void intent(const std::string& type, const std::string& rest = R"("reason":"test"})") {
    const std::string n = std::to_string(intents_ + 1);
    append(contract::control_subject(id), "office", ++intents_,
           R"({"actor":"test","event_id":"i)" + n + R"(","ts_us":1700000000000000,"type":")" + type + "\"," +
               rest);
  }
  void passing(std::uint64_t transponder, const std::string& decoder, std::uint64_t rtc_ms) {
    const std::string n = std::to_string(records_ + 1);
    raw(R"({"captured_at_us":17000000000)" + std::to_string(10000 + records_) + R"(,"event_id":"e)" + n +
        R"(","message_type":"PASSING","payload":{"decoder_id":")" + decoder + R"(","passing_number":)" + n +
        R"(,"rtc_time_us":)" + std::to_string(kNowUs + rtc_ms * 1000) + R"(,"transponder_id":)" +
        std::to_string(transponder) + "}}");
  }
  void raw(const std::string& body) { append(contract::raw_subject(id), "gateway", ++records_, body); }
  void gate(std::uint64_t rtc_ms) { passing(9992, "D1", rtc_ms); }
  // A whole race of two riders, from stage to result; 14 events: 2 of the stage, the gate, 4 splits with their
  // positions, 2 finishes, 1 result.
  void race(const std::string& moto_id, std::uint64_t rtc_ms) {
    stage(2, moto_id);
    gate(rtc_ms);
    passing(1001, "D1", rtc_ms + 2100);
    passing(1002, "D1", rtc_ms + 2000);
    passing(1002, "D2", rtc_ms + 39'000);
    passing(1001, "D2", rtc_ms + 40'000);
  }

 private:
  void append(const std::string& subject, const std::string& client, std::uint64_t seq,
              const std::string& body) {
    const std::vector<log::NewEvent> events{
        {subject, base::value_or_die(contract::ClientId::parse(client, "client_id")),
         base::value_or_die(contract::BootId::parse("boot1", "boot_id")), seq, body}};
    (void)base::value_or_die(log_.append(events));
  }
  log::EventLog& log_;
  std::uint64_t intents_ = 0;
  std::uint64_t records_ = 0;
};
inline constexpr std::size_t kEventsOfRace = 14;

// A batch of passings that no moto waits for: each gives one event.
inline void flood(log::EventLog& log, const std::string& track, std::uint64_t first, std::uint64_t count) {
  std::vector<log::NewEvent> events;
  for (std::uint64_t seq = first; seq < first + count; ++seq) {
    events.push_back(
        {contract::raw_subject(track_id(track)), base::value_or_die(contract::ClientId::parse("flood", "c")),
         base::value_or_die(contract::BootId::parse("boot", "b")), seq,
         R"({"captured_at_us":1,"event_id":"f","message_type":"PASSING","payload":{"decoder_id":"D1",)"
         R"("passing_number":)" +
             std::to_string(seq) + R"(,"rtc_time_us":)" + std::to_string(seq) + R"(,"transponder_id":77}})"});
  }
  (void)base::value_or_die(log.append(events));
}

// Remembers what it was told, by track.
class TestSink final : public RaceSink {
 public:
  void on_race(const std::shared_ptr<const TrackState>& state, const race::RaceEvent* event) override {
    const std::scoped_lock lock(mutex_);
    last_ = state;
    if (event != nullptr) {
      told_.push_back(race::to_json(*event));
    } else {
      ++bare_;
    }
  }
  void on_decoder(const contract::TrackId& /*track*/, std::uint64_t /*ts_us*/,
                  const std::string& event_payload, const std::string& snapshot_payload) override {
    const std::scoped_lock lock(mutex_);
    if (!event_payload.empty()) ++records_;
    rows_ = snapshot_payload;
  }
  std::vector<std::string> told() const {
    const std::scoped_lock lock(mutex_);
    return told_;
  }
  std::size_t records() const {
    const std::scoped_lock lock(mutex_);
    return records_;
  }
  std::size_t bare() const {
    const std::scoped_lock lock(mutex_);
    return bare_;
  }
  std::string rows() const {
    const std::scoped_lock lock(mutex_);
    return rows_;
  }
  std::shared_ptr<const TrackState> last() const {
    const std::scoped_lock lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> told_;
  std::size_t records_ = 0;
  std::size_t bare_ = 0;
  std::string rows_;
  std::shared_ptr<const TrackState> last_;
};

class TestWatch final : public RaceWatch {
 public:
  void race_running(const contract::TrackId& track, const std::string& moto_id, const std::string& gate,
                    std::uint64_t limit_us) override {
    const std::scoped_lock lock(mutex_);
    said_.push_back("running " + track.str() + " " + moto_id + " " + std::to_string(limit_us));
    gate_ = gate;
  }
  void race_over(const contract::TrackId& track, const std::string& /*gate*/) override {
    const std::scoped_lock lock(mutex_);
    said_.push_back("over " + track.str());
  }
  std::vector<std::string> said() const {
    const std::scoped_lock lock(mutex_);
    return said_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> said_;
  std::string gate_;
};

// A central from its start to its end; `sink` is new with every start, as viewers are.
struct Central {
  explicit Central(TestLog& log, RouterOptions options = {}, unsigned threads = kDefaultThreads)
      : log_(log),
        supervisor(log, log.clock, metrics),
        executor(threads),
        router(log, executor, sink, watch, metrics, with(std::move(options), supervisor)) {}

  // All that was in the log at start is applied, and the track has given this many events.
  bool settle(const std::string& track, std::size_t events) {
    return eventually([&] { return router.caught_up() && derived(track).size() == events; });
  }
  std::vector<std::string> derived(const std::string& track) {
    return log_.bodies(contract::events_subject(track_id(track)));
  }
  // Everything of the track is applied.
  bool idle(const std::string& track) {
    return eventually([&] {
      const auto status = worker(track);
      return router.caught_up() && status.lag == 0 && status.state == worker::WorkerState::kLive;
    });
  }
  worker::WorkerStatus worker(const std::string& track) {
    for (auto& status : supervisor.statuses()) {
      if (status.track == track) return status;
    }
    return {.kind = {}, .track = {}, .lag = 1, .last_error = {}};
  }
  double metric(const std::string& name) { return metrics.counter(name, "").value(); }

  static RouterOptions with(RouterOptions options, worker::Supervisor& supervisor) {
    options.supervisor = &supervisor;
    return options;
  }

  TestLog& log_;
  base::Metrics metrics;
  worker::Supervisor supervisor;
  TestSink sink;
  TestWatch watch;
  Executor executor;
  Router router;
};

}  // namespace holeshot::actor::kit
