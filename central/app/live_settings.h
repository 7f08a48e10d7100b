// The settings of `serve` that are about who may watch: tokens, limits, and whose word on addresses is believed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "central/live/admission.h"
#include "central/live/client_address.h"
#include "common/base/result.h"
#include "common/base/settings.h"

namespace holeshot::central_app {

struct LiveLimits {
  std::string tokens;  // file of tokens; empty: everybody may watch
  live::TrustedProxies trusted_proxies;
  std::size_t max_viewers = 50'000;
  live::AdmissionLimits admission;
};

// live_tokens, trusted_proxies, live_max_viewers, live_max_per_address, live_max_per_token, live_max_per_track,
// live_connects_per_s, live_connects_per_address_per_s, live_polls_per_address_per_s.
[[nodiscard]] std::vector<base::Setting> live_limit_settings();

// kInvalid names the setting and where it stands. REQUIRES: `settings` declares live_limit_settings().
[[nodiscard]] base::Result<LiveLimits> live_limits(const base::Settings& settings);

}  // namespace holeshot::central_app
