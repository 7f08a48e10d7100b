#include "central/log/sqlite/retention_worker.h"

#include <string>
#include <utility>

#include "common/base/log.h"

namespace holeshot::log {

namespace {

// Between two prunes for want of room: whoever tries again every millisecond does not make this thread spin.
constexpr std::chrono::milliseconds kPauseBetweenWishes{200};

void tell(const base::Result<PruneReport>& report) {
  if (!report) {
    base::log_error("log", "removing what is over its stream's limits failed",
                    {{"cause", report.error().text()}});
    return;
  }
  if (report->damaged > 0) {
    base::log_error("log", "damaged runs could not be cut and stay; run `holeshot-central log verify`",
                    {{"runs", std::to_string(report->damaged)}});
  }
  if (report->events == 0) return;
  base::log_info("log", "removed what is over its stream's limits",
                 {{"events", std::to_string(report->events)}, {"bytes", std::to_string(report->bytes)}});
}

}  // namespace

RetentionWorker::RetentionWorker(Prune prune, std::chrono::milliseconds every)
    : prune_(std::move(prune)), every_(every), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void RetentionWorker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    wanted_ = true;
  }
  wakened_.notify_one();
}

void RetentionWorker::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wakened_.wait_for(lock, stop, every_, [&] { return wanted_; });
    if (stop.stop_requested()) return;
    lock.unlock();
    tell(prune_(stop));
    lock.lock();
    wakened_.wait_for(lock, stop, kPauseBetweenWishes, [] { return false; });
    // Wishes from before the prune's end are fulfilled.
    wanted_ = false;
  }
}

}  // namespace holeshot::log
