// The client library's own handles, for the sources of this folder that call it, and nobody else: the header is 7,000
// lines long.
#pragma once

#include <nats/nats.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "central/log/jetstream/message.h"
#include "central/log/jetstream/nats_connection.h"

namespace holeshot::log {

// unique_ptr of a handle: NatsOwner<natsMsg, natsMsg_Destroy>.
template <class T, void (*destroy)(T*)>
struct NatsDestroy {
  void operator()(T* handle) const { destroy(handle); }
};
template <class T, void (*destroy)(T*)>
using NatsOwner = std::unique_ptr<T, NatsDestroy<T, destroy>>;

using NatsMsg = NatsOwner<natsMsg, natsMsg_Destroy>;
// Of one that the read loop cannot be at any more: LiveSubscription is what to use.
using NatsSubscription = NatsOwner<natsSubscription, natsSubscription_Destroy>;

struct NatsConnection::Handles {
  NatsOwner<::natsOptions, natsOptions_Destroy> options;
  NatsOwner<natsConnection, natsConnection_Destroy> connection;
  NatsOwner<jsCtx, jsCtx_Destroy> jetstream;
  std::string servers;

  mutable std::mutex mutex;
  mutable std::condition_variable_any changed;
  bool up = false;                              // guarded by mutex
  bool closed = false;                          // guarded by mutex: the library will call no more
  std::chrono::steady_clock::time_point since;  // guarded by mutex: of `up`
  std::vector<NatsSubscription> retired;  // guarded by mutex: unsubscribed, not yet known to be left alone

  void set_up(bool now_up);
  // Unsubscribes, and frees it and the other retired ones where the server answers; the rest when closed.
  void retire(NatsSubscription subscription);
};

// "operation object: cause" with the code that the server's answer calls for.
[[nodiscard]] std::unexpected<base::Error> nats_error(std::string_view operation, std::string_view object,
                                                      natsStatus status, int js_code = 0,
                                                      std::string_view words = {});
// Subject, all headers and body.
[[nodiscard]] Message message_from(natsMsg* msg);
[[nodiscard]] base::Result<NatsMsg> to_nats(const Message& message, const char* reply);

}  // namespace holeshot::log
