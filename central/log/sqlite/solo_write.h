// SoloWrite: a transaction that is not an append and still goes through the log's front, in its turn, so that the
// log has one writer and one rule for what a failed sync means.
#pragma once

#include "central/log/sqlite/appender.h"
#include "common/base/result.h"

namespace holeshot::log {

// Called on the thread that passes it to GroupCommit::alone(), while it stands at the front.
class SoloWrite {
 public:
  virtual ~SoloWrite() = default;
  // Within the transaction, through Appender::step(). On an error it is rolled back.
  [[nodiscard]] virtual base::Status write(Appender& appender) = 0;
  // Once it is known whether the transaction is durable; before any other write begins.
  virtual void settle(bool committed) = 0;
};

}  // namespace holeshot::log
