// Heartbeat: tells central how this gateway is, every 10 s and at once when a lamp changes. Never spooled, and with a
// connection of its own, so that it neither waits for a batch nor delays one. Its failures are quiet: the uploader says
// what is wrong with the way to central. Its answers teach central's time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>

#include "common/base/clock.h"
#include "common/contract/heartbeat.h"
#include "common/contract/signature.h"
#include "common/contract/ulid.h"
#include "gateway/upload/central_clock.h"
#include "gateway/upload/http_transport.h"
#include "gateway/upload/signer.h"

namespace holeshot::upload {

struct HeartbeatOptions {
  std::string central;  // base URL, as the uploader's
  contract::ClientId client;
  std::shared_ptr<const contract::SigningKey> key = {};  // empty: nothing is signed
  std::chrono::microseconds every{10'000'000};
  // How often the lamps are looked at in between.
  std::chrono::microseconds look_every{1'000'000};
  std::uint64_t seed = 1;  // of the first pause: gateways that start together do not beat together
};

// run() and step() belong to one thread; poke() and sent() may be called from any. All references outlive it.
class Heartbeat {
 public:
  // `now` gives how the gateway is; called by run()'s thread, some times a second at most. The transport is nobody
  // else's; a total time-out below `every` is good for it.
  Heartbeat(HttpTransport& transport, const base::Clock& clock, CentralClock& central,
            contract::UlidMaker& ulids, std::function<contract::Heartbeat()> now, HeartbeatOptions options);

  // Until `stop` asks.
  void run(const std::stop_token& stop);
  // Looks, and posts where it is time or a lamp has changed. Returns how long nothing will be due.
  std::chrono::microseconds step(const std::stop_token& stop);
  // Look at once: a lamp may have changed.
  void poke();
  // How many central has taken.
  [[nodiscard]] std::uint64_t sent() const;
  // Since central took one; nullopt: it never did.
  [[nodiscard]] std::optional<std::uint64_t> answer_age_us() const;

 private:
  bool post(const contract::Heartbeat& heartbeat, const std::stop_token& stop);

  HttpTransport& transport_;
  const base::Clock& clock_;
  CentralClock& central_;
  contract::UlidMaker& ulids_;
  const std::function<contract::Heartbeat()> now_;
  const HeartbeatOptions options_;
  const std::string url_;
  const Signer signer_;
  std::uint64_t due_at_us_;                // mono
  std::optional<contract::Lamps> posted_;  // the lamps that were posted last, taken or not

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any poked_;
  bool poke_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t answered_mono_us_ = 0;
};

}  // namespace holeshot::upload
