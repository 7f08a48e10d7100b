#include "gateway/upload/signer.h"

namespace holeshot::upload {

std::vector<std::pair<std::string, std::string>> Signer::headers(std::string_view type,
                                                                 const contract::TrackId& track,
                                                                 const std::string& txn,
                                                                 std::string_view body) const {
  std::vector<std::pair<std::string, std::string>> headers{
      {std::string{contract::kClientHeader}, client_.str()}, {std::string{contract::kTxnHeader}, txn}};
  if (!key_) return headers;
  const contract::SignedParts parts{.type = std::string{type},
                                    .track = track.str(),
                                    .client = client_.str(),
                                    .txn = txn,
                                    .ts_ms = clock_.now_us() / 1'000,
                                    .payload_hash = contract::payload_hash(body)};
  headers.emplace_back(contract::kKidHeader, key_->kid);
  headers.emplace_back(contract::kTsHeader, std::to_string(parts.ts_ms));
  headers.emplace_back(contract::kSigHeader, contract::sign(key_->secret, parts));
  return headers;
}

}  // namespace holeshot::upload
