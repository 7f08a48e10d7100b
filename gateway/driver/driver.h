// Driver: what a decoder's bytes mean. The seam between the line (gateway/source), which only moves bytes, and the
// protocols, each in a folder of its own below this one (docs/drivers.md says how to add one). A driver is pure: bytes
// and moments go in, records and bytes to send come out. It knows no file, socket, thread or clock of its own.
//
// The reader's thread alone calls it, in this order:
//
//   opened(now)  then any of  feed(bytes, now, sink) | tick(now)  and after each take_outgoing()  ...  broken(now)
//
// feed() and tick() may come before opened() (a recording); whatever pieces the bytes come in, the records are the same.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"

namespace holeshot::driver {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

// One moment on both of the machine's clocks: the wall's, which people set, and the one that only runs on.
struct Moment {
  std::uint64_t wall_us = 0;
  std::uint64_t mono_us = 0;
  bool operator==(const Moment&) const = default;
};

// A transponder over a loop, as people want to see it at once. Not what is kept: that is the payload.
struct Sighting {
  std::string decoder_id;
  std::optional<std::uint64_t> transponder_id;
  std::string transponder_text;  // "FL-94890"; empty where the decoder sent none
  std::optional<std::uint64_t> passing_number;
  std::optional<std::uint64_t> strength;
  std::optional<std::uint64_t> hits;
  bool battery_low = false;
  bool resent = false;
  bool operator==(const Sighting&) const = default;
};

// One decoded record. What the gateway itself knows about it stands beside the payload, never in it.
struct Record {
  std::string message_type;  // PASSING, STATUS, ...
  std::string payload;       // the contract's payload: one canonical JSON object with message_type and raw
  std::uint64_t captured_at_us = 0;
  std::uint64_t captured_mono_us = 0;
  std::optional<std::int64_t> decoder_offset_us;  // decoder's clock less ours, where it is known
  bool resent = false;                            // it came because it was asked for again
  bool decoder_clock_stepped = false;             // found since the last record
  std::optional<Sighting> sighting;               // of a passing
};
using RecordSink = std::function<void(Record&&)>;

// A small text that the driver wants back after a restart, kept in the same transaction as the records it came with:
// "p3/D0000C00/last" -> "8842". Keys are the driver's own; they start with its name.
struct Mark {
  std::string key;
  std::string value;
  bool operator==(const Mark&) const = default;
};

// What is known of one decoder (one driver may hear several behind one line).
struct DecoderHealth {
  std::string decoder_id;
  std::string model;  // empty: it has not said
  std::string firmware;
  std::uint64_t last_record_us = 0;  // wall clock
  std::optional<std::uint64_t> noise;
  std::optional<std::int64_t> temperature_c;
  std::optional<std::uint64_t> input_voltage_dv;
  std::optional<std::uint64_t> last_passing_number;
  std::uint64_t passings = 0;
  std::uint64_t missing = 0;     // passing numbers that never came, so far
  std::string missing_numbers;   // which, for people: "8850-8853, 8860"; the newest where there are many
  std::uint64_t recovered = 0;   // that came when asked for again
  std::uint64_t duplicates = 0;  // resent ones that we held already
  std::uint64_t counter_restarts = 0;
  std::optional<std::int64_t> clock_offset_us;
  std::optional<std::int64_t> clock_drift_ppm;
  std::uint64_t clock_steps = 0;
  std::vector<std::string> not_supported;  // requests that it refused or never answered
};

struct DriverHealth {
  std::uint64_t records = 0;
  std::uint64_t skipped_bytes = 0;                             // damaged or foreign
  std::uint64_t damaged_frames = 0;                            // begun but not good
  std::vector<std::pair<std::string, std::uint64_t>> skipped;  // events by reason; only those that happened
  std::vector<DecoderHealth> decoders;
};

class Driver {
 public:
  virtual ~Driver() = default;
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // The line is open, for the first time or again.
  virtual void opened(Moment now) = 0;
  // The line ended: what was begun will not go on.
  virtual void broken(Moment now) = 0;
  // `sink` gets every record that ends in `bytes`, which were read at `now`, in order.
  virtual void feed(base::ByteView bytes, Moment now, const RecordSink& sink) = 0;
  // Time passed: drops what stays open, plans what is to be asked. Called at due_us() or later.
  virtual void tick(Moment now) = 0;
  // When tick() is wanted next (monotonic).
  [[nodiscard]] virtual std::uint64_t due_us() const = 0;
  // What is to be written to the decoder now; empty for nothing. Always empty for a passive driver.
  [[nodiscard]] virtual base::Bytes take_outgoing() { return {}; }
  // What is to be kept with the records since the last call.
  [[nodiscard]] virtual std::vector<Mark> take_marks() { return {}; }
  [[nodiscard]] virtual DriverHealth health() const = 0;
};

// What was captured before this start, for a driver that must know what it has.
struct Past {
  std::vector<Mark> marks;            // of this driver, from every start
  std::vector<std::string> passings;  // payloads of PASSING still in the spool, newest first
};

struct DriverOptions {
  bool passive = false;  // never write a byte to the decoder
  std::string source;    // the line's name, for logs and where the protocol has no decoder id
  Past past;
};

// What a protocol's folder offers: one of these, from its function `info()`.
struct DriverInfo {
  std::string_view name;           // as in ?driver=NAME
  std::string_view what;           // one line for people
  std::uint16_t default_port = 0;  // TCP; a line to this port needs no ?driver=
  std::unique_ptr<Driver> (*make)(DriverOptions options) = nullptr;
  // The byte that every frame begins with and that stands nowhere else; where a listener may join the stream.
  std::optional<std::uint8_t> frame_start = {};
};

}  // namespace holeshot::driver
