// LinkWatch: says when this machine's network has come back: an interface that came up, or an address that was given.
// The kernel tells it over netlink, and one thread waits for that. Where it may not (systemd/holeshot-gateway.service keeps the
// gateway from netlink sockets), that thread looks once a second.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "gateway/upload/networks.h"

namespace holeshot::upload {

// Reads what the kernel sends. Total on any bytes; whatever is cut short or unknown is passed over. One thread.
class LinkEvents {
 public:
  // Whether something in these messages (RTM_NEWLINK, RTM_NEWADDR, RTM_DELLINK) means that the network is better than
  // before: a link that now runs and did not, or an address. Loopback does not count.
  [[nodiscard]] bool take(base::ByteView messages);

 private:
  [[nodiscard]] bool take_link(base::ByteView body, bool gone);
  // Interfaces that ran when they were last heard of. A machine has a handful; beyond kMost all is forgotten.
  static constexpr std::size_t kMost = 1'024;
  std::map<int, bool> running_;
};

class LinkWatch {
 public:
  // Calls come at most this often: an interface that comes up says a dozen things, and one that flaps goes on.
  static constexpr std::uint64_t kQuietUs = 500'000;

  enum class By : std::uint8_t { kBest, kLooking };  // kLooking: as where netlink is refused

  // `up` is called from run()'s thread. kDenied or kRetry where there is neither a socket nor anything to look at: the
  // gateway works without, it only waits out its pause.
  [[nodiscard]] static base::Result<std::unique_ptr<LinkWatch>> open(std::function<void()> up,
                                                                     const base::Clock& clock,
                                                                     By by = By::kBest);
  // Until `stop` asks.
  void run(const std::stop_token& stop);

 private:
  LinkWatch(base::UniqueFd socket, std::function<void()> up, const base::Clock& clock)
      : socket_(std::move(socket)), up_(std::move(up)), clock_(clock) {}
  // Whether there is a network that was not there at the last look.
  [[nodiscard]] bool look();
  [[nodiscard]] bool read_all();
  // False when there is nothing more to read.
  [[nodiscard]] bool read_one(bool& better);
  [[nodiscard]] int wait_ms(bool owed) const;

  base::UniqueFd socket_;  // invalid: looks
  Networks known_;         // at the last look
  base::WakeFd wake_;
  std::function<void()> up_;
  const base::Clock& clock_;
  LinkEvents events_;
  std::uint64_t quiet_until_us_ = 0;
};

}  // namespace holeshot::upload
