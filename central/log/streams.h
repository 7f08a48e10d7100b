// The streams of the log: which subjects belong together and for how long they are kept (docs/contract.md,
// section 3; rows S1-RET). One table for both backings: JetStream makes a stream of each, the SQLite log prunes
// by it.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::log {

// Value type. A limit of 0 is none; the oldest go first.
struct StreamRule {
  std::string name;                   // JetStream's name of it: [A-Za-z0-9_-]+
  std::vector<std::string> subjects;  // in NATS' notation: tokens between dots, * stands for one token
  std::chrono::seconds max_age{0};
  std::uint64_t max_bytes = 0;
  std::uint64_t max_per_subject = 0;  // events
};

// As the contract has them. Raw and control share a stream: the order between a passing and an intent is part of
// the race, and JetStream keeps order within a stream only. Checkpoints are what engines start from; the
// registry is kept for ever.
[[nodiscard]] std::vector<StreamRule> default_streams();

[[nodiscard]] bool matches(std::string_view pattern, std::string_view subject);

// nullptr where no stream takes the subject; such an event is kept for ever (SQLite) or refused (JetStream).
[[nodiscard]] const StreamRule* stream_of(std::span<const StreamRule> streams, std::string_view subject);

}  // namespace holeshot::log
