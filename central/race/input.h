// What the race engine is fed with: decoder records and intents, read from the bodies of log events.
// docs/race.md is the reference for every field.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

// What makes two reports of a passing the same passing: a decoder that is asked to sends it again.
struct PassingId {
  std::string decoder_id;
  std::uint64_t passing_number = 0;
  std::uint64_t rtc_time_us = 0;
  auto operator<=>(const PassingId&) const = default;
};
[[nodiscard]] PassingId id_of(const Passing& passing);
[[nodiscard]] bool is_id_of(const PassingId& id, const Passing& passing);
// As events and intents name it: "<decoder>:<number>:<rtc>".
[[nodiscard]] std::string key_of(const PassingId& id);
[[nodiscard]] std::optional<PassingId> passing_id_from(std::string_view key);

// A decoder's answer to what time it is (GET_TIME), beside the time at the gateway when it came in.
struct ClockReading {
  std::string decoder_id;
  std::uint64_t rtc_time_us = 0;
  std::uint64_t captured_at_us = 0;
  std::string host;  // which gateway process: offsets of two decoders compare only within one
  bool operator==(const ClockReading&) const = default;
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
  std::vector<std::uint64_t> transponder_ids;  // further ones of the same bike
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
  std::optional<std::uint64_t> distance_mm;  // from the gate
  bool operator==(const Loop&) const = default;
};

// What a special id means on this track.
enum class Meaning : std::uint8_t {
  kGate,    // the gate drops
  kBeacon,  // a light barrier at the foot of the start hill: a start that is estimated
  kTest,    // a test of the gate: kept, starts nothing
  kIgnore,
};
[[nodiscard]] std::string_view to_string(Meaning meaning);
[[nodiscard]] std::optional<Meaning> meaning_from(std::string_view name);

struct Wire {
  std::uint64_t transponder_id = 0;
  std::string decoder_id;  // empty: of any decoder
  Meaning means = Meaning::kGate;
  bool operator==(const Wire&) const = default;
};

struct TrackConfig {
  std::string name;
  std::vector<std::uint64_t> gate_transponders;  // empty: the rules' default
  std::vector<std::string> gate_decoder_ids;     // empty: any decoder
  std::vector<Wire> wiring;                      // beside the two above; goes before them
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
  std::string rule_book;                                     // empty: club
  std::vector<std::pair<std::string, std::uint64_t>> rules;  // single numbers that override the book's
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
    kDns,
    kDnf,
    kDsq,
    kRel,
    kSetPlace,
    kSetTime,
    kPhotoFinish,
    kAssignRider,
    kAssignLane,
    kAssignTransponder,
    kAssignPassing,
    kRerun,
    kRedFlag,
    kAllClear,
    kGate,
    kPractice,
    kUndo,
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
  std::string rider_id;                         // whom a ruling is about
  std::optional<std::uint64_t> place;           // set_place
  std::optional<std::uint64_t> elapsed_us;      // set_time
  std::optional<std::uint64_t> lane;            // assign_lane
  std::optional<std::uint64_t> transponder_id;  // assign_transponder
  std::string transponder_string;
  bool replaces = false;                 // assign_transponder: instead of the others, not beside them
  std::optional<std::uint64_t> time_us;  // gate: host time of the drop; absent: ts_us
  bool on = true;                        // practice
  bool ignore = false;                   // assign_passing: counts for nobody
  PassingId passing;                     // assign_passing
  std::vector<std::string> order;        // photo_finish: rider ids, first over the line first
  StageRequest stage;                    // stage; practice: its track and riders; assign_rider: the one rider
  std::uint64_t at_seq = 0;              // set by the engine: passings seen before it
};

// One log event as the engine sees it. Monostate: nothing to do (a VERSION, a record type we do not know).
struct Input {
  std::string source;       // the log event's idempotency key
  std::string event_id;     // the envelope's or intent's
  std::uint64_t ts_us = 0;  // captured_at_us, or the intent's ts_us
  std::variant<std::monostate, Passing, DecoderStatus, Intent, ClockReading> what;
};

// Total: any text gives an Input or kInvalid, naming the field. `source` is the log event's key.
[[nodiscard]] base::Result<Input> parse_raw(std::string source, std::string_view body);
[[nodiscard]] base::Result<Input> parse_intent(std::string source, std::string_view body);

// An intent as parse_intent() reads it, canonical: how a snapshot keeps the actions on a moto. Not for stage.
[[nodiscard]] std::string intent_json(const Intent& intent);

// The inside of a `stage` body: also how a snapshot keeps it. kInvalid with the field's name.
class JsonRef;
[[nodiscard]] base::Result<Intent> read_intent(JsonRef body);
[[nodiscard]] base::Status read_rider(JsonRef body, Rider& rider);  // lane 0 where it has none
[[nodiscard]] base::Status read_track(JsonRef body, TrackConfig& track);
[[nodiscard]] base::Result<StageRequest> read_stage(JsonRef body);
// The loops of one; kInvalid with the field's name.
[[nodiscard]] base::Result<std::vector<Loop>> read_loops(JsonRef list);

}  // namespace holeshot::race
