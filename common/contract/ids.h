// The ids that reach a subject name, and the idempotency key made of them (docs/contract.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/strong.h"

namespace holeshot::contract {

using TrackId = base::StrongToken<struct TrackIdTag>;
using ClientId = base::StrongToken<struct ClientIdTag>;  // one gateway
using BootId = base::StrongToken<struct BootIdTag>;      // one start of one gateway process: a ULID

// {track_id}:{client_id}:{boot_id}:{seq}: the dedupe key everywhere. None of the parts can hold a colon.
[[nodiscard]] std::string idempotency_key(const TrackId& track, const ClientId& client, const BootId& boot,
                                          std::uint64_t seq);

// An id for something derived: the same source and ordinal give the same id, bit for bit. The text has UUID
// form (version 8, RFC 9562) over SHA-256 of "<source>#<ordinal>".
[[nodiscard]] std::string derived_id(std::string_view source, std::uint64_t ordinal);
// The same in place of what `out` holds: for whoever derives many and keeps the memory.
void write_derived_id(std::string_view source, std::uint64_t ordinal, std::string& out);

// SHA-256 as 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace holeshot::contract
