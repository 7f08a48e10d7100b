// Sizing: how much room each stream of the log needs, and whether its limits give it (rows S1-SZ.1 and S1-SZ.2):
//   bytes_per_day = tracks * messages per second * bytes each * 86400
//   MaxBytes     >= bytes_per_day * days * 1.3
// Pure. What a stream gets is reckoned from what decoders send, by shares: those of a usual race day, or measured ones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "central/log/sqlite/survey.h"
#include "central/log/streams.h"

namespace holeshot::log {

// Room beyond the average of a day: race days are not all alike.
inline constexpr double kHeadroom = 1.3;
// What the SQLite file takes per byte of events: rows, two indexes and half-filled pages. Measured: `log size --data`
// prints a log's own.
inline constexpr double kUsualDiskFactor = 1.1;

// How many events of a stream come per message of a decoder, and how large they are.
struct StreamShare {
  std::string stream;
  double per_message = 0;
  double bytes = 0;
};

// Of a race day with passings and status messages as they usually come.
[[nodiscard]] std::vector<StreamShare> usual_shares();
// Of a log: what its subjects hold over what its raw stream holds. A stream of which it holds nothing, and all where it
// has no raw event, get their usual share.
[[nodiscard]] std::vector<StreamShare> measured_shares(std::span<const StreamRule> streams,
                                                       std::span<const SubjectFigures> figures);

struct SizeRequest {
  double tracks = 0;
  double messages_per_s = 0;  // of one track's decoders together
  std::vector<StreamShare> shares = usual_shares();
  std::optional<double> raw_days;  // to keep what decoders sent for so long, whatever the limit says
  double disk_factor = kUsualDiskFactor;
};

struct StreamSize {
  std::string stream;
  double events_per_s = 0;
  double bytes_per_event = 0;
  double bytes_per_day = 0;
  double days = 0;                 // that are to be kept; 0: for ever, or by number per subject
  std::uint64_t needed_bytes = 0;  // with headroom; 0 where days is 0 and nothing bounds it
  std::uint64_t limit_bytes = 0;   // 0: none
  std::uint64_t disk_bytes = 0;    // what the embedded log will take for it
  std::string advice;              // in words, what is too small and what to set; empty where it is enough

  [[nodiscard]] bool enough() const { return advice.empty(); }
};

// One row per stream, in their order.
[[nodiscard]] std::vector<StreamSize> size_streams(std::span<const StreamRule> streams,
                                                   const SizeRequest& request);

// In words where all limits together allow more than `free_bytes` beside the `used_bytes` that the log takes already;
// empty where they fit. A stream without a limit in bytes counts nothing.
[[nodiscard]] std::string disk_advice(std::span<const StreamRule> streams, std::uint64_t used_bytes,
                                      std::uint64_t free_bytes, double disk_factor = kUsualDiskFactor);

}  // namespace holeshot::log
