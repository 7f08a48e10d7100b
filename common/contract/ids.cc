#include "common/contract/ids.h"

#include <openssl/evp.h>

#include <array>
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

std::array<std::uint8_t, kDigestBytes> sha256(std::string_view bytes) {
  std::array<std::uint8_t, kDigestBytes> digest{};
  EVP_MD_CTX* const ctx = context();
  HOLESHOT_CHECK(EVP_DigestUpdate(ctx, bytes.data(), bytes.size()) == 1 &&
                     EVP_DigestFinal_ex(ctx, digest.data(), nullptr) == 1,
                 "a hash of bytes in memory cannot fail");
  return digest;
}
}  // namespace

std::string idempotency_key(const TrackId& track, const ClientId& client, const BootId& boot,
                            std::uint64_t seq) {
  return track.str() + ':' + client.str() + ':' + boot.str() + ':' + std::to_string(seq);
}

std::string derived_id(const std::string& source, std::uint64_t ordinal) {
  auto digest = sha256(source + '#' + std::to_string(ordinal));
  digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x80);  // version 8: vendor's own
  digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);  // variant of RFC 9562
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[digest[i] >> 4U];
    text += kDigits[digest[i] & 0x0FU];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) { return base::to_hex(sha256(bytes)); }

}  // namespace holeshot::contract
