#include "common/contract/ed25519.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/check.h"
#include "common/contract/canonical_json.h"

namespace holeshot::contract {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

constexpr const char* kKeyHint =
    "write 64 hex digits, or a private key as `openssl genpkey -algorithm ed25519` makes it";

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

// A key with a passphrase would have OpenSSL ask the terminal.
int no_passphrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned kSextet = 6;
constexpr unsigned kByte = 8;

// Canonical first: that refuses a key that stands twice, of which a parser would silently keep one.
base::Result<json> object_of(std::string_view text) {
  HOLESHOT_ASSIGN(const std::string canonical, canonicalize(text));
  json object = json::parse(canonical, nullptr, false);
  if (!object.is_object()) return fail(Code::kInvalid, "envelope: it is no JSON object");
  return object;
}

}  // namespace

void Ed25519Key::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

base::Result<Ed25519Key> Ed25519Key::of(Handle key) {
  Ed25519Public public_key{};
  std::size_t size = public_key.size();
  HOLESHOT_CHECK(
      EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) == 1 && size == public_key.size(),
      "an Ed25519 key has a public half");
  return Ed25519Key{std::move(key), public_key};
}

base::Result<Ed25519Key> Ed25519Key::from_seed(base::ByteView seed) {
  if (seed.size() != kEd25519SeedBytes)
    return fail(Code::kInvalid, "Ed25519 key: the seed has not 32 bytes", kKeyHint);
  Handle key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())};
  HOLESHOT_CHECK(key != nullptr, "any 32 bytes are an Ed25519 seed");
  return of(std::move(key));
}

base::Result<Ed25519Key> Ed25519Key::from_pem(std::string_view pem) {
  const auto size = static_cast<int>(std::min<std::size_t>(pem.size(), std::numeric_limits<int>::max()));
  const std::unique_ptr<BIO, FreeBio> bio{BIO_new_mem_buf(pem.data(), size)};
  HOLESHOT_CHECK(bio != nullptr, "a view of memory can be read");
  Handle key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  if (key == nullptr) return fail(Code::kInvalid, "Ed25519 key: the text is no private key in PEM", kKeyHint);
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return fail(Code::kInvalid, "Ed25519 key: the PEM holds a key of another kind", kKeyHint);
  }
  return of(std::move(key));
}

base::Result<Ed25519Key> Ed25519Key::parse(std::string_view text) {
  const std::string_view key = trimmed(text);
  if (key.starts_with("-----BEGIN")) return from_pem(key);
  auto seed = base::from_hex(key);
  if (!seed) return fail(Code::kInvalid, "Ed25519 key: the text is neither hex nor PEM", kKeyHint);
  auto made = from_seed(*seed);
  OPENSSL_cleanse(seed->data(), seed->size());
  return made;
}

base::Result<Ed25519Key> Ed25519Key::generate() {
  Handle key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  if (key == nullptr) return fail(Code::kRetry, "Ed25519 key: the system gave no randomness");
  return of(std::move(key));
}

std::string Ed25519Key::seed_hex() const {
  std::array<std::uint8_t, kEd25519SeedBytes> seed{};
  std::size_t size = seed.size();
  HOLESHOT_CHECK(EVP_PKEY_get_raw_private_key(key_.get(), seed.data(), &size) == 1 && size == seed.size(),
                 "an Ed25519 key has a seed");
  std::string hex = base::to_hex(seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return hex;
}

Ed25519Signature Ed25519Key::sign(base::ByteView message) const {
  const Context context{EVP_MD_CTX_new()};
  Ed25519Signature signature{};
  std::size_t size = signature.size();
  const bool done =
      context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1;
  HOLESHOT_CHECK(done && size == signature.size(), "Ed25519 of a message in memory");
  return signature;
}

bool verify_ed25519(base::ByteView public_key, base::ByteView message, base::ByteView signature) {
  if (public_key.size() != kEd25519PublicBytes || signature.size() != kEd25519SignatureBytes) return false;
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  const std::unique_ptr<EVP_PKEY, Free> key{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size())};
  const Context context{EVP_MD_CTX_new()};
  const bool holds = key != nullptr && context != nullptr &&
                     EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                     EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                      message.size()) == 1;
  ERR_clear_error();
  return holds;
}

std::string to_base64url(base::ByteView bytes) {
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = held << kByte | byte;
    for (bits += kByte; bits >= kSextet;) {
      bits -= kSextet;
      text += kAlphabet[held >> bits & 63U];
    }
  }
  if (bits > 0) text += kAlphabet[held << (kSextet - bits) & 63U];
  return text;
}

std::optional<base::Bytes> from_base64url(std::string_view text) {
  base::Bytes bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = held << kSextet | static_cast<std::uint32_t>(value);
    bits += kSextet;
    if (bits < kByte) continue;
    bits -= kByte;
    bytes.push_back(static_cast<std::uint8_t>(held >> bits));
  }
  const bool spare = (held & ((1U << bits) - 1)) != 0;
  if (bits >= kSextet || spare) return std::nullopt;
  return bytes;
}

base::Result<std::string> signed_form(std::string_view envelope_json) {
  HOLESHOT_ASSIGN(json envelope, object_of(envelope_json));
  envelope.erase("sig");
  return canonicalize(envelope.dump());
}

base::Result<std::string> sign_envelope(const Ed25519Key& key, std::string_view kid,
                                        std::string_view envelope_json) {
  HOLESHOT_ASSIGN(json envelope, object_of(envelope_json));
  envelope["kid"] = kid;
  envelope.erase("sig");
  HOLESHOT_ASSIGN(const std::string text, canonicalize(envelope.dump()));
  envelope["sig"] = to_base64url(key.sign(base::as_bytes(text)));
  return canonicalize(envelope.dump());
}

bool verify_envelope(base::ByteView public_key, std::string_view envelope_json) {
  const auto envelope = object_of(envelope_json);
  if (!envelope) return false;
  const auto sig = envelope->find("sig");
  if (sig == envelope->end() || !sig->is_string()) return false;
  const auto bytes = from_base64url(sig->get_ref<const std::string&>());
  const auto text = signed_form(envelope_json);
  return bytes && text && verify_ed25519(public_key, base::as_bytes(*text), *bytes);
}

}  // namespace holeshot::contract
