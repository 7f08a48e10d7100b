// EventLog: the one ordered, durable record of everything that central was told (docs/log.md).
//
// Everything enters through append() and everything derived is read back from here: raw envelopes, control
// intents, registry changes, race events, dead letters. Two backings stand behind this interface (SQLite on
// one machine, NATS JetStream past one machine); one contract test suite runs on both.
//
// Order: offsets rise with every append across the whole log; within one subject they are the subject's
// order. They need not be dense. Dedupe has no window: (subject, client, boot, seq) is remembered for as long
// as the log exists, also after retention (central/log/streams.h) has removed the event.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/strong.h"
#include "common/contract/ids.h"

namespace holeshot::log {

// Position of an event. Real ones start at 1; Offset{} (0) is "before the first".
using Offset = base::StrongInt<std::uint64_t, struct OffsetTag>;

// What goes in. `body` is one JSON object without a line break.
struct NewEvent {
  std::string subject;
  contract::ClientId client;
  contract::BootId boot;
  std::uint64_t seq = 0;  // from 1
  std::string body;
};

// What comes out.
struct Event {
  Offset offset;
  std::string subject;
  contract::ClientId client;
  contract::BootId boot;
  std::uint64_t seq = 0;
  std::uint64_t appended_at_us = 0;  // central's wall clock at append; never falls as offsets rise
  std::string body;
};

enum class Verdict : std::uint8_t {
  kAppended,   // new, and on disk
  kDuplicate,  // the same key with the same content was here already; or it was, and retention has removed it
  kConflict,   // the same key with other content was here already; nothing was written
};

struct Appended {
  Verdict verdict = Verdict::kAppended;
  // Of the event, or of the one that was here already; Offset{} where retention has removed that.
  Offset offset;
};

// Which events to read.
struct ReadRange {
  Offset after;                       // events with a greater offset
  std::vector<std::string> subjects;  // exact names; empty = all
  std::size_t max_events = 1000;
  std::size_t max_bytes = 4U << 20;  // soft: at least one event is given whatever its size
};

struct LogStats {
  std::uint64_t events = 0;      // that the log holds
  std::uint64_t pruned = 0;      // that it held and retention has removed
  std::uint64_t duplicates = 0;  // since start
  std::uint64_t conflicts = 0;   // since start
  std::uint64_t commits = 0;     // since start; events / commits shows what group commit gathers
  std::uint64_t bytes = 0;       // on disk
  Offset first;                  // of the oldest event that the log holds
  Offset last;                   // of the newest event ever
};

// Thread-safe: every method may be called from any thread at any time.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Appends in the given order and returns once everything new is on disk (fsync); one fsync serves all
  // callers that wait at that moment. The verdicts are in the order of `events`. On an error nothing of the
  // call counts as stored: kFull (disk), kClosed (an earlier fsync failed: the log refuses writes until
  // restart), kRetry. The whole call is contiguous in the log where its events are new.
  [[nodiscard]] virtual base::Result<std::vector<Appended>> append(std::span<const NewEvent> events) = 0;

  // Events in log order. Sees only what is durable. Empty at the end.
  [[nodiscard]] virtual base::Result<std::vector<Event>> read(const ReadRange& range) = 0;

  // Waits until something was appended past `after`, `limit` has passed or `stop` asks. True if there is
  // something.
  [[nodiscard]] virtual bool wait_past(Offset after, std::stop_token stop,
                                       std::chrono::milliseconds limit) = 0;

  // Offset of the newest event ever; it stays where retention has removed that event.
  [[nodiscard]] virtual Offset last() const = 0;

  // Offset of the newest event that the log holds of this subject; Offset{} where it holds none. No more than a
  // look at memory in a log that is written, so that whoever is woken can ask first whether there is anything
  // for him.
  [[nodiscard]] virtual Offset last_of(std::string_view subject) const = 0;

  // The offset of the last event before the first one appended at or after this time: reading after it replays
  // from that time. last() where nothing is that new.
  [[nodiscard]] virtual base::Result<Offset> before_time(std::uint64_t wall_us) = 0;

  // Highest n so that every seq 1..n of this source is in the log. 0 for an unknown source.
  [[nodiscard]] virtual std::uint64_t high_water(std::string_view subject, const contract::ClientId& client,
                                                 const contract::BootId& boot) const = 0;

  // Where this key is. nullopt where it never came, or where retention has removed it: high_water() and the
  // verdicts still know it then.
  [[nodiscard]] virtual base::Result<std::optional<Offset>> find(std::string_view subject,
                                                                 const contract::ClientId& client,
                                                                 const contract::BootId& boot,
                                                                 std::uint64_t seq) = 0;

  // Offset of the newest event of this subject that retention has removed; Offset{} where it removed none.
  // Whoever reads on from an earlier offset misses events and must say so.
  [[nodiscard]] virtual Offset pruned_through(std::string_view subject) const = 0;

  // Names of all subjects that hold an event, sorted.
  [[nodiscard]] virtual std::vector<std::string> subjects() const = 0;

  [[nodiscard]] virtual LogStats stats() const = 0;

  // Identity of this log, made when it was created: a ULID. What was derived from another log does not fit
  // it.
  [[nodiscard]] virtual const std::string& log_id() const = 0;
};

}  // namespace holeshot::log
