#include "central/app/live_access.h"

namespace holeshot::central_app {

live::AccessRules access_rules(auth::LiveTokens* tokens) {
  if (tokens == nullptr) return {};
  live::AccessRules rules;
  rules.judge = [tokens](std::string_view token, std::string_view track) -> live::Access {
    using Verdict = live::Access::Verdict;
    const auto found = tokens->find(token);
    if (!found) return {.verdict = Verdict::kUnknown};
    // Officials and announcers work with what they see; thinned pictures are for the stands.
    live::Access access{.verdict = Verdict::kAllowed,
                        .role = auth::to_string(found->role),
                        .official = found->role != auth::LiveRole::kViewer};
    if (!track.empty() && !found->counts_for(track)) access.verdict = Verdict::kForbidden;
    return access;
  };
  rules.version = [tokens] { return tokens->version(); };
  return rules;
}

}  // namespace holeshot::central_app
