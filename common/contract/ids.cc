#include "common/contract/ids.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <initializer_list>
#include <memory>

#include "common/base/bytes.h"
#include "common/base/check.h"

namespace holeshot::contract {

namespace {
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kIdBytes = 16;

// OpenSSL looks an algorithm up by name at every one-shot call, which takes longer than the hash of a short text: one
// look-up and one context a thread.
EVP_MD_CTX* context() {
  static EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> kContext(EVP_MD_CTX_new(),
                                                                                      &EVP_MD_CTX_free);
  HOLESHOT_CHECK(kSha256 != nullptr && kContext && EVP_DigestInit_ex2(kContext.get(), kSha256, nullptr) == 1,
                 "OpenSSL has SHA-256");
  return kContext.get();
}

using Digest = std::array<std::uint8_t, kDigestBytes>;

// Of the pieces one after the other.
Digest sha256(std::initializer_list<std::string_view> pieces) {
  Digest digest{};
  EVP_MD_CTX* const ctx = context();
  bool done = true;
  for (const std::string_view piece : pieces)
    done = done && EVP_DigestUpdate(ctx, piece.data(), piece.size()) == 1;
  HOLESHOT_CHECK(done && EVP_DigestFinal_ex(ctx, digest.data(), nullptr) == 1,
                 "a hash of bytes in memory cannot fail");
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
  std::array<char, 20> digits;  // NOLINT(*-member-init): to_chars fills what is used
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), ordinal).ptr;
  Digest digest = sha256({source, "#", {digits.data(), end}});
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
