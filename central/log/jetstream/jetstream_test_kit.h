// A JetStreamLog for tests: its options in short, servers that several tests share.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "central/log/jetstream/jetstream_log.h"
#include "central/log/jetstream/nats_test_kit.h"
#include "central/log/log_test_kit.h"

namespace holeshot::log::test {

// Takes every subject of one token: "a", "b".
inline StreamRule any_subject() { return {"any", {"*"}, {}, 0, 0}; }

inline JetStreamLogOptions jetstream_options(const std::string& folder, const std::string& urls,
                                             unsigned replicas) {
  JetStreamLogOptions options;
  options.nats.servers = urls;
  options.replica.path = log_path(folder);
  options.streams = {any_subject()};
  options.replicas = replicas;
  return options;
}

inline std::unique_ptr<JetStreamLog> open_jetstream(const std::string& folder, const NatsServers& servers,
                                                    const base::Clock& clock) {
  const unsigned replicas = servers.size() == 1 ? 1 : 3;
  return base::value_or_die(JetStreamLog::open(jetstream_options(folder, servers.urls(), replicas), clock));
}

// Polls; false after half a minute, for what another thread or process is about to do.
inline bool eventually(const std::function<bool()>& condition) {
  constexpr std::chrono::seconds kPatience{30};
  constexpr std::chrono::milliseconds kPoll{5};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

// As a gateway does: the same again until it is taken. Other errors than "again" end the test.
inline std::vector<Appended> append_stubbornly(EventLog& log, const std::vector<NewEvent>& events) {
  base::Result<std::vector<Appended>> result;
  const bool taken = eventually([&] {
    result = log.append(events);
    return result || result.error().code != base::Code::kRetry;
  });
  HOLESHOT_CHECK(taken, "NATS comes back: " + (result ? "" : result.error().text()));
  return base::value_or_die(std::move(result));
}

// "boot:seq=body" of every event, in order, by subject: what has to be the same on every central.
inline std::map<std::string, std::vector<std::string>> orders(EventLog& log) {
  std::map<std::string, std::vector<std::string>> all;
  for (const auto& e : read_all(log)) {
    all[e.subject].push_back(e.boot.str() + ":" + std::to_string(e.seq) + "=" + e.body);
  }
  return all;
}

// What a central that starts with nothing gets from the streams, once it has `count` events.
inline std::map<std::string, std::vector<std::string>> orders_of_a_newcomer(const NatsServers& servers,
                                                                            std::uint64_t count) {
  const TempFolder folder;
  const base::ManualClock clock(kStartUs);
  const auto log = open_jetstream(folder.path(), servers, clock);
  HOLESHOT_CHECK(
      eventually([&] { return log->status().has_value() && log->last().value() >= count; }),
      "a newcomer catches up: " + std::to_string(log->last().value()) + " of " + std::to_string(count));
  return orders(*log);
}

}  // namespace holeshot::log::test
