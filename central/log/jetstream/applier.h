// Applier: one thread that brings what the streams hold into the replica, everything that has arrived in one
// transaction with one sync, and then tells whoever published it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "central/log/jetstream/intake.h"
#include "central/log/jetstream/progress.h"
#include "central/log/jetstream/tickets.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/worker.h"

namespace holeshot::log {

class Applier {
 public:
  // All of them outlive it. `streams`: names by index.
  Applier(std::vector<std::string> streams, SqliteLog& replica, Intake& intake, Tickets& tickets,
          Progress& progress);

  void start();
  void stop();
  [[nodiscard]] bool running() const { return worker_.running(); }
  // Transactions that stored something new.
  [[nodiscard]] std::uint64_t commits() const { return commits_.load(); }

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] base::Status apply(const std::vector<Arrival>& arrivals);
  [[nodiscard]] base::Status apply_one_by_one(const std::vector<Arrival>& arrivals);
  void tell(const std::vector<Arrival>& arrivals, std::vector<std::vector<Appended>> verdicts);
  [[nodiscard]] base::Status apply_or_skip(const std::vector<Arrival>& arrivals);
  void wait_to_retry(const std::stop_token& stop) const;

  std::vector<std::string> streams_;
  SqliteLog& replica_;
  Intake& intake_;
  Tickets& tickets_;
  Progress& progress_;
  std::atomic<std::uint64_t> commits_{0};
  base::Worker worker_;
};

}  // namespace holeshot::log
