// Which requests of strangers may reach the decoder: those that only ask, and that p3/requests.h could have made. Never
// CLEAR_PASSING, RESET, or a value that a decoder could take as a setting. Pure function.
#pragma once

#include "common/p3/frame.h"

namespace holeshot::source {

[[nodiscard]] bool may_pass(const p3::Frame& request);

}  // namespace holeshot::source
