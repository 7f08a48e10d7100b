#include "gateway/upload/networks.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

#include "common/base/fd.h"

namespace holeshot::upload {

namespace {

// A laptop has a handful; one with more is on a network all the same.
constexpr std::size_t kMostInterfaces = 128;
// Scopes in if_inet6, hexadecimal: 00 leads everywhere, 40 over the site; 20 stays on the link, 10 on the host.
constexpr unsigned kScopeEverywhere = 0x00;
constexpr unsigned kScopeSite = 0x40;

bool runs(int socket, const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(socket, SIOCGIFFLAGS, &request) != 0) return false;
  const auto flags = static_cast<unsigned>(request.ifr_flags);
  return (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0 && (flags & IFF_LOOPBACK) == 0;
}

// SIOCGIFCONF tells the IPv4 addresses of this network namespace.
std::optional<Networks> ipv4_networks(int socket) {
  std::array<ifreq, kMostInterfaces> requests{};
  ifconf list{};
  list.ifc_len = static_cast<int>(sizeof requests);
  list.ifc_req = requests.data();
  if (::ioctl(socket, SIOCGIFCONF, &list) != 0) return std::nullopt;
  Networks found;
  const std::size_t count = static_cast<std::size_t>(list.ifc_len) / sizeof(ifreq);
  for (std::size_t i = 0; i < count && i < requests.size(); ++i) {
    sockaddr_in address{};
    std::memcpy(&address, &requests[i].ifr_addr, sizeof address);
    std::array<char, INET_ADDRSTRLEN> text{};
    if (address.sin_family != AF_INET) continue;
    if (::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size()) == nullptr) continue;
    const std::string name{requests[i].ifr_name, ::strnlen(requests[i].ifr_name, IFNAMSIZ)};
    found.insert(name + " " + text.data());
  }
  return found;
}

std::string if_inet6() {
  // This thread's: a namespace belongs to a thread. No such file: a kernel without IPv6.
  std::ifstream file("/proc/thread-self/net/if_inet6");
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

}  // namespace

Networks parse_if_inet6(std::string_view text) {
  Networks found;
  std::istringstream lines{std::string{text}};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    std::string address;
    std::string name;
    unsigned index = 0;
    unsigned prefix = 0;
    unsigned scope = 0;
    unsigned flags = 0;
    words >> address >> std::hex >> index >> prefix >> scope >> flags >> name;
    if (!words || (scope != kScopeEverywhere && scope != kScopeSite) || (flags & IFA_F_TENTATIVE) != 0)
      continue;
    found.insert(name + " " + address);
  }
  return found;
}

std::optional<Networks> networks() {
  const base::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket.valid()) return std::nullopt;
  auto found = ipv4_networks(socket.get());
  if (!found) return std::nullopt;
  found->merge(parse_if_inet6(if_inet6()));
  std::erase_if(*found,
                [&](const std::string& one) { return !runs(socket.get(), one.substr(0, one.find(' '))); });
  return found;
}

}  // namespace holeshot::upload
