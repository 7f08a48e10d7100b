// EventFilter: which events of a log somebody wants to see. A pure predicate over one event at a time; the tools
// read the log through it (central/log/tools/selection.h).
//
// A field that is empty lets everything through; fields are joined by "and", the entries of one field by "or".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::log {

// Value type; const methods from any thread.
struct EventFilter {
  std::vector<std::string> tracks;
  std::vector<std::string> subjects;     // in NATS' notation: * stands for one token
  std::optional<std::uint64_t> from_us;  // appended at or after
  std::optional<std::uint64_t> to_us;    // appended before
  // message_type of an envelope, event_type of a race event, type of an intent, kind of a registry change, code of
  // a dead letter; upper and lower case are the same.
  std::vector<std::string> types;
  // Where this number or text stands as transponder_id or transponder_string, however deep.
  std::vector<std::string> transponders;

  [[nodiscard]] bool wants(const Event& event) const;
  // Whether an event of this subject could be wanted: what a reader may leave out without looking.
  [[nodiscard]] bool wants_subject(std::string_view subject) const;
  // Whether wants_subject() leaves anything out.
  [[nodiscard]] bool narrows_subjects() const { return !subjects.empty() || !tracks.empty(); }
};

// The track that an event is about: its subject's, or the one that its body names (dead letters, the registry).
// Empty where there is none.
[[nodiscard]] std::string track_of_event(const Event& event);
// Of the subject alone.
[[nodiscard]] std::string_view track_of_subject(std::string_view subject);

// "2026-11-26T10:00:00Z", with a fraction or an offset too; microseconds since 1970; "now"; "-90s", "-15m", "-2h",
// "-3d" before `now_us`. kInvalid otherwise, with `what` (an option's name) in the message.
[[nodiscard]] base::Result<std::uint64_t> parse_time(std::string_view text, std::uint64_t now_us,
                                                     std::string_view what);

}  // namespace holeshot::log
