// Publisher: sends messages to their streams and brings the streams' answers to the tickets. Sending waits for nothing.
#pragma once

#include <memory>
#include <string>

#include "central/log/jetstream/nats_connection.h"
#include "central/log/jetstream/tickets.h"
#include "common/base/result.h"

namespace holeshot::log {

// Thread-safe.
class Publisher {
 public:
  // Both outlive it. Starts the thread that takes the answers.
  [[nodiscard]] static base::Result<std::unique_ptr<Publisher>> open(NatsConnection& connection,
                                                                     Tickets& tickets);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Success means sent, no more. kRetry where NATS is away, kInvalid where the server takes no message that large.
  // Sent twice, the stream stores it once (within its window of ids).
  [[nodiscard]] base::Status publish(const Ticket& ticket);

 private:
  struct Inner;
  explicit Publisher(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::log
