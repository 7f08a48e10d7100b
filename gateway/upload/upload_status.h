// UploadStatus: how the way to central is, for lamps, pages and the command line. Value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/upload/reason.h"

namespace holeshot::upload {

enum class UploadState : std::uint8_t {
  kStarting,  // nothing was tried yet
  kIdle,      // central has everything
  kSending,   // there is something to send, and it goes
  kRetrying,  // the last try failed; waiting for the next
  kAlarm,     // likewise, and a person has to look
};
[[nodiscard]] std::string_view to_string(UploadState state);

struct UploadStatus {
  UploadState state = UploadState::kStarting;
  Reason reason = Reason::kOk;
  std::string last_error;  // one sentence; empty while all is well
  std::string action;      // what a person should do about it; empty where there is nothing to do
  std::uint64_t consecutive_failures = 0;
  std::uint64_t last_try_us = 0;  // wall clock; 0: never
  std::uint64_t last_ack_us = 0;  // likewise
  // Likewise, as ages by the clock that nobody sets: what lamps go by.
  std::optional<std::uint64_t> try_age_us;
  std::optional<std::uint64_t> ack_age_us;
  std::uint64_t acknowledged = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;   // by central, for good
  std::uint64_t set_aside = 0;  // by us, as the one that central fails at; neither is ever thrown away
  std::optional<std::int64_t> clock_offset_us;  // central's clock less ours, where it is known
  std::string clock_sentence;                   // "this machine's clock is 3 h slow"; empty while it is good
};

}  // namespace holeshot::upload
