// Signer: the headers of one request to central, signed where there is a key. The time in them is central's as well as
// it is known, so a laptop whose clock is wrong is let in all the same. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/contract/ids.h"
#include "common/contract/signature.h"
#include "gateway/upload/central_clock.h"

namespace holeshot::upload {

class Signer {
 public:
  // `key` may be empty: nothing is signed then. The clock outlives the signer.
  Signer(contract::ClientId client, std::shared_ptr<const contract::SigningKey> key,
         const CentralClock& clock)
      : client_(std::move(client)), key_(std::move(key)), clock_(clock) {}

  // REQUIRES: `body` is canonical JSON, and goes out as it is (a transport may compress it).
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers(std::string_view type,
                                                                         const contract::TrackId& track,
                                                                         const std::string& txn,
                                                                         std::string_view body) const;

 private:
  const contract::ClientId client_;
  const std::shared_ptr<const contract::SigningKey> key_;
  const CentralClock& clock_;
};

}  // namespace holeshot::upload
