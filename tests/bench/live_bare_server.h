// The floor: as many sockets as a live server has, and a loop that sends the same bytes to each with one send(2), in a
// thread that does nothing else. It shakes hands, so that the same viewers can read it; it has no queues, no filters and no
// heartbeats, and cuts off whoever is full. One owner, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "central/live/frame.h"
#include "common/base/clock.h"
#include "common/base/fd.h"

namespace holeshot::live {

class BareServer {
 public:
  explicit BareServer(std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Takes in who comes until `due`; each is sent a snapshot of `seq`.
  void welcome_until(std::chrono::steady_clock::time_point due, std::uint64_t seq, const base::Clock& clock);
  // How many it was sent to.
  std::uint64_t send_to_all(const Frame& frame);
  [[nodiscard]] std::uint64_t clients() const { return clients_.size(); }

 private:
  struct Client {
    base::UniqueFd fd;
    Encoding encoding = Encoding::kJson;
  };
  void welcome(base::UniqueFd fd, std::uint64_t seq, const base::Clock& clock);

  base::UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<Client> clients_;
};

}  // namespace holeshot::live
