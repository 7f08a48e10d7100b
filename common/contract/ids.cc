#include "common/contract/ids.h"

// The hash itself: OpenSSL 3 would have EVP instead, which takes longer to set up than to hash a text as short as an id's.
#define OPENSSL_SUPPRESS_DEPRECATED  // NOLINT(*-reserved-identifier)
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <initializer_list>

#include "common/base/bytes.h"
#include "common/base/check.h"

namespace holeshot::contract {

namespace {
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kIdBytes = 16;

using Digest = std::array<std::uint8_t, kDigestBytes>;

// Of the pieces one after the other.
Digest sha256(std::initializer_list<std::string_view> pieces) {
  Digest digest{};
  SHA256_CTX state;
  bool done = SHA256_Init(&state) == 1;
  for (const std::string_view piece : pieces)
    done = done && SHA256_Update(&state, piece.data(), piece.size()) == 1;
  HOLESHOT_CHECK(done && SHA256_Final(digest.data(), &state) == 1, "a hash of bytes in memory cannot fail");
  return digest;
}

// Where the two digits of each byte stand in the text of a UUID.
constexpr std::array<std::uint8_t, kIdBytes> kUuidPlaces{0,  2,  4,  6,  9,  11, 14, 16,
                                                         19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::string_view kUuidShape = "........-....-....-....-............";
}  // namespace

std::string idempotency_key(const TrackId& track, const ClientId& client, const BootId& boot,
                            std::uint64_t seq) {
  return track.str() + ':' + client.str() + ':' + boot.str() + ':' + std::to_string(seq);
}

std::string derived_id(std::string_view source, std::uint64_t ordinal) {
  std::string text;
  write_derived_id(source, ordinal, text);
  return text;
}

void write_derived_id(std::string_view source, std::uint64_t ordinal, std::string& out) {
  std::array<char, 21> number{'#'};
  const auto end = std::to_chars(number.data() + 1, number.data() + number.size(), ordinal).ptr;
  Digest digest = sha256({source, {number.data(), end}});
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x80);  // version 8: vendor's own
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);  // variant of RFC 9562
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.assign(kUuidShape);
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    out[kUuidPlaces[i]] = kDigits[digest[i] >> 4U];
    out[kUuidPlaces[i] + 1U] = kDigits[digest[i] & 0x0FU];
  }
}

std::string sha256_hex(std::string_view bytes) { return base::to_hex(sha256({bytes})); }

}  // namespace holeshot::contract
