// Everything that may be sent to a decoder, as wire bytes. All of it only asks: there is no function that
// clears passings, resets, or writes a setting, and there will be none. Pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/bytes.h"
#include "common/p3/record.h"

namespace holeshot::p3 {

struct RequestOptions {
  std::optional<DecoderId> decoder = {};  // whom it addresses; empty: whoever listens
  base::Bytes request_id = {};  // comes back unchanged in the reply; decoders know 8 bytes. REQUIRES: <= 255
};

[[nodiscard]] base::Bytes version_request(const RequestOptions& options = {});
[[nodiscard]] base::Bytes get_time_request(const RequestOptions& options = {});
// How far the decoder has got: the answer's last_passing_number says what to ask for again.
[[nodiscard]] base::Bytes session_request(const RequestOptions& options);
// Stored passings, `from` to `until` inclusive.
[[nodiscard]] base::Bytes resend_request(std::uint32_t from, std::uint32_t until,
                                         const RequestOptions& options);
[[nodiscard]] base::Bytes network_settings_request(const RequestOptions& options = {});
[[nodiscard]] base::Bytes timeline_request(const RequestOptions& options = {});
[[nodiscard]] base::Bytes aux_settings_request(const RequestOptions& options = {});
[[nodiscard]] base::Bytes ping_request(const RequestOptions& options);
// The nameless 0036; a Smart Decoder answers it with NETWORK_SETTINGS.
[[nodiscard]] base::Bytes tor_0036_request(const RequestOptions& options = {});

// The second UDP discovery probe: network_settings_request() with the request id that is known to work.
[[nodiscard]] base::Bytes network_settings_probe();

}  // namespace holeshot::p3
