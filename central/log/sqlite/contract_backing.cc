// The contract suite on SqliteLog.
#include "central/log/event_log_backings.h"
#include "central/log/log_test_kit.h"

namespace holeshot::log::test {

std::vector<LogFactory> backings() {
  return {{"sqlite", [](const std::string& folder, const base::Clock& clock) {
             return std::unique_ptr<EventLog>(open_sqlite(folder, clock));
           }}};
}

}  // namespace holeshot::log::test
