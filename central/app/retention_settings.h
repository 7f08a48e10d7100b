// The settings of `serve` that are about the log's room: for how long each stream is kept, and what is expected to come.
#pragma once

#include <vector>

#include "central/log/streams.h"
#include "common/base/result.h"
#include "common/base/settings.h"

namespace holeshot::central_app {

// What the operator expects; 0 is nothing said.
struct ExpectedLoad {
  double tracks = 0;
  double messages_per_s = 0;  // of one track's decoders together
};

// retention_raw, retention_events, retention_snapshot, retention_dlq, expected_tracks, expected_rate.
[[nodiscard]] std::vector<base::Setting> retention_settings();

// The streams with the limits that are set. kInvalid names the setting and where it stands.
// REQUIRES: `settings` declares retention_settings().
[[nodiscard]] base::Result<std::vector<log::StreamRule>> streams_from(const base::Settings& settings);
[[nodiscard]] base::Result<ExpectedLoad> expected_load(const base::Settings& settings);

}  // namespace holeshot::central_app
