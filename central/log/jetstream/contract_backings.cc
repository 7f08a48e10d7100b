// The contract suite on JetStreamLog: over one server, and over three that each hold everything.
#include <map>

#include "central/log/event_log_backings.h"
#include "central/log/jetstream/jetstream_test_kit.h"

namespace holeshot::log::test {

namespace {

// Started by the first test that needs them, and kept for the others: three servers take seconds to elect a leader.
NatsServers& shared_servers(unsigned nodes) {
  static std::map<unsigned, std::unique_ptr<NatsServers>> all;
  auto& servers = all[nodes];
  if (!servers) servers = std::make_unique<NatsServers>(nodes);
  return *servers;
}

LogFactory over(std::string name, unsigned nodes) {
  return {std::move(name),
          [nodes](const std::string& folder, const base::Clock& clock) {
            return std::unique_ptr<EventLog>(open_jetstream(folder, shared_servers(nodes), clock));
          },
          [nodes] {
            const std::string why = no_nats();
            if (why.empty()) shared_servers(nodes).clear();
            return why;
          }};
}

}  // namespace

std::vector<LogFactory> backings() { return {over("jetstream", 1), over("jetstream3", 3)}; }

}  // namespace holeshot::log::test
