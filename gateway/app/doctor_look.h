// What a doctor looks at. Reads only; a decoder's line is opened for some seconds, where no gateway holds it.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/contract/signature.h"
#include "gateway/app/doctor.h"
#include "gateway/app/gateway_settings.h"

namespace holeshot::app {

// The gateway of this machine that works for the same track under the same name.
[[nodiscard]] std::optional<status::Picture> look_for_gateway(const GatewayConfig& config);

[[nodiscard]] SpoolFacts look_at_spool(const GatewayConfig& config);

// Listens until bytes come, or for this long: a decoder says something every five seconds.
inline constexpr std::uint64_t kListenUs = 6'000'000;
[[nodiscard]] LineFacts look_at_line(const source::SourceUrl& url, const base::Clock& clock,
                                     const std::stop_token& stop = {}, std::uint64_t listen_us = kListenUs);

[[nodiscard]] ClockFacts look_at_clock(const base::Clock& clock);

// This gateway's key; a name that systemd gives to the service is looked for where the service's copy comes from.
[[nodiscard]] base::Result<std::shared_ptr<const contract::SigningKey>> look_for_key(
    const std::string& key_file);

// What central is told by a doctor: what the running gateway says, or that none runs.
[[nodiscard]] contract::Heartbeat doctors_heartbeat(const GatewayConfig& config,
                                                    const std::optional<status::Picture>& running,
                                                    const base::Clock& clock);

}  // namespace holeshot::app
