// A JetStreamLog for tests: its options in short, servers that several tests share.
#pragma once

#include <memory>
#include <string>
#include <utility>

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

}  // namespace holeshot::log::test
