// What the tokens in a file are worth at the live listener.
#pragma once

#include "central/auth/live_tokens.h"
#include "central/live/access.h"

namespace holeshot::central_app {

// Without tokens everybody may watch everything. They outlive the rules.
[[nodiscard]] live::AccessRules access_rules(auth::LiveTokens* tokens);

}  // namespace holeshot::central_app
