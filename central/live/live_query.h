// LiveQuery: what the URL of the live endpoint asks for (contract, section 4). Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/frame.h"

namespace holeshot::live {

// Where a viewer wants to begin.
struct From {
  enum class Kind : std::uint8_t { kNow, kSeq, kTime };
  Kind kind = Kind::kNow;
  std::uint64_t value = 0;  // kSeq: the first number wanted; kTime: microseconds since the Unix epoch
};

// How many ticks a viewer wants: all, as many as is good for it, or so many a second.
struct Rate {
  enum class Kind : std::uint8_t { kAuto, kFull, kHz };
  Kind kind = Kind::kAuto;
  unsigned hz = 0;
};

// "json" or "binary"; "auto", "full" or 1 to 100 a second. nullopt: neither.
[[nodiscard]] std::optional<Encoding> encoding_from(std::string_view text);
[[nodiscard]] std::optional<Rate> rate_from(std::string_view text);

struct LiveQuery {
  std::vector<std::string> tracks;
  std::string event_id;  // empty: every event
  std::vector<Channel> channels{Channel::kRace};
  std::vector<std::string> unknown_channels;  // told to the viewer after the handshake
  From from;
  // With from=seq: the epoch that the number belongs to. Our addition; without it the current one is meant.
  std::optional<std::uint64_t> epoch;
  std::optional<Encoding> encoding;  // absent: the subprotocol decides, else JSON
  Rate rate;
};

// A viewer of so many tracks is a program that should use a subscription per connection.
inline constexpr std::size_t kMaxTracksPerViewer = 64;

// Why a request is refused before the upgrade: 400 with this code (stable, snake_case) and detail (for
// people).
struct QueryFault {
  std::string code;
  std::string detail;
};

// Unknown fields are ignored, so that later clients can talk to us; a known one twice is refused, for nobody
// can tell which was meant. A missing track_id is no fault here: /ws starts without one.
[[nodiscard]] std::expected<LiveQuery, QueryFault> parse_live_query(std::string_view query);

}  // namespace holeshot::live
