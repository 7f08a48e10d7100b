// ViewerCounts: tells viewers every ten seconds how many they are, where that has changed. Counted from what is connected and from
// who polls, never from a store. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "central/live/audience.h"
#include "central/live/hub.h"
#include "common/base/clock.h"
#include "common/base/worker.h"

namespace holeshot::central_app {

class ViewerCounts {
 public:
  using Tell = std::function<void(const std::string& track, std::uint64_t viewers)>;
  // All outlive this. `tell` is called on the thread that checks, and so is `after`, at the end of each check.
  ViewerCounts(const live::Hub& hub, live::Audience& audience, const base::Clock& clock, Tell tell,
               std::function<void()> after = {});

  // Counts, and tells of each track whose number is another than last time. Tracks of which nothing was ever told have no viewers
  // who could know: anybody may ask for any name.
  void check();
  // Checks by itself from now on, until destruction.
  void start();
  // Started, and its thread lives. Any thread.
  [[nodiscard]] bool running() const { return worker_.running(); }
  // As of the last check.
  [[nodiscard]] std::map<std::string, std::uint64_t> told() const;

 private:
  void watch(const std::stop_token& stop);

  const live::Hub& hub_;
  live::Audience& audience_;
  const base::Clock& clock_;
  const Tell tell_;
  const std::function<void()> after_;
  std::mutex checking_;       // one check at a time
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any tick_;
  std::map<std::string, std::uint64_t> told_;
  base::Worker worker_;  // last: stops before the rest goes
};

}  // namespace holeshot::central_app
