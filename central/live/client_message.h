// What viewers may say (contract, section 4): subscribe, unsubscribe, heartbeat. Pure and total.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::live {

// A subscription of 20 motos is below 1 KiB.
inline constexpr std::size_t kMaxClientMessage = 16 * 1024;

// The lists of a subscription. Absent and null are as empty.
struct Wanted {
  std::vector<std::string> tracks;
  std::vector<std::string> events;
  std::vector<std::string> classes;
  std::vector<std::string> riders;
  std::vector<std::string> channels;
};

struct ClientMessage {
  enum class Type : std::uint8_t { kSubscribe, kUnsubscribe, kHeartbeat, kInvalid };
  Type type = Type::kInvalid;
  Wanted wanted;     // of subscribe; of unsubscribe the tracks alone (none: all)
  std::string code;  // of kInvalid: invalid_message or invalid_filter
  std::string why;   // of kInvalid, for people
};

[[nodiscard]] ClientMessage parse_client_message(std::string_view text);

}  // namespace holeshot::live
