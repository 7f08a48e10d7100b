#include "central/log/event_check.h"

#include <limits>
#include <string>

#include "central/log/sqlite/sqlite_log.h"

namespace holeshot::log {

base::Status check_events(std::span<const NewEvent> events) {
  const auto refuse = [](std::size_t i, std::string_view why) {
    return base::fail(base::Code::kInvalid,
                      "append to log: event " + std::to_string(i) + ": " + std::string{why});
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const NewEvent& event = events[i];
    if (event.subject.empty()) return refuse(i, "no subject");
    if (event.client.empty() || event.boot.empty()) return refuse(i, "no client or no boot");
    if (event.seq == 0) return refuse(i, "seq is 0, it starts at 1");
    if (event.seq > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return refuse(i, "seq is beyond 2^63-1");
    }
    if (event.body.empty()) return refuse(i, "no body");
    if (event.body.size() > kMaxEventBytes) return refuse(i, "body is larger than 16 MiB");
    if (event.body.find('\n') != std::string::npos) return refuse(i, "body holds a line break");
  }
  return {};
}

}  // namespace holeshot::log
