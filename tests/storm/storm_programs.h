// The programs of a storm: central, and the bus where its log is on one, killed and restarted on the same folders.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/process_test_kit.h"

namespace holeshot::storm {

// One thread restarts it; port() may be asked from any.
class CentralProgram {
 public:
  // Starts `bin`/holeshot-central with `options` more words; ends the process where it does not come up.
  CentralProgram(std::string bin, std::string data, std::vector<std::string> options);

  // 0 while it is down. It takes another one at each start.
  [[nodiscard]] std::uint16_t port() const { return port_.load(); }
  // Ends it by this signal and starts it again.
  void restart(int signal);
  // Waits until everything in the log has been worked off. False where that does not come.
  [[nodiscard]] bool settle() const;
  void stop();
  // Resident memory of the process.
  [[nodiscard]] std::uint64_t memory_kb() const;

 private:
  void start();

  const std::string bin_;
  const std::string data_;
  const std::vector<std::string> options_;
  std::unique_ptr<base::Child> child_;
  std::atomic<std::uint16_t> port_{0};
};

}  // namespace holeshot::storm
