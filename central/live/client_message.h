// What viewers may say (contract, section 4): subscribe, unsubscribe, heartbeat. Pure and total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/live_query.h"

namespace holeshot::live {

// A subscription of 20 motos is below 1 KiB.
inline constexpr std::size_t kMaxClientMessage = std::size_t{16} * 1024;

// A subscription: its lists, of which absent and null are as empty, and how ticks are wanted, which is for the whole
// connection; absent: as before.
struct Wanted {
  std::vector<std::string> tracks;
  std::vector<std::string> events;
  std::vector<std::string> classes;
  std::vector<std::string> riders;
  std::vector<std::string> channels;
  std::optional<Encoding> encoding;
  std::optional<Rate> rate;
};

struct ClientMessage {
  enum class Type : std::uint8_t { kSubscribe, kUnsubscribe, kHeartbeat, kInvalid };
  Type type = Type::kInvalid;
  Wanted wanted;     // of subscribe; of unsubscribe the tracks alone (none: all)
  std::string code;  // of kInvalid: invalid_message, invalid_filter, invalid_encoding or invalid_rate
  std::string why;   // of kInvalid, for people
};

[[nodiscard]] ClientMessage parse_client_message(std::string_view text);

}  // namespace holeshot::live
