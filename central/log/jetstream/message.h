// What a message of the log looks like on a JetStream stream (docs/log.md, "JetStream"): one subject, some headers,
// and the events' bodies joined by line feeds. Pure: text in, text out.
//
//   Nats-Msg-Id          of one event its idempotency key; of several the first one's key, "+count:" and 16 hex
//                        digits of the body's SHA-256, so that another cut of the same events is another message
//   Holeshot-Log         1, the format's version
//   Holeshot-Runs        "client boot first_seq count", joined by ";": whose the lines of the body are
//   Holeshot-Appended-Us central's wall clock when the events were taken in
//   Holeshot-Node        log_id of the replica of the central that published it
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::log {

inline constexpr std::string_view kIdHeader = "Nats-Msg-Id";
inline constexpr std::string_view kVersionHeader = "Holeshot-Log";
inline constexpr std::string_view kRunsHeader = "Holeshot-Runs";
inline constexpr std::string_view kAppendedHeader = "Holeshot-Appended-Us";
inline constexpr std::string_view kNodeHeader = "Holeshot-Node";

// Below nats-server's default max_payload of 1 MiB, with room for headers; one larger event is a message of its own.
inline constexpr std::size_t kMaxMessageBytes = 768U << 10;
// JetStream refuses headers beyond 64 KiB; half of that is more runs than a gateway ever makes in one batch.
inline constexpr std::size_t kMaxRunsBytes = 32U << 10;

struct Header {
  std::string name;
  std::string value;
};

struct Message {
  std::string subject;
  std::vector<Header> headers;
  std::string body;

  // Empty where there is no such header.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

// What a message takes on the wire. Sums are exact enough to cut by: a run's text may be counted twice.
struct MessageSize {
  std::size_t body = 0;
  std::size_t runs = 0;
  [[nodiscard]] bool fits() const { return body <= kMaxMessageBytes && runs <= kMaxRunsBytes; }
  MessageSize& operator+=(const MessageSize& other) {
    body += other.body;
    runs += other.runs;
    return *this;
  }
};
[[nodiscard]] MessageSize size_of(std::span<const NewEvent> events);
// How many of the first events go into one message; at least one. REQUIRES: events are not empty.
[[nodiscard]] std::size_t that_fit(std::span<const NewEvent> events);

using Parts = std::vector<std::span<const NewEvent>>;
// REQUIRES: at least one event, all of one subject, each valid for EventLog::append().
[[nodiscard]] Message encode(const Parts& parts, std::uint64_t appended_at_us, std::string_view node);

struct Decoded {
  std::vector<NewEvent> events;
  std::uint64_t appended_at_us = 0;
};
// Total: any message at all gives events that EventLog::append() takes, or kCorrupt with what is wrong with it.
[[nodiscard]] base::Result<Decoded> decode(const Message& message);

// The idempotency key of an event as text: {track_id}:{client_id}:{boot_id}:{seq} for raw envelopes, as the contract
// has it; elsewhere the whole subject stands for the track, because raw and control share a stream.
[[nodiscard]] std::string event_key(const NewEvent& event);

// What a follower remembers of the last message it applied, to know the stream again. Never 0.
[[nodiscard]] std::uint64_t fingerprint(const Message& message);

}  // namespace holeshot::log
