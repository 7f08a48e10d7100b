// Report: what a run has measured, as numbers that merge, as one JSON object, and as text for people. Value types; no lock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/load/histogram.h"
#include "tools/load/ledger.h"
#include "tools/load/verifier.h"

namespace holeshot::load {

// What a viewer that had lost its line was given when it came back.
struct Returns {
  std::uint64_t recovered = 0;  // went on where it was
  std::uint64_t snapshot = 0;   // the present state instead
  std::uint64_t gap = 0;        // of those, told in words that what was between is gone
};

struct Report {
  double seconds = 0;
  std::uint64_t viewers = 0;      // asked for
  std::uint64_t open = 0;         // connected now
  std::uint64_t connections = 0;  // handshakes done
  std::uint64_t frames = 0;       // messages of any kind, to viewers that read
  std::uint64_t bytes = 0;        // with WebSocket headers
  std::uint64_t deltas = 0;       // of those, interim ticks
  std::uint64_t out_of_order = 0;
  std::uint64_t unreadable = 0;       // neither an envelope nor a tick, or no WebSocket frame
  std::uint64_t from_the_future = 0;  // stamped later than they came: the two clocks differ
  std::uint64_t high_traffic = 0;     // times the server said that it thins ticks
  Histogram tick_us;                  // from tick_ts to our read
  Histogram arrival_us;  // from tick_ts to the kernel's stamp on our socket: without this program's own delay
  Histogram recent_us;   // as tick_us, since somebody looked last; not part of what is printed
  Histogram event_us;    // of all other events, from ts_us to our read
  Histogram connect_us;  // from connect to the answer of the handshake
  Histogram back_us;     // from losing the line to the first frame on a new one
  Losses losses;
  Signatures signatures;
  bool verified = false;  // whether signatures were looked at
  Returns returns;
  std::map<int, std::uint64_t> closes;            // by code; 0: without one
  std::map<int, std::uint64_t> slow_closes;       // those of viewers that are slow or stalled on purpose
  std::map<std::string, std::uint64_t> failures;  // connections that did not come to be, by reason
  double cpu_s = 0;                               // of this process, all threads

  void add(const Report& other);
  // The share of interim ticks that were not sent to a viewer that could have read them.
  [[nodiscard]] double skipped_share() const;
  // What must not be: loss of a protected frame, a signature that does not hold, ... In words; empty: all is well.
  [[nodiscard]] std::vector<std::string> findings() const;
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::string text() const;
};

// The exit status: 0 well, 1 findings, 3 nobody could connect.
[[nodiscard]] int exit_status(const Report& report);

// Processor time of this process so far, in seconds.
[[nodiscard]] double cpu_seconds();

}  // namespace holeshot::load
