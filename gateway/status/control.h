// Who may ask what, and what they ask for. Pure; private to the server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/status/server.h"

namespace holeshot::status {

// What of a request decides whether it is answered.
struct Asking {
  bool over_socket = false;
  int port = 0;  // that we listen on
  std::string host;
  std::string origin;         // empty: the header is not there
  std::string fetch_site;     // Sec-Fetch-Site
  std::string control_value;  // of kControlHeader
};

// kDenied where the Host is not one of ours: a page of another site had its own name point at us.
[[nodiscard]] base::Status may_look(const Asking& asking);
// kDenied where another site's page may be behind it.
[[nodiscard]] base::Status may_control(const Asking& asking);

// {"ids":[1,2]}, or nothing at all for "all". kInvalid else. Total.
[[nodiscard]] base::Result<std::vector<std::uint64_t>> ids_from(std::string_view body);
// {"acknowledged":true,"quarantined_before_us":0}; what is left out keeps its default.
[[nodiscard]] base::Result<PruneOrder> prune_from(std::string_view body);

}  // namespace holeshot::status
