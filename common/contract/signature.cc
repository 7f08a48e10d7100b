#include "common/contract/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/base/check.h"
#include "common/base/strong.h"
#include "common/contract/canonical_json.h"
#include "common/contract/ids.h"

namespace holeshot::contract {

using base::Code;
using base::fail;

namespace {

constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kMaxTsDigits = 15;  // milliseconds until the year 33658
using Mac = std::array<std::uint8_t, kMacBytes>;

Mac hmac(const Secret& secret, std::string_view text) {
  Mac mac{};
  unsigned int size = kMacBytes;
  const auto key = secret.view();
  const auto bytes = base::as_bytes(text);
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(),
                          mac.data(), &size);
  HOLESHOT_CHECK(done != nullptr && size == kMacBytes, "HMAC-SHA256 of a text in memory");
  return mac;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  while (!line.empty() && kBlank.find(line.front()) != std::string_view::npos) line.remove_prefix(1);
  while (!line.empty() && kBlank.find(line.back()) != std::string_view::npos) line.remove_suffix(1);
  return line;
}

// The one line that is neither empty nor a comment; nullopt where there are none or several.
std::optional<std::string_view> only_line(std::string_view text) {
  std::optional<std::string_view> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    if (found) return std::nullopt;
    found = line;
  }
  return found;
}

base::Status token(std::string_view value, std::string_view header) {
  if (base::is_token(value)) return {};
  return fail(Code::kInvalid, std::string{header} + (value.empty() ? " is missing" : " is no token"),
              "write 1 to 64 letters, digits, - or _");
}

}  // namespace

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

void Secret::wipe() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

base::Result<SigningKey> parse_key(std::string_view text) {
  constexpr const char* kHint = "write one line KID:SECRET, the secret in hex, 32 digits or more";
  const auto line = only_line(text);
  if (!line) return fail(Code::kInvalid, "key: there is not exactly one line with a key", kHint);
  const std::size_t colon = line->find(':');
  if (colon == std::string_view::npos) return fail(Code::kInvalid, "key: no colon after the kid", kHint);
  const std::string_view kid = line->substr(0, colon);
  if (!base::is_token(kid)) return fail(Code::kInvalid, "key: the kid is no valid id", kHint);
  auto bytes = base::from_hex(line->substr(colon + 1));
  if (!bytes) return fail(Code::kInvalid, "key: the secret is not hex", kHint);
  Secret secret{std::move(*bytes)};
  if (secret.view().size() < SigningKey::kMinBytes || secret.view().size() > SigningKey::kMaxBytes) {
    return fail(Code::kInvalid, "key: the secret is not 16 to 128 bytes long", kHint);
  }
  return SigningKey{std::string{kid}, std::move(secret)};
}

std::string payload_hash(std::string_view body) { return sha256_hex(body); }

std::string signing_text(const SignedParts& parts) {
  return "v=1|t=" + parts.type + "|stream_id=" + parts.track + "|sender_id=" + parts.client +
         "|txn_id=" + parts.txn + "|ts=" + std::to_string(parts.ts_ms) +
         "|payload_hash=" + parts.payload_hash;
}

std::string sign(const Secret& secret, const SignedParts& parts) {
  return base::to_hex(hmac(secret, signing_text(parts)));
}

bool verify(const Secret& secret, const SignedParts& parts, std::string_view sig_hex) {
  const auto given = base::from_hex(sig_hex);
  const Mac mac = hmac(secret, signing_text(parts));
  return given && given->size() == mac.size() && CRYPTO_memcmp(given->data(), mac.data(), mac.size()) == 0;
}

std::optional<std::string> verify_body(const Secret& secret, SignedParts parts, std::string_view body,
                                       std::string_view sig_hex) {
  parts.payload_hash = payload_hash(body);
  if (verify(secret, parts, sig_hex)) return parts.payload_hash;
  const auto canonical = canonicalize(body);
  if (!canonical || *canonical == body) return std::nullopt;
  parts.payload_hash = payload_hash(*canonical);
  if (verify(secret, parts, sig_hex)) return parts.payload_hash;
  return std::nullopt;
}

base::Result<SignatureHeaders> parse_signature_headers(std::string_view kid, std::string_view client,
                                                       std::string_view txn, std::string_view ts,
                                                       std::string_view sig) {
  HOLESHOT_TRY(token(kid, kKidHeader));
  HOLESHOT_TRY(token(client, kClientHeader));
  HOLESHOT_TRY(token(txn, kTxnHeader));
  SignatureHeaders headers{std::string{kid}, std::string{client}, std::string{txn}, 0, std::string{sig}};
  const auto number = std::from_chars(ts.data(), ts.data() + ts.size(), headers.ts_ms);
  if (ts.size() > kMaxTsDigits || number.ec != std::errc{} || number.ptr != ts.data() + ts.size()) {
    return fail(Code::kInvalid, std::string{kTsHeader} + " is no time", "write Unix time in milliseconds");
  }
  if (sig.size() != 2 * kMacBytes || !base::from_hex(sig)) {
    return fail(Code::kInvalid, std::string{kSigHeader} + " is not 64 hex digits");
  }
  return headers;
}

}  // namespace holeshot::contract
