// Ed25519 (RFC 8032): how central signs the frames that viewers get, and how whoever reads them checks it
// (docs/contract.md, section 4). The bytes agree with tests/vectors/ed25519.json. Keys and functions may be used by any
// thread; a key is immutable once made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"

// OpenSSL's; only the source sees what it is.
struct evp_pkey_st;

namespace holeshot::contract {

inline constexpr std::size_t kEd25519SeedBytes = 32;
inline constexpr std::size_t kEd25519PublicBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

using Ed25519Public = std::array<std::uint8_t, kEd25519PublicBytes>;
using Ed25519Signature = std::array<std::uint8_t, kEd25519SignatureBytes>;

// A secret key. Moves, never copies, never prints; OpenSSL wipes it when it goes. A key that was moved from may only be
// assigned to or destroyed.
class Ed25519Key {
 public:
  // kInvalid where the seed has not 32 bytes.
  [[nodiscard]] static base::Result<Ed25519Key> from_seed(base::ByteView seed);
  // A PKCS#8 private key without a passphrase, as `openssl genpkey -algorithm ed25519` writes it; kInvalid for all else.
  [[nodiscard]] static base::Result<Ed25519Key> from_pem(std::string_view pem);
  // Either: 64 hex digits of seed, or PEM; blanks around it are passed over. No message holds a part of the text.
  [[nodiscard]] static base::Result<Ed25519Key> parse(std::string_view text);
  // Fresh, from the system's randomness; kRetry where that gives none.
  [[nodiscard]] static base::Result<Ed25519Key> generate();

  [[nodiscard]] const Ed25519Public& public_key() const { return public_; }
  // The seed as 64 hex digits, for the file that keeps it. Secret.
  [[nodiscard]] std::string seed_hex() const;
  // The same message gives the same signature.
  [[nodiscard]] Ed25519Signature sign(base::ByteView message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  Ed25519Key(Handle key, const Ed25519Public& public_key) : key_(std::move(key)), public_(public_key) {}
  static base::Result<Ed25519Key> of(Handle key);
  Handle key_;
  Ed25519Public public_{};
};

// False for a signature or a key of the wrong size too.
[[nodiscard]] bool verify_ed25519(base::ByteView public_key, base::ByteView message,
                                  base::ByteView signature);

// Base64 with - and _ and without padding (RFC 4648, section 5): `x` of a key, `sig` of an envelope.
[[nodiscard]] std::string to_base64url(base::ByteView bytes);
// nullopt for padding, a foreign character, a length that no bytes have, or bits beyond the last byte.
[[nodiscard]] std::optional<base::Bytes> from_base64url(std::string_view text);

// What is signed of a live envelope: its canonical form without `sig`. kInvalid where it is no JSON object or has no
// canonical form.
[[nodiscard]] base::Result<std::string> signed_form(std::string_view envelope_json);
// The envelope with `kid` and `sig`, canonical. Those that it had are replaced.
[[nodiscard]] base::Result<std::string> sign_envelope(const Ed25519Key& key, std::string_view kid,
                                                      std::string_view envelope_json);
// Whether the envelope carries a `sig` of this key. Which key its `kid` names is the caller's to know.
[[nodiscard]] bool verify_envelope(base::ByteView public_key, std::string_view envelope_json);

}  // namespace holeshot::contract
