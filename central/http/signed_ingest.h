// What both ways into ingest share: is the request allowed, and what is said to a repetition of one that was.
#pragma once

#include <functional>
#include <string_view>

#include "central/auth/authenticator.h"
#include "central/http/router.h"
#include "common/contract/ids.h"

namespace holeshot::http {

// Runs `handle` where `authenticator` lets the request through, or where there is none. `type` is what its signature is
// for (contract::kSignedBatch, ...).
[[nodiscard]] Response if_signed(auth::Authenticator* authenticator, std::string_view type,
                                 const contract::TrackId& track, const Request& request,
                                 const std::function<Response()>& handle);

}  // namespace holeshot::http
