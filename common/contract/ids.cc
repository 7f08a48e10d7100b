#include "common/contract/ids.h"

#include <openssl/sha.h>

#include <array>

#include "common/base/bytes.h"

namespace holeshot::contract {

namespace {
std::array<std::uint8_t, SHA256_DIGEST_LENGTH> sha256(std::string_view bytes) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  const auto view = base::as_bytes(bytes);
  SHA256(view.data(), view.size(), digest.data());
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
  std::string text = base::to_hex(base::ByteView{digest}.first(16));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

std::string sha256_hex(std::string_view bytes) { return base::to_hex(sha256(bytes)); }

}  // namespace holeshot::contract
