// Settings of the live listener. Value type; durations in microseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "central/live/access.h"
#include "central/live/admission.h"
#include "central/live/client_address.h"
#include "central/live/frame.h"

namespace holeshot::live {

// How frames are handed to the kernel.
enum class Io : std::uint8_t {
  kAuto,     // io_uring where it works, epoll where not
  kEpoll,    // one send(2) a viewer
  kIoUring,  // a batch of viewers a system call; without it the listener does not start
};
[[nodiscard]] std::string_view to_string(Io io);
[[nodiscard]] std::optional<Io> io_from(std::string_view name);  // "auto", "epoll", "io_uring"

struct LiveConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one; LiveServer::address() tells
  unsigned loops = 1;      // threads; one per core is enough
  Io io = Io::kAuto;
  std::string service = "holeshot-central";  // what /health calls us

  // The payload of the snapshot that viewers get of a topic to which nobody published yet. Canonical JSON
  // text. Called on a loop's thread; must be thread-safe where loops > 1.
  std::function<std::string(const TopicKey&)> empty_snapshot = {};

  // Connections, all loops together. Further ones are answered 503.
  std::size_t max_viewers = 50'000;
  // The contract's 256: what waits for one viewer before it is cut off.
  std::size_t queue_frames = 256;
  // The kernel's share of a viewer's queue. More would only hide for how long a viewer has been behind.
  int send_buffer_bytes = 64 * 1024;

  std::uint64_t handshake_us = 5'000'000;   // to send the whole request head
  std::uint64_t heartbeat_us = 10'000'000;  // the contract's
  unsigned heartbeats_per_ping = 3;     // 30 s: a ping travels with a heartbeat and costs no write of its own
  std::uint64_t pong_us = 60'000'000;   // without a pong for so long the connection is ended
  std::uint64_t linger_us = 5'000'000;  // for the peer to take the close frame and hang up

  // Two ticks in one write cost half. A loop that is busy writing for more than `gather_above` of the time lets
  // ticks wait for the next one, at most `coalesce_us`: one tick's interval and what it may be late. 0: never; `coalesce_above` below 0: always.
  std::uint64_t coalesce_us = 60'000;
  double coalesce_above = 0.5;
  // On a restart viewers are let go over a time that grows with their number, this at most.
  std::uint64_t drain_us = 10'000'000;
  AdmissionLimits admission = {};
  TrustedProxies trusted_proxies = {};  // whose X-Forwarded-For is believed, beside this machine's
  AccessRules access = {};
};

}  // namespace holeshot::live
