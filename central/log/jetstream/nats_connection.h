// NatsConnection: one connection to a NATS server or cluster, kept up for ever in the background. Nobody has to wait
// for it: where NATS is away, calls on it give kRetry with words that name the servers.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "common/base/result.h"

namespace holeshot::log {

struct NatsOptions {
  std::string servers;      // nats://host:4222[,nats://...]; user:password@ before the host; tls:// for TLS
  std::string credentials;  // file with a user's JWT and seed; empty = none
  std::string name = "holeshot-central";  // what the server's monitoring shows
};

// Thread-safe.
class NatsConnection {
 public:
  // Returns at once where a server answers, and otherwise after its first try: it goes on trying. kInvalid where the
  // addresses are none or the credentials cannot be read.
  [[nodiscard]] static base::Result<std::unique_ptr<NatsConnection>> open(const NatsOptions& options);
  // Whoever uses handles() has stopped.
  ~NatsConnection();
  NatsConnection(const NatsConnection&) = delete;
  NatsConnection& operator=(const NatsConnection&) = delete;

  [[nodiscard]] bool connected() const;
  // True once connected; false after `limit` or when `stop` asks.
  [[nodiscard]] bool wait_connected(const std::stop_token& stop, std::chrono::milliseconds limit) const;
  // kRetry with the servers, since when it has been away, and what the last try met.
  [[nodiscard]] base::Status status() const;
  // How long it has been away; 0 while connected.
  [[nodiscard]] std::chrono::milliseconds away() const;

  // The servers as they were given, without passwords.
  [[nodiscard]] const std::string& servers() const;
  // nats://host:port of the one it is connected to; empty while away.
  [[nodiscard]] std::string connected_to() const;
  // Bytes of the largest message that the server takes, headers included; 0 before the first connection.
  [[nodiscard]] std::size_t max_payload() const;

  // For the few sources that see the client library (nats_handles.h).
  struct Handles;
  [[nodiscard]] Handles& handles() const { return *handles_; }

 private:
  explicit NatsConnection(std::unique_ptr<Handles> handles);
  std::unique_ptr<Handles> handles_;
};

// "nats://me:secret@host:4222" without "me:secret@". For words and logs.
[[nodiscard]] std::string without_password(const std::string& servers);

}  // namespace holeshot::log
