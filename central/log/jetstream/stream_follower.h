// StreamFollower: keeps one stream and the replica the same, for ever. One thread: provisions the stream, looks whether
// it is the one that the replica knows, reads what it holds and hands it to the applier; on any trouble from the start.
//
// A stream is known again by the time it was made, and by the fingerprint of the last message that was applied. Where
// either differs (nats-server lost its unsynced tail in a power cut, an older copy was restored, the stream was made
// anew, or the replica is older than the stream), the whole stream is read, and what only the replica has is published
// again. Until that is done nothing is appended to the stream, so that old events stay before new ones.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "central/log/jetstream/intake.h"
#include "central/log/jetstream/nats_connection.h"
#include "central/log/jetstream/progress.h"
#include "central/log/jetstream/republish.h"
#include "central/log/jetstream/stream_api.h"
#include "central/log/jetstream/stream_reader.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/streams.h"
#include "common/base/clock.h"
#include "common/base/worker.h"

namespace holeshot::log {

// What followers share. All of it outlives them.
struct FollowerParts {
  NatsConnection& connection;
  SqliteLog& replica;
  Intake& intake;
  Progress& progress;
  const base::Clock& clock;
  PublishAndWait publish;
  unsigned replicas = 1;
};

class StreamFollower {
 public:
  // `index`: of the stream in intake and progress.
  StreamFollower(std::size_t index, StreamRule rule, FollowerParts& parts);

  void start();
  void request_stop() { worker_.request_stop(); }
  void join() { worker_.join(); }

 private:
  void run(const std::stop_token& stop);
  // Ends with the trouble that ended it, or success when asked to stop.
  [[nodiscard]] base::Status follow(const std::stop_token& stop);
  [[nodiscard]] base::Status know_again(const StreamInfo& info);
  // Empty where the stream is the one that the replica knows; otherwise why it is not.
  [[nodiscard]] base::Result<std::string> difference(const StreamInfo& info);
  [[nodiscard]] base::Status start_over();
  // `live`: caught up already.
  [[nodiscard]] base::Status read(StreamReader& reader, bool live, const std::stop_token& stop);
  [[nodiscard]] base::Status take(Delivered delivered, const std::stop_token& stop);
  [[nodiscard]] base::Status caught_up(const std::stop_token& stop);
  void report(const base::Error& trouble);
  void tell_server();

  std::size_t index_;
  StreamRule rule_;
  FollowerParts& parts_;
  StreamApi api_;
  std::uint64_t pushed_ = 0;   // the last message that went to the intake
  std::uint64_t created_ = 0;  // of the stream that is being read
  bool whole_ = false;         // replica and stream hold the same but for what is still to be read
  SeenEvents seen_;            // while not whole
  std::string reported_;
  std::string told_server_;
  base::Worker worker_;
};

}  // namespace holeshot::log
