// What a stream has lost and the replica still has goes back into the stream, in the replica's order and with the
// times it had. Exact: the follower has just read the whole stream and says which events it met there.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/jetstream/message.h"
#include "central/log/sqlite/seq_ranges.h"
#include "central/log/streams.h"
#include "common/base/result.h"

namespace holeshot::log {

// Which events a stream holds. A few bytes per source and hole. One thread.
class SeenEvents {
 public:
  void add(const NewEvent& event);
  [[nodiscard]] bool contains(const Event& event) const;

 private:
  std::unordered_map<std::string, SeqRanges> ranges_;  // by subject, client and boot
};

// Publishes a message and waits until the stream has it.
using PublishAndWait = std::function<base::Status(Message, const std::stop_token&)>;

// Publishes every event of the stream's subjects that `replica` has and `seen` has not, but for those beyond the
// stream's age. Gives how many events that were; the first failure ends it, and doing all of it again is harmless.
[[nodiscard]] base::Result<std::uint64_t> republish(EventLog& replica, const StreamRule& stream,
                                                    const SeenEvents& seen, std::uint64_t now_us,
                                                    const PublishAndWait& publish,
                                                    const std::stop_token& stop);

}  // namespace holeshot::log
