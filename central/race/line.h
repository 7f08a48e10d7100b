// Line: how one rider stands in a race, in a result or in the order on the track.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holeshot::race {

enum class Status : std::uint8_t { kFin, kRacing, kDnf, kDns, kRel, kDsq };  // in the order of a result list
[[nodiscard]] std::string_view to_string(Status status);

// One rider's line of a result, or of the order while racing.
struct Line {
  std::size_t rider = 0;  // index into Moto::riders
  Status status = Status::kRacing;
  bool ruled = false;
  bool estimated = false;
  bool unsynchronised = false;            // the time to the gate is not known
  std::optional<std::uint64_t> position;  // none for REL and DSQ
  std::optional<std::size_t> loop;        // the furthest one crossed
  std::uint64_t elapsed_us = 0;           // there
  std::uint64_t gap_us = 0;               // behind the fastest at that loop
  bool operator==(const Line&) const = default;
};

}  // namespace holeshot::race
