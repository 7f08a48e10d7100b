// POST /api/ingest/heartbeat: how a gateway is, every 10 s and at every change of a lamp (docs/contract.md, section 2).
// Presence, not truth: never spooled, and nothing is derived from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::contract {

inline constexpr std::string_view kHeartbeatPath = "/api/ingest/heartbeat";

// What a receiver takes at most: some decoders with their names are about 2 KB.
inline constexpr std::size_t kMaxHeartbeatBytes = 65'536;
inline constexpr std::size_t kMaxHeartbeatDecoders = 64;

enum class Lamp : std::uint8_t { kGreen, kAmber, kRed };
// "green", "amber", "red"
[[nodiscard]] std::string_view to_string(Lamp lamp);

struct Lamps {
  Lamp decoder = Lamp::kAmber;
  Lamp disk = Lamp::kAmber;
  Lamp central = Lamp::kAmber;
  bool operator==(const Lamps&) const = default;
};

struct HeartbeatSpool {
  std::uint64_t pending = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t oldest_captured_at_us = 0;  // of what is pending; 0: nothing is
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> room_s;  // how long the disk lasts at today's rate, where that can be told
  bool operator==(const HeartbeatSpool&) const = default;
};

struct HeartbeatDecoder {
  std::string source;      // the line as configured: tcp://192.168.1.50:5403
  std::string decoder_id;  // empty until it has said so
  std::string model;
  std::uint64_t last_byte_us = 0;               // gateway's wall clock; 0: never
  std::optional<std::uint64_t> noise;           // as its last STATUS said
  std::optional<std::int64_t> clock_offset_us;  // the decoder's clock less the gateway's
  std::uint64_t gaps = 0;                       // passing numbers still missing
  bool operator==(const HeartbeatDecoder&) const = default;
};

// Value type.
struct Heartbeat {
  TrackId track;
  ClientId client;
  BootId boot;
  std::string version;
  Lamps lamps;
  std::string sentence;  // the one that the gateway's own page shows
  HeartbeatSpool spool;
  std::vector<HeartbeatDecoder> decoders;
  std::optional<std::int64_t> clock_offset_us;  // central's clock less the gateway's
  bool operator==(const Heartbeat&) const = default;
};

// Canonical JSON; what is not known is left out.
[[nodiscard]] std::string heartbeat_body(const Heartbeat& heartbeat);
// kInvalid with the field at fault. Unknown fields are passed over; numbers that are left out are unknown or 0, texts
// empty; track_id, client_id, boot_id and lamps must be there.
[[nodiscard]] base::Result<Heartbeat> parse_heartbeat(std::string_view json);

// {"server_time_us":t}
[[nodiscard]] std::string heartbeat_reply_body(std::uint64_t server_time_us);
// kInvalid where it is no such object.
[[nodiscard]] base::Result<std::uint64_t> parse_heartbeat_reply(std::string_view json);

}  // namespace holeshot::contract
