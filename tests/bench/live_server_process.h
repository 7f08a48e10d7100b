// A live server in a process of its own, for whoever measures it from outside: a real Hub and LiveServer with a publisher
// of ticks, or the floor: a loop that does nothing but send(2) the same bytes to as many sockets.
//
//   ServerProcess server{plan};           // forks; REQUIRES: no other thread runs yet
//   const std::uint16_t port = server.begin();
//   ... server.usage(), server.stats() ...
//   server.end(Ending::kRestart);
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "central/live/config.h"
#include "common/base/fd.h"

namespace holeshot::live {

struct ServerPlan {
  LiveConfig config = {};
  bool bare = false;               // the floor
  unsigned tick_hz = 20;           // 0: nothing is published by itself
  unsigned ticks_per_key = 20;     // a keyframe each second
  unsigned ticks_per_result = 50;  // an event that is never to be skipped, beside the ticks
};

struct ServerStats {
  std::uint64_t ticks = 0;  // published, events included
  std::uint64_t skipped =
      0;  // ticks that the floor was too late to send at all; deltas that the hub's viewers were not sent
  std::uint64_t messages = 0;
  std::uint64_t writes = 0;
  std::uint64_t slow_closed = 0;
  std::uint64_t clients = 0;
};

struct Usage {
  double cpu_s = 0;  // since its start
  std::uint64_t rss_bytes = 0;
};

enum class Ending : char { kRestart = 'r', kGoingAway = 'g' };

// One owner, one thread.
class ServerProcess {
 public:
  explicit ServerProcess(const ServerPlan& plan);
  ~ServerProcess();  // ends it, if it runs
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Listens on 127.0.0.1 and publishes from now on; gives the port.
  std::uint16_t begin(std::uint16_t port = 0);
  [[nodiscard]] ServerStats stats();
  [[nodiscard]] Usage usage() const;
  // Tells its viewers, and waits until the process has ended. Later calls do nothing.
  void end(Ending how);

 private:
  pid_t pid_ = -1;
  base::UniqueFd to_;
  base::UniqueFd from_;
};

}  // namespace holeshot::live
