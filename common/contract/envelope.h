// Envelope: one decoded decoder record on its way from the gateway's spool to central's log
// (docs/contract.md, section 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::contract {

inline constexpr std::string_view kContractVersion = "track_ingest.v2";

// The clocks at the moment of capture, and how the record came. Optional on the wire (docs/contract.md, section 7).
struct Capture {
  std::uint64_t mono_us = 0;  // the gateway's clock that nobody sets; comparable within a boot
  std::optional<std::int64_t> central_offset_us;  // central's clock less the gateway's, as learnt last
  std::optional<std::int64_t> decoder_offset_us;  // the decoder's clock less the gateway's
  bool resent = false;                            // asked for again: it happened before what stands around it
  bool decoder_clock_stepped = false;
  bool wall_clock_stepped = false;  // the gateway's wall clock was set since the record before
  bool operator==(const Capture&) const = default;
};
[[nodiscard]] std::string capture_json(const Capture& capture);

// Value type. The payload stays JSON text: only who needs its fields reads them.
struct Envelope {
  std::string event_id;  // ULID or UUID text
  TrackId track_id;
  ClientId client_id;
  BootId boot_id;
  std::uint64_t seq = 0;             // from 1, +1 per record within a boot
  std::uint64_t captured_at_us = 0;  // gateway clock when the frame's last byte was read
  std::string message_type;          // PASSING, STATUS, ..., TOR_0036
  std::string payload;               // one JSON object
  // What the gateway knows about the capture beside what the decoder said: one canonical JSON object, made by
  // capture_json(); empty where there is nothing.
  std::string capture;

  [[nodiscard]] std::string key() const { return idempotency_key(track_id, client_id, boot_id, seq); }
  bool operator==(const Envelope&) const = default;
};

// The envelope in canonical form, appended; canonical if its payload is. Deterministic: the same envelope
// gives the same bytes, which is what makes a retry a duplicate and not a conflict.
void append_envelope(std::string& out, const Envelope& envelope);

// kInvalid with the field in the message where something is missing, of the wrong type or out of bounds.
// Fields that we do not know are allowed (contract: "add fields where a feature needs them"). This is the
// slow, careful reader for tools and engines; the ingest path has its own.
[[nodiscard]] base::Result<Envelope> parse_envelope(std::string_view json);

// An envelope as the log shows it: `body` with contract_version and ingested_at_us, canonical where body's
// numbers allow.
[[nodiscard]] base::Result<std::string> stored_envelope(std::string_view body, std::uint64_t ingested_at_us);

}  // namespace holeshot::contract
