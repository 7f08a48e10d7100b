// Signature of a request from a gateway (docs/contract.md, section 2): HMAC-SHA256 over
//   v=1|t={type}|stream_id={track}|sender_id={client}|txn_id={txn}|ts={unix ms}|payload_hash={sha256 of the canonical body}
// sent as five headers. Both sides are here, so that they cannot drift apart: the gateway signs, central verifies. Pure
// functions, any thread. Whether a kid is known, the clock within the window and a txn_id new, is central's to judge.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace holeshot::contract {

// What a signature is for: one made for a heartbeat is none for a batch.
inline constexpr std::string_view kSignedBatch = "ingest_batch";
inline constexpr std::string_view kSignedHeartbeat = "ingest_heartbeat";

inline constexpr std::string_view kKidHeader = "X-Holeshot-Kid";
inline constexpr std::string_view kClientHeader = "X-Holeshot-Client";
inline constexpr std::string_view kTxnHeader = "X-Holeshot-Txn";
inline constexpr std::string_view kTsHeader = "X-Holeshot-Ts";
inline constexpr std::string_view kSigHeader = "X-Holeshot-Sig";

// How far a timestamp may lie from central's clock, either side; as long a txn_id is remembered.
inline constexpr std::chrono::minutes kSignatureWindow{15};

// Secret bytes. Moves, never copies, never prints; wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(base::Bytes bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }
  [[nodiscard]] base::ByteView view() const { return bytes_; }

 private:
  void wipe();
  base::Bytes bytes_;
};

struct SigningKey {
  static constexpr std::size_t kMinBytes = 16;
  static constexpr std::size_t kMaxBytes = 128;
  std::string kid;  // a token, as ids are
  Secret secret;
};

// The text form of a key: one line "kid:hex", 16 to 128 bytes of secret; lines that start with # and empty ones are
// passed over. kInvalid otherwise; the message never holds a part of the secret.
[[nodiscard]] base::Result<SigningKey> parse_key(std::string_view text);

struct SignedParts {
  std::string type;  // kSignedBatch, kSignedHeartbeat
  std::string track;
  std::string client;
  std::string txn;
  std::uint64_t ts_ms = 0;
  std::string payload_hash;
};

// SHA-256 of the bytes as they are, in hex. REQUIRES: for signing, `body` is canonical JSON.
[[nodiscard]] std::string payload_hash(std::string_view body);
// The text that is signed.
[[nodiscard]] std::string signing_text(const SignedParts& parts);
// 64 lower-case hex digits.
[[nodiscard]] std::string sign(const Secret& secret, const SignedParts& parts);
// In constant time for signatures of the right length.
[[nodiscard]] bool verify(const Secret& secret, const SignedParts& parts, std::string_view sig_hex);
// Takes the hash of the body as it came, and where that does not fit, of its canonical form; gives the hash that was
// signed (what a txn_id is remembered with), or nullopt where neither fits. `parts.payload_hash` is not looked at.
[[nodiscard]] std::optional<std::string> verify_body(const Secret& secret, SignedParts parts,
                                                     std::string_view body, std::string_view sig_hex);

// The five headers as text, and as values once each was checked: kid, client and txn are tokens (so none can hold the
// '|' that separates the signed text), ts is a number of at most 15 digits, sig 64 hex digits. kInvalid names the header.
struct SignatureHeaders {
  std::string kid;
  std::string client;
  std::string txn;
  std::uint64_t ts_ms = 0;
  std::string sig;
};
[[nodiscard]] base::Result<SignatureHeaders> parse_signature_headers(std::string_view kid,
                                                                     std::string_view client,
                                                                     std::string_view txn,
                                                                     std::string_view ts,
                                                                     std::string_view sig);

}  // namespace holeshot::contract
