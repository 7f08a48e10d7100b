// What the race engine is fed with: decoder records and intents, read from the bodies of log events.
// docs/race.md is the reference for every field.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.h"

namespace holeshot::race {

// A transponder, or an auxiliary input, seen by a decoder. Times are microseconds.
struct Passing {
  std::string decoder_id;
  std::optional<std::uint64_t> transponder_id;  // absent, or 0: the decoder sends only the text
  std::string transponder_string;
  std::uint64_t rtc_time_us = 0;             // decoder's clock: often local time, never compared with ours
  std::optional<std::uint64_t> utc_time_us;  // only with a GPS fix
  std::uint64_t captured_at_us = 0;          // gateway's clock
  std::uint64_t passing_number = 0;
  bool resent = false;  // the gateway knows that it asked for it again
  bool operator==(const Passing&) const = default;
};

// A decoder's heartbeat. What it did not say is absent.
struct DecoderStatus {
  std::string decoder_id;
  std::optional<std::int64_t> noise;
  std::optional<std::int64_t> temperature;  // whole degrees Celsius
  std::optional<std::int64_t> gps_status;
  std::optional<std::int64_t> satellites;
  std::uint64_t captured_at_us = 0;
  bool operator==(const DecoderStatus&) const = default;
};

struct Rider {
  std::string rider_id;
  std::string first_name;
  std::string last_name;
  std::string plate_number;
  std::optional<std::uint64_t> transponder_id;
  std::string transponder_string;
  std::uint64_t lane = 0;
  bool operator==(const Rider&) const = default;
};

struct Loop {
  std::string id;
  std::string name;
  std::string decoder_id;
  std::uint64_t position = 0;
  bool is_start = false;
  bool is_finish = false;
  // Where several loops hang on one decoder: the time since the gate at which a passing can be this loop's.
  std::optional<std::uint64_t> min_us;
  std::optional<std::uint64_t> max_us;
  bool operator==(const Loop&) const = default;
};

struct TrackConfig {
  std::string name;
  std::vector<std::uint64_t> gate_transponders;  // empty: the rules' default
  std::vector<std::string> gate_decoder_ids;     // empty: any decoder
  std::vector<Loop> loops;
  bool operator==(const TrackConfig&) const = default;
};

// Everything an engine needs for a moto: it looks nothing up.
struct StageRequest {
  std::string moto_id;
  std::string event_ref;  // the race day
  std::string class_id;
  std::string class_name;
  std::string round_type;
  std::optional<std::uint64_t> race_timeout_us;
  TrackConfig track;
  std::vector<Rider> riders;
  bool operator==(const StageRequest&) const = default;
};

struct Intent {
  enum class Kind : std::uint8_t {
    kUnknown,    // a type that this engine does not know: refused, so that whoever waits gets an answer
    kMalformed,  // a known type with fields missing: `problem` says which
    kStage,
    kReset,
    kForceFinish,
    kRaceTimeout,
    kAlert,
    kClearAlert,
  };
  Kind kind = Kind::kUnknown;
  std::string type;
  std::string event_id;
  std::uint64_t ts_us = 0;
  std::string actor;
  std::string reason;
  std::string undoes;
  std::string track_id;
  std::string problem;
  std::string moto_id;        // race_timeout: required; others: must match where given
  std::string gate_event_id;  // race_timeout: which run of the moto is meant, where given
  std::string alert_id;
  std::string alert_level;
  std::string alert_text;
  StageRequest stage;
};

// One log event as the engine sees it. Monostate: nothing to do (a VERSION, a record type we do not know).
struct Input {
  std::string source;       // the log event's idempotency key
  std::string event_id;     // the envelope's or intent's
  std::uint64_t ts_us = 0;  // captured_at_us, or the intent's ts_us
  std::variant<std::monostate, Passing, DecoderStatus, Intent> what;
};

// Total: any text gives an Input or kInvalid, naming the field. `source` is the log event's key.
[[nodiscard]] base::Result<Input> parse_raw(std::string source, std::string_view body);
[[nodiscard]] base::Result<Input> parse_intent(std::string source, std::string_view body);

// The inside of a `stage` body: also how a snapshot keeps it. kInvalid with the field's name.
class JsonRef;
[[nodiscard]] base::Result<StageRequest> read_stage(JsonRef body);
// The loops of one; kInvalid with the field's name.
[[nodiscard]] base::Result<std::vector<Loop>> read_loops(JsonRef list);

}  // namespace holeshot::race
