// What JetStream is asked about streams, in our own types. Every call is one request to the server: kRetry where it
// did not answer, kMissing where there is no such stream or message, kFull where it has no room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "central/log/jetstream/message.h"
#include "central/log/jetstream/nats_connection.h"
#include "common/base/result.h"

namespace holeshot::log {

// A limit of 0 is none.
struct StreamConfig {
  std::string name;
  std::vector<std::string> subjects;
  std::uint64_t max_age_ns = 0;
  std::uint64_t max_bytes = 0;
  std::uint64_t max_per_subject = 0;  // messages
  unsigned replicas = 1;
  std::uint64_t duplicates_ns = 0;
  bool in_files = true;
  bool limits_only = true;   // the retention policy: nothing but the limits removes messages
  bool discards_old = true;  // what goes when a limit is reached

  bool operator==(const StreamConfig&) const = default;
};

struct StreamInfo {
  StreamConfig config;
  std::uint64_t created_ns = 0;  // wall clock of the server
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t first_time_ns = 0;
  std::uint64_t last_seq = 0;
};

// Thread-safe. The connection outlives it.
class StreamApi {
 public:
  explicit StreamApi(NatsConnection& connection) : connection_(connection) {}

  [[nodiscard]] base::Result<StreamInfo> info(const std::string& stream);
  // kConflict where the subjects belong to another stream.
  [[nodiscard]] base::Result<StreamInfo> add(const StreamConfig& config);
  [[nodiscard]] base::Result<StreamInfo> update(const StreamConfig& config);
  [[nodiscard]] base::Status remove(const std::string& stream);

  // Messages of the subject that has most of them.
  [[nodiscard]] base::Result<std::uint64_t> most_per_subject(const std::string& stream);
  [[nodiscard]] base::Result<Message> message(const std::string& stream, std::uint64_t seq);
  [[nodiscard]] base::Result<std::vector<StreamConfig>> all();

 private:
  NatsConnection& connection_;
};

}  // namespace holeshot::log
