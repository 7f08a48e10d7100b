#include "central/live/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <ranges>

#include "central/live/http_head.h"

namespace holeshot::live {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAllBits = 128;

// The address in "1.2.3.4:80", "[::1]:80", "[::1]", "1.2.3.4" and "::1".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  const std::size_t colon = text.find(':');
  const bool one = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return one ? text.substr(0, colon) : text;
}

std::unexpected<base::Error> no_network(std::string_view piece) {
  return base::fail(base::Code::kInvalid,
                    "\"" + std::string{piece} + "\" is neither an address nor a network",
                    "for example 10.0.0.0/8, 192.0.2.7, 2001:db8::/32");
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string plain{without_port(text)};
  IpAddress address;
  if (::inet_pton(AF_INET6, plain.c_str(), address.bytes_.data()) == 1) return address;
  std::ranges::copy(kMapped, address.bytes_.begin());
  if (::inet_pton(AF_INET, plain.c_str(), address.bytes_.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::ranges::equal(kMapped, bytes_ | std::views::take(kMapped.size()));
}

bool IpAddress::is_loopback() const {
  constexpr std::uint8_t kLoopbackNet = 127;
  if (is_v4()) return bytes_[kMapped.size()] == kLoopbackNet;
  return std::ranges::all_of(bytes_ | std::views::take(15), [](auto byte) { return byte == 0; }) &&
         bytes_.back() == 1;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (is_v4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kMapped.size(), out.data(), out.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), out.data(), out.size());
  }
  return out.data();
}

std::string IpAddress::limit_key() const {
  if (is_v4()) return text();
  IpAddress network = *this;
  std::fill(network.bytes_.begin() + 8, network.bytes_.end(), std::uint8_t{0});
  return network.text() + "/64";
}

bool IpAddress::in(const IpAddress& network, unsigned prefix_bits) const {
  const std::size_t whole = prefix_bits / 8;
  if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.bytes_.begin()))
    return false;
  const unsigned rest = prefix_bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF00U >> rest);
  return (bytes_[whole] & mask) == (network.bytes_[whole] & mask);
}

base::Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
  TrustedProxies proxies;
  for (const std::string_view piece : split_list(list)) {
    const std::size_t slash = std::min(piece.find('/'), piece.size());
    const auto address = IpAddress::parse(piece.substr(0, slash));
    if (!address) return no_network(piece);
    const unsigned most = address->is_v4() ? kAllBits - kMappedBits : kAllBits;
    unsigned bits = most;
    if (slash < piece.size()) {
      const char* const end = piece.data() + piece.size();
      const auto [stopped, error] = std::from_chars(piece.data() + slash + 1, end, bits);
      if (error != std::errc{} || stopped != end || bits > most) return no_network(piece);
    }
    proxies.networks_.push_back({*address, address->is_v4() ? bits + kMappedBits : bits});
  }
  return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
  return address.is_loopback() || std::ranges::any_of(networks_, [&](const Network& network) {
           return address.in(network.address, network.prefix_bits);
         });
}

std::string TrustedProxies::client_of(std::string_view peer, std::string_view forwarded) const {
  auto client = IpAddress::parse(peer);
  if (!client) return std::string{peer};
  const auto hops = split_list(forwarded);
  for (const std::string_view hop : hops | std::views::reverse) {
    if (!trusts(*client)) break;
    const auto before = IpAddress::parse(hop);
    if (!before) break;  // whatever our proxy meant by it, it is no address to count by
    client = before;
  }
  return client->text();
}

std::string limit_key_of(std::string_view address) {
  const auto parsed = IpAddress::parse(address);
  return parsed ? parsed->limit_key() : std::string{address};
}

}  // namespace holeshot::live
