// Asking the gateway that runs on this machine how it is. Any thread.
#pragma once

#include <string>

#include "common/base/result.h"
#include "gateway/status/client.h"
#include "gateway/status/lamps.h"
#include "gateway/status/picture.h"

namespace holeshot::app {

struct GatewayAnswer {
  std::string json;  // as it came
  status::Picture picture;
  status::Judgement judgement;
};

// Within three seconds. Errors as status::ask().
[[nodiscard]] base::Result<GatewayAnswer> ask_gateway(const status::Address& address);

}  // namespace holeshot::app
