// GatewayReport: what central answered to many gateways. Value type; as report.h is for viewers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/load/histogram.h"

namespace holeshot::load {

struct GatewayReport {
  double seconds = 0;
  std::uint64_t gateways = 0;
  std::uint64_t events = 0;              // that central has answered for
  std::uint64_t accepted = 0;            // of those, as it counts them
  std::uint64_t duplicates = 0;          // it had them already: of batches that were sent again
  std::uint64_t unasked_duplicates = 0;  // of batches that were sent once
  std::uint64_t waiting = 0;             // captured and not answered for at the end
  std::uint64_t batches = 0;
  std::uint64_t again = 0;                        // sent once more, after a loss or when asked to
  std::uint64_t unequal = 0;                      // answers whose numbers do not add up to the batch
  Histogram ack_us;                               // from the first try to central's 200
  std::map<std::string, std::uint64_t> rejected;  // by code
  std::map<int, std::uint64_t> statuses;          // other than 200
  std::map<std::string, std::uint64_t> failures;  // connections that were not, or did not last
  double cpu_s = 0;

  [[nodiscard]] std::vector<std::string> findings() const;
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::string text() const;
};

// 0 well, 1 findings, 3 central never answered.
[[nodiscard]] int exit_status(const GatewayReport& report);

}  // namespace holeshot::load
