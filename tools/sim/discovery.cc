#include "tools/sim/discovery.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "common/p3/frame.h"
#include "common/p3/tags.h"
#include "tools/sim/net.h"

namespace holeshot::sim {

namespace {

constexpr int kMostAtOnce = 64;  // datagrams in one go: the records go on

// Where the answer to a prober goes.
void turn_to_prober(sockaddr_storage& from) {
  if (from.ss_family == AF_INET) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&from);
    constexpr std::uint32_t kLoopbackNet = 127;
    if (ntohl(v4->sin_addr.s_addr) >> 24 != kLoopbackNet) v4->sin_port = htons(kProbersPort);
  } else if (from.ss_family == AF_INET6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&from);
    if (!IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)) v6->sin6_port = htons(kProbersPort);
  }
}

}  // namespace

base::Result<std::unique_ptr<Discovery>> Discovery::open(const std::string& address, bool answers_version) {
  HOLESHOT_ASSIGN(base::UniqueFd fd, bind_to(address, Transport::kUdp));
  HOLESHOT_ASSIGN(Bound bound, bound_to(fd.get()));
  return std::unique_ptr<Discovery>{new Discovery(std::move(fd), std::move(bound.address), answers_version)};
}

bool Discovery::is_probe(std::uint16_t tor) const {
  return (tor == p3::tor::kVersion && answers_version_) || tor == p3::tor::kNetworkSettings ||
         tor == p3::tor::kTimeline || tor == p3::tor::kAuxSettings || tor == p3::tor::k0036;
}

void Discovery::serve(Source& source, std::uint64_t mono_us, bool quiet) {
  std::array<std::uint8_t, 2048> buffer{};
  for (int i = 0; i < kMostAtOnce; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    auto* generic = reinterpret_cast<sockaddr*>(&from);
    const ssize_t got = ::recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, generic, &size);
    if (got < 0) return;  // none is left
    turn_to_prober(from);
    p3::Framer framer;
    framer.feed({buffer.data(), static_cast<std::size_t>(got)}, [&](const p3::Frame& frame) {
      if (quiet || !is_probe(frame.tor())) return;
      for (const auto& wire : source.answer(p3::Record{frame}, mono_us, kAllDecoders)) {
        ::sendto(fd_.get(), wire.data(), wire.size(), MSG_NOSIGNAL, generic, size);
      }
    });
  }
}

}  // namespace holeshot::sim
