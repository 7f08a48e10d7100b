// Service: what this program tells the service manager that started it (systemd's sd_notify protocol): started, how it is,
// still alive, stopping. Where nobody listens ($NOTIFY_SOCKET is not set) every call does nothing, so programs
// call it always. A message that cannot be delivered is dropped: the manager may be gone, the data must go on.
//
//   const base::Service service([](const char* name) { return std::getenv(name); });
//   service.ready("reading 2 decoders");
//   base::serve_until_stopped(service, signals, {.healthy = ..., .status = ...});
//   service.stopping("sending what is left");
//
// Thread-safe: each call is one datagram.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/signals.h"

namespace holeshot::base {

class Service {
 public:
  // `get` gives a variable's value or nullptr: NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC, and
  // WATCHDOG_PID, which must be ours where it is set. What makes no sense counts as not set.
  explicit Service(const std::function<const char*(const char*)>& get);

  // Somebody listens.
  [[nodiscard]] bool supervised() const { return socket_.valid(); }
  // The manager ends this process when it hears no ping() for this long; nullopt: it does not watch.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  // The work has begun; what was ordered after this program may start. `status` as in status().
  void ready(std::string_view status) const;
  // One line for `systemctl status`; line breaks become spaces.
  void status(std::string_view text) const;
  void ping() const;
  void stopping(std::string_view status) const;

 private:
  void send(const std::string& message) const;

  UniqueFd socket_;  // connected; invalid where nobody listens
  std::optional<std::chrono::microseconds> watchdog_;
};

struct ServiceHooks {
  // Asked before each ping: false holds the ping back, and the manager restarts the program. Quick, and true while threads
  // live; it is no place for "central is away", which a restart does not mend. Empty: always healthy.
  std::function<bool()> healthy;
  // The line for status(), sent when it has changed. Empty: none.
  std::function<std::string()> status;
};

// Until a signal comes: pings at half the watchdog's time and keeps the status line fresh. Just waits where nobody
// listens.
void serve_until_stopped(const Service& service, const Signals& signals, const ServiceHooks& hooks);

}  // namespace holeshot::base
