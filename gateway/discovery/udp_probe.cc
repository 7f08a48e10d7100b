#include "gateway/discovery/udp_probe.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "common/p3/requests.h"
#include "gateway/discovery/discovery.h"

namespace holeshot::discovery {

namespace {

constexpr std::size_t kLargestDatagram = 65'536;

std::string text_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size()) == nullptr ? "?" : text.data();
}

bool bind_to(int fd, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(port);
  return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

base::Result<sockaddr_in> parse_address(const std::string& text) {
  const std::size_t colon = text.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = kDecoderPort;
  bool good = inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1;
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    good = good && parsed.ec == std::errc{} && parsed.ptr == end && port != 0;
  }
  if (!good) {
    return base::fail(base::Code::kInvalid, "ask for a decoder at \"" + text + "\": not an IPv4 address",
                      "write 192.168.1.50, or 192.168.1.50:5403");
  }
  address.sin_port = htons(port);
  return address;
}

std::vector<sockaddr_in> broadcast_addresses() {
  std::vector<sockaddr_in> addresses;
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) return addresses;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> list{raw, &freeifaddrs};
  for (const ifaddrs* at = raw; at != nullptr; at = at->ifa_next) {
    constexpr unsigned kUsable = IFF_UP | IFF_BROADCAST;
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET || at->ifa_broadaddr == nullptr ||
        (at->ifa_flags & kUsable) != kUsable)
      continue;
    sockaddr_in address = *reinterpret_cast<const sockaddr_in*>(at->ifa_broadaddr);
    address.sin_port = htons(kDecoderPort);
    addresses.push_back(address);
  }
  return addresses;
}

base::Result<UdpProbe> UdpProbe::open(std::uint16_t port) {
  base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return base::fail_errno("make a socket for", "finding decoders", errno);
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  if (!bind_to(fd.get(), port) && !bind_to(fd.get(), 0))
    return base::fail_errno("listen for", "decoders' answers", errno);
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  static_cast<void>(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size));
  return UdpProbe{std::move(fd), ntohs(bound.sin_port)};
}

std::vector<std::string> UdpProbe::ask(const std::vector<sockaddr_in>& addresses) const {
  std::vector<std::string> failed;
  for (const sockaddr_in& to : addresses) {
    for (const base::Bytes& probe : {p3::version_request(), p3::network_settings_probe()}) {
      if (::sendto(socket_.get(), probe.data(), probe.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                   sizeof to) >= 0)
        continue;
      failed.push_back("could not ask " + text_of(to) + ": " + std::generic_category().message(errno));
      break;
    }
  }
  return failed;
}

bool UdpProbe::take(std::string& from, base::Bytes& datagram) const {
  datagram.resize(kLargestDatagram);
  sockaddr_in sender{};
  socklen_t size = sizeof sender;
  ssize_t got = 0;
  // An earlier probe to nobody comes back as ECONNREFUSED; behind it there may be answers.
  do {
    got = ::recvfrom(socket_.get(), datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&sender),
                     &size);
  } while (got < 0 && (errno == EINTR || errno == ECONNREFUSED));
  datagram.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (got < 0) return false;
  from = text_of(sender);
  return true;
}

}  // namespace holeshot::discovery
