// Whom a request comes from, as limits count it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "central/live/admission.h"
#include "central/live/client_address.h"

namespace holeshot::live {

// What a request says of its sender, as it came; empty where it says nothing.
struct Sender {
  std::string_view peer;           // address of the socket's other end
  std::string_view forwarded;      // X-Forwarded-For, all of them
  std::string_view token;          // the query's
  std::string_view authorization;  // "Bearer .."
  std::string_view client;         // X-Holeshot-Client, or the query's `client_id`
  std::string_view cookie;         // of which `holeshot_client` counts
};

// Names that are no ids (letters, digits, - and _; at most 64) are as if not given: they end up in lists and logs.
[[nodiscard]] Identity identity_of(const Sender& sender, const TrustedProxies& proxies);

}  // namespace holeshot::live
