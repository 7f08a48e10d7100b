// Letter: an event that somebody could not use, kept in the log on timing.dlq.v1.<source> (docs/dead-letters.md). Writers
// have their own words for it: ingest for what it refused, workers for what they gave up. Here they become one shape.
// Resolution: what a person made of a letter, kept in the log beside it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::letters {

// Where resolutions stand: timing.dlq.v1.resolution. No writer of letters is called so.
inline constexpr std::string_view kResolutionSource = "resolution";
// The client of resolutions and of what is put back under another key than its own.
inline constexpr std::string_view kLetterClient = "dlq";

// A letter's name: the same wherever and whenever it is read, made of its key. Written as 16 hex digits.
using LetterId = std::uint64_t;
[[nodiscard]] LetterId id_of(const log::Event& event);
[[nodiscard]] std::string id_text(LetterId id);
// nullopt where the text is no 16 lower-case hex digits.
[[nodiscard]] std::optional<LetterId> parse_id(std::string_view text);

struct Letter {
  LetterId id = 0;
  std::string source;  // ingest, race, projection, engine (before there were workers)
  std::string reason;  // rejected, conflict, or failed (a worker gave it up)
  std::string code;    // stable: bad_seq, wrong_track, conflict, invalid, ...
  std::string detail;  // in words
  std::uint64_t attempts = 1;
  std::string original;               // the bytes as they came
  std::string subject;                // where the event stands; empty where it never got there
  std::string key;                    // its idempotency key, as far as it could be read
  std::optional<log::Offset> offset;  // of the event; absent where the log never took it
  std::string track;                  // empty where it is of none
  std::uint64_t received_at_us = 0;   // when it was refused or given up
  log::Offset at;                     // where the letter itself stands
};

// Total: a body that nobody can read becomes a letter with the code `unreadable` and the body as its original. nullopt
// for an event that is no letter (another subject, a resolution).
[[nodiscard]] std::optional<Letter> read_letter(const log::Event& event);

enum class Action : std::uint8_t { kReplayed, kFixed, kDiscarded, kReopened };
[[nodiscard]] std::string_view to_string(Action action);

struct Resolution {
  LetterId id = 0;
  Action action = Action::kDiscarded;
  std::string actor;
  std::string reason;       // may be empty
  std::uint64_t ts_us = 0;  // central's clock
  std::string replayed_as;  // "subject client:boot:seq" of what was put back; empty where nothing was
};

// {"action","actor","id","reason","replayed_as","ts_us"}
[[nodiscard]] std::string resolution_json(const Resolution& resolution);
// nullopt for what is none.
[[nodiscard]] std::optional<Resolution> read_resolution(const log::Event& event);
// The event that keeps it. `ordinal` counts a letter's resolutions from 1: two people who resolve one letter at the same
// moment want the same key, and the log refuses the second.
[[nodiscard]] log::NewEvent resolution_event(const Resolution& resolution, std::uint64_t ordinal);

}  // namespace holeshot::letters
