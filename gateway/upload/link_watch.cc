#include "gateway/upload/link_watch.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/log.h"

namespace holeshot::upload {

namespace {

// The kernel's own advice for a read: a page or 8 KB, whichever is larger.
constexpr std::size_t kReadBytes = 32'768;
// As soon as a person has looked up from the plug.
constexpr int kLookMs = 1'000;
constexpr unsigned kLoopbackIndex = 1;  // of every network namespace

// The bytes as a T, or nullptr-like false where there are too few. Copied: nothing says they are aligned.
template <class T>
bool read_as(base::ByteView bytes, T& out) {
  if (bytes.size() < sizeof(T)) return false;
  std::memcpy(&out, bytes.data(), sizeof(T));
  return true;
}

bool address_counts(base::ByteView body) {
  ifaddrmsg address{};
  if (!read_as(body, address)) return false;
  const bool leads_somewhere = address.ifa_scope < RT_SCOPE_LINK;
  return leads_somewhere && address.ifa_index != kLoopbackIndex && (address.ifa_flags & IFA_F_TENTATIVE) == 0;
}

base::Result<base::UniqueFd> netlink_socket() {
  base::UniqueFd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)};
  if (!socket.valid()) return base::fail_errno("open netlink", "route", errno);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return base::fail_errno("bind netlink", "route", errno);
  }
  return socket;
}

}  // namespace

bool LinkEvents::take_link(base::ByteView body, bool gone) {
  ifinfomsg link{};
  if (!read_as(body, link)) return false;
  if ((link.ifi_flags & IFF_LOOPBACK) != 0) return false;
  if (running_.size() >= kMost) running_.clear();
  const bool runs = !gone && (link.ifi_flags & IFF_UP) != 0 && (link.ifi_flags & IFF_RUNNING) != 0;
  if (gone) {
    running_.erase(link.ifi_index);
    return false;
  }
  const bool ran = std::exchange(running_[link.ifi_index], runs);
  return runs && !ran;
}

bool LinkEvents::take(base::ByteView messages) {
  bool better = false;
  nlmsghdr header{};
  while (read_as(messages, header)) {
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > messages.size()) break;
    const base::ByteView body = messages.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
    if (header.nlmsg_type == RTM_NEWLINK) better = take_link(body, false) || better;
    if (header.nlmsg_type == RTM_DELLINK) better = take_link(body, true) || better;
    if (header.nlmsg_type == RTM_NEWADDR) better = address_counts(body) || better;
    const std::size_t step = NLMSG_ALIGN(std::size_t{header.nlmsg_len});
    messages = messages.subspan(std::min(step, messages.size()));
  }
  return better;
}

base::Result<std::unique_ptr<LinkWatch>> LinkWatch::open(std::function<void()> up, const base::Clock& clock,
                                                         By by) {
  base::Result<base::UniqueFd> socket = base::fail(base::Code::kDenied, "netlink is not wanted");
  if (by == By::kBest) socket = netlink_socket();
  if (socket) return std::unique_ptr<LinkWatch>{new LinkWatch(std::move(*socket), std::move(up), clock)};
  auto known = networks();
  if (!known) return std::unexpected(std::move(socket).error());
  std::unique_ptr<LinkWatch> watch{new LinkWatch({}, std::move(up), clock)};
  watch->known_ = std::move(*known);
  return watch;
}

bool LinkWatch::look() {
  auto now = networks();
  if (!now) return false;
  const bool better = !std::ranges::includes(known_, *now);
  known_ = std::move(*now);
  return better;
}

bool LinkWatch::read_all() {
  bool better = false;
  while (read_one(better)) {
  }
  return better;
}

bool LinkWatch::read_one(bool& better) {
  std::array<std::uint8_t, kReadBytes> room;
  sockaddr_nl from{};
  iovec part{room.data(), room.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t size = ::recvmsg(socket_.get(), &message, 0);
  if (size < 0 && errno == EINTR) return true;
  if (size < 0 && errno == ENOBUFS) {
    better = true;  // more happened than fitted: it may well be up
    return true;
  }
  if (size <= 0) return false;
  // Only the kernel (port 0) speaks about links; any process could write to us.
  if (from.nl_pid == 0) better = events_.take({room.data(), static_cast<std::size_t>(size)}) || better;
  return true;
}

int LinkWatch::wait_ms(bool owed) const {
  const std::uint64_t now = clock_.mono_us();
  if (!owed) return socket_.valid() ? -1 : kLookMs;
  return now >= quiet_until_us_ ? 0 : static_cast<int>((quiet_until_us_ - now) / 1'000 + 1);
}

void LinkWatch::run(const std::stop_token& stop) {
  const std::stop_callback waker(stop, [this] { wake_.wake(); });
  bool owed = false;  // something came up, and nobody was told yet
  while (!stop.stop_requested()) {
    std::array<pollfd, 2> fds{{{socket_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), wait_ms(owed)) < 0 && errno != EINTR) return;
    const bool better = socket_.valid() ? read_all() : look();
    owed = owed || better;
    if (!owed || clock_.mono_us() < quiet_until_us_ || stop.stop_requested()) continue;
    owed = false;
    quiet_until_us_ = clock_.mono_us() + kQuietUs;
    base::log_debug("upload", "the network has come up: trying central at once");
    up_();
  }
}

}  // namespace holeshot::upload
