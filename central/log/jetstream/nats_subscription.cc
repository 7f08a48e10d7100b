#include "central/log/jetstream/nats_subscription.h"

#include <cstdint>
#include <vector>

namespace holeshot::log {

namespace {

// Longer than a healthy server takes; whoever ends a subscription may be on its way to open the next one.
constexpr std::int64_t kAnswerMs = 1000;

}  // namespace

base::Result<LiveSubscription> LiveSubscription::open(NatsConnection& connection,
                                                      const std::string& subject) {
  natsSubscription* made = nullptr;
  const natsStatus s =
      natsConnection_SubscribeSync(&made, connection.handles().connection.get(), subject.c_str());
  if (s != NATS_OK) return nats_error("subscribe to", subject, s);
  return LiveSubscription(connection, made);
}

LiveSubscription::~LiveSubscription() {
  if (handle_ != nullptr) connection_->handles().retire(NatsSubscription(handle_));
}

void LiveSubscription::end() const { natsSubscription_Unsubscribe(handle_); }

void NatsConnection::Handles::retire(NatsSubscription subscription) {
  natsSubscription_Unsubscribe(subscription.get());
  std::vector<NatsSubscription> passed;
  {
    const std::scoped_lock lock(mutex);
    retired.push_back(std::move(subscription));
    if (!up) return;
    passed.swap(retired);
  }
  if (natsConnection_FlushTimeout(connection.get(), kAnswerMs) == NATS_OK) return;  // frees them
  const std::scoped_lock lock(mutex);
  for (auto& one : passed) retired.push_back(std::move(one));
}

}  // namespace holeshot::log
