// Ed25519 (RFC 8032): how central signs what viewers are shown (docs/contract.md, section 4). A relay can lose a frame, but
// not make one up. Pure functions and immutable keys, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace holeshot::contract {

using Ed25519Public = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

// A private key, ready to sign. Moves, never copies, never prints; OpenSSL wipes it when it goes.
class Ed25519Key {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  // kInvalid where it is not 32 bytes.
  [[nodiscard]] static base::Result<Ed25519Key> from_seed(base::ByteView seed);

  [[nodiscard]] const Ed25519Public& public_key() const { return public_; }
  [[nodiscard]] Ed25519Signature sign(std::string_view message) const;

 private:
  struct Free {
    void operator()(void* key) const;
  };
  Ed25519Key() = default;
  std::unique_ptr<void, Free> key_;
  Ed25519Public public_{};
};

[[nodiscard]] bool verify(const Ed25519Public& key, std::string_view message, base::ByteView signature);

// RFC 4648, section 5, without padding: how `sig` and a key's `x` are written.
[[nodiscard]] std::string to_base64url(base::ByteView bytes);

}  // namespace holeshot::contract
