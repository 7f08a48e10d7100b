// Who is at the other end: the address that limits count by, behind any number of reverse proxies that we trust. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::live {

// An IPv4 or IPv6 address; IPv4 is held as its IPv6 mapping, so that both are one kind.
class IpAddress {
 public:
  // "192.0.2.1", "2001:db8::1", "[2001:db8::1]", and either with a port.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] std::string text() const;
  // What limits count by: an IPv4 address, or the /64 that one IPv6 household has.
  [[nodiscard]] std::string limit_key() const;
  [[nodiscard]] bool in(const IpAddress& network, unsigned prefix_bits) const;
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// Whose X-Forwarded-For is believed: this machine, and the networks that are configured.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // "10.0.0.0/8, 2001:db8::7"; empty: this machine alone. kInvalid names the piece that is none.
  [[nodiscard]] static base::Result<TrustedProxies> parse(std::string_view list);

  [[nodiscard]] bool trusts(const IpAddress& address) const;

  // The viewer's address. `forwarded`: all X-Forwarded-For headers in order, joined by commas. Each proxy appends who spoke to
  // it, so what stands furthest right and is no proxy of ours is the first thing that nobody can have made up.
  [[nodiscard]] std::string client_of(std::string_view peer, std::string_view forwarded) const;

 private:
  struct Network {
    IpAddress address;
    unsigned prefix_bits;
  };
  std::vector<Network> networks_;
};

// client_of()'s text as limits count it: as it is where it is no address.
[[nodiscard]] std::string limit_key_of(std::string_view address);

}  // namespace holeshot::live
