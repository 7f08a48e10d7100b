#include "common/contract/ed25519.h"

#include <openssl/evp.h>

#include "common/base/check.h"

namespace holeshot::contract {

namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void Ed25519Key::Free::operator()(void* key) const { EVP_PKEY_free(static_cast<EVP_PKEY*>(key)); }

base::Result<Ed25519Key> Ed25519Key::from_seed(base::ByteView seed) {
  if (seed.size() != kSeedBytes)
    return base::fail(base::Code::kInvalid, "an Ed25519 key is made of 32 bytes",
                      "make one with: holeshot-central keys signing");
  Ed25519Key made;
  made.key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  std::size_t size = made.public_.size();
  HOLESHOT_CHECK(made.key_ != nullptr &&
                     EVP_PKEY_get_raw_public_key(static_cast<EVP_PKEY*>(made.key_.get()), made.public_.data(),
                                                 &size) == 1 &&
                     size == made.public_.size(),
                 "OpenSSL has Ed25519, and any 32 bytes are a key of it");
  return made;
}

Ed25519Signature Ed25519Key::sign(std::string_view message) const {
  Ed25519Signature signature{};
  std::size_t size = signature.size();
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  auto* const key = static_cast<EVP_PKEY*>(key_.get());
  HOLESHOT_CHECK(
      context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
          EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(message), message.size()) == 1 &&
          size == signature.size(),
      "signing bytes in memory cannot fail");
  return signature;
}

bool verify(const Ed25519Public& key, std::string_view message, base::ByteView signature) {
  if (signature.size() != Ed25519Signature{}.size()) return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> its(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()), &EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return its != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, its.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

std::string to_base64url(base::ByteView bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::size_t kBitsEach = 6;
  std::string text;
  std::uint32_t held = 0;
  std::size_t bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8U) | byte;
    for (bits += 8; bits >= kBitsEach; bits -= kBitsEach)
      text += kDigits[(held >> (bits - kBitsEach)) & 0x3FU];
  }
  if (bits > 0) text += kDigits[(held << (kBitsEach - bits)) & 0x3FU];
  return text;
}

}  // namespace holeshot::contract
