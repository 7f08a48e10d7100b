// JetStreamLog: the EventLog past one machine (docs/log.md, "JetStream"). NATS JetStream is the order and the
// distribution; the replica, a SqliteLog in this central's own data folder, is the copy that is synced. An append is
// done when the stream has acknowledged it and the replica has it on disk. Everything is read from the replica.
//
// Several centrals may append to one NATS at once: every replica holds the same events in the same order per subject,
// and where two of them say different things under one key, the first one in the stream counts, on all of them.
// Offsets are each replica's own.
//
// NATS may be away, also at the start: then append() gives kRetry and everything else works.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/jetstream/nats_connection.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/streams.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::log {

struct JetStreamLogOptions {
  NatsOptions nats;
  SqliteLogOptions replica;
  std::vector<StreamRule> streams = default_streams();
  unsigned replicas = 1;  // servers that hold each stream: 1 or 3
  // A lost stream leader stops writes for about five seconds; twice that, and a gateway's request is not held longer.
  std::chrono::milliseconds append_limit{10'000};
};

class JetStreamLog final : public EventLog {
 public:
  // Waits a moment for NATS, no longer. kConflict where a stream there cannot become what the log needs without losing
  // something (words name it), kInvalid where the server has no JetStream; otherwise as SqliteLog::open for the
  // replica. The clock outlives the log.
  [[nodiscard]] static base::Result<std::unique_ptr<JetStreamLog>> open(JetStreamLogOptions options,
                                                                        const base::Clock& clock);
  ~JetStreamLog() override;
  JetStreamLog(const JetStreamLog&) = delete;
  JetStreamLog& operator=(const JetStreamLog&) = delete;

  // Beside what EventLog says: kRetry where NATS is away or does not answer in time, kInvalid where no stream takes
  // the subject or the server no message that large, kFull where it or the replica has no room. Events of one call
  // that share a subject stand together in the stream; between subjects of one call others may come.
  [[nodiscard]] base::Result<std::vector<Appended>> append(std::span<const NewEvent> events) override;
  [[nodiscard]] base::Result<std::vector<Event>> read(const ReadRange& range) override;
  [[nodiscard]] bool wait_past(Offset after, std::stop_token stop, std::chrono::milliseconds limit) override;
  [[nodiscard]] Offset last() const override;
  [[nodiscard]] Offset last_of(std::string_view subject) const override;
  [[nodiscard]] base::Result<Offset> before_time(std::uint64_t wall_us) override;
  [[nodiscard]] std::uint64_t high_water(std::string_view subject, const contract::ClientId& client,
                                         const contract::BootId& boot) const override;
  [[nodiscard]] base::Result<std::optional<Offset>> find(std::string_view subject,
                                                         const contract::ClientId& client,
                                                         const contract::BootId& boot,
                                                         std::uint64_t seq) override;
  [[nodiscard]] Offset pruned_through(std::string_view subject) const override;
  [[nodiscard]] std::vector<std::string> subjects() const override;
  // Duplicates and conflicts are those of this central's own appends.
  [[nodiscard]] LogStats stats() const override;
  [[nodiscard]] const std::string& log_id() const override;

  // Success where every stream can be appended to and is followed; otherwise why not, in words.
  [[nodiscard]] base::Status status() const;
  // nats://host:port of the server it talks to; empty while away.
  [[nodiscard]] std::string connected_to() const;

 private:
  struct Inner;
  explicit JetStreamLog(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::log
