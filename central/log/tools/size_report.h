// SizeReport: what `holeshot-central log size` says, as JSON and as a table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "central/log/sizing.h"

namespace holeshot::log {

struct SizeReport {
  std::vector<StreamSize> streams;
  std::string disk;  // disk_advice(); empty where the limits fit or no disk was asked

  [[nodiscard]] bool enough() const;
  // What the whole log will take on disk.
  [[nodiscard]] std::uint64_t disk_bytes() const;
};

// {"advice":[..],"disk_bytes","enough","streams":[{"advice","bytes_per_day","bytes_per_event","days","disk_bytes","enough",
//  "events_per_s","limit_bytes","needed_bytes","stream"}]}
[[nodiscard]] std::string size_json(const SizeReport& report);
[[nodiscard]] std::string size_text(const SizeReport& report);

}  // namespace holeshot::log
