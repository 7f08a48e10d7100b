// LiveSubscription: a synchronous subscription that can be ended while messages for it are still on their way.
//
// cnats 3.4 cannot: its read loop looks a subscription up, lets go of the lock, and then writes into it, while
// natsSubscription_Destroy frees it on another thread (nats.c issue 637; mended in 3.6). So here one is unsubscribed
// first, and freed only when the server has answered a ping that was sent after that: the read loop is one thread and
// takes the answer after all that came before it. Where nobody answers, it is kept until the connection is closed.
#pragma once

#include <string>
#include <utility>

#include "central/log/jetstream/nats_handles.h"
#include "common/base/result.h"

namespace holeshot::log {

// One thread at a time, but for end(). The connection outlives it.
class LiveSubscription {
 public:
  LiveSubscription() = default;
  [[nodiscard]] static base::Result<LiveSubscription> open(NatsConnection& connection,
                                                           const std::string& subject);
  // Ends it. Waits for the server's answer a second at most.
  ~LiveSubscription();
  LiveSubscription(LiveSubscription&& other) noexcept
      : connection_(other.connection_), handle_(std::exchange(other.handle_, nullptr)) {}
  LiveSubscription& operator=(LiveSubscription&& other) noexcept {
    std::swap(connection_, other.connection_);
    std::swap(handle_, other.handle_);
    return *this;
  }

  [[nodiscard]] natsSubscription* get() const { return handle_; }
  // Thread-safe. Whoever waits for its next message is woken and gets none.
  void end() const;

 private:
  LiveSubscription(NatsConnection& connection, natsSubscription* handle)
      : connection_(&connection), handle_(handle) {}

  NatsConnection* connection_ = nullptr;
  natsSubscription* handle_ = nullptr;
};

}  // namespace holeshot::log
