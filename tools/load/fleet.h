// Fleet: many viewers in one thread. It opens them at the plan's pace, reads what they are sent, brings back whoever loses
// its line, and measures. Its own delay is known: the kernel stamps what comes to each socket, so a report tells how late
// a frame was at the socket beside how late it was read.
//
//   Fleet fleet(plan, clock);
//   Worker thread("fleet", [&](std::stop_token stop) { fleet.run(stop); });
//   fleet.cut();       // what was measured since the last cut, from any thread
//   fleet.report();    // since the start
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <queue>
#include <random>
#include <stop_token>
#include <vector>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "tools/load/intake.h"
#include "tools/load/link.h"
#include "tools/load/report.h"
#include "tools/load/viewer_plan.h"

namespace holeshot::load {

// How it goes, for a line on a terminal.
struct Progress {
  std::uint64_t open = 0;
  std::uint64_t wanted = 0;
  std::uint64_t frames = 0;  // since the call before
  std::uint64_t bytes = 0;
  Histogram tick_us;  // since the call before
  std::uint64_t returns = 0;
};

class Fleet {
 public:
  // The clock outlives the fleet. REQUIRES: descriptors for every viewer (allow_descriptors).
  Fleet(ViewerPlan plan, const base::Clock& clock);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Until the plan's time is over or it is asked to stop. Once; one thread.
  void run(const std::stop_token& stop);

  // From any thread, while it runs and after.
  [[nodiscard]] Report report();
  Report cut();
  [[nodiscard]] Progress progress();
  // Every viewer loses its line at once, and comes back at once.
  void storm();

 private:
  struct Viewer {
    Link link;
    Seen seen;
    std::uint64_t number = 0;  // in the whole plan
    std::uint64_t began_us = 0;
    std::uint32_t tries = 0;  // since it was connected last
    std::uint32_t turn = 0;   // of its connection: timers of an earlier one are void
    Manner manner = Manner::kReads;
  };
  enum class Due : std::uint8_t { kConnect, kGiveUp, kSlowRead };
  struct Timer {
    std::uint64_t at_us = 0;
    std::uint32_t viewer = 0;
    std::uint32_t turn = 0;
    Due due = Due::kConnect;
    bool operator>(const Timer& other) const { return at_us > other.at_us; }
  };

  void turn(int wait_ms);
  [[nodiscard]] int wait_ms() const;
  void open_next();
  void check_timers();
  void check_storm();
  void strike();
  // At the end, those who did not read look at what they were left with: how the server ended them stands behind it.
  void look_at_last();

  void connect(std::uint32_t index);
  [[nodiscard]] std::string request_of(const Viewer& viewer) const;
  void serve(std::uint32_t index, std::uint32_t events);
  void read(std::uint32_t index, std::size_t limit);
  void shake(std::uint32_t index, std::string_view bytes, const Arrival& arrival);
  void feed(std::uint32_t index, std::string_view bytes, const Arrival& arrival);
  [[nodiscard]] bool take(Viewer& viewer, live::Opcode opcode, std::string_view payload,
                          const Arrival& arrival);
  void is_open(std::uint32_t index, const Arrival& arrival);
  void failed(std::uint32_t index, const std::string& reason);
  void lost(std::uint32_t index);
  void come_back(std::uint32_t index, std::uint64_t after_us);
  [[nodiscard]] std::uint64_t backoff_us(const Viewer& viewer);
  void watch(std::uint32_t index, std::uint32_t events, bool is_new) const;
  void at(std::uint64_t after_us, std::uint32_t index, Due due);
  // Of a run or of a part of it: `sums` with what is kept outside it.
  [[nodiscard]] Report completed(Report sums, std::uint64_t since_us, double since_cpu_s) const;

  const ViewerPlan plan_;
  const base::Clock& clock_;
  base::UniqueFd epoll_;
  base::WakeFd wake_;
  std::mutex mutex_;  // guards all below; held for one turn at a time
  Report report_;     // since the last cut
  Report past_;       // before it
  Intake intake_;
  std::vector<Viewer> viewers_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::mt19937_64 random_{1};
  std::string key_;
  std::string accept_;
  std::size_t begun_ = 0;  // viewers that the ramp has reached
  std::uint64_t start_us_ = 0;
  std::uint64_t next_storm_us_ = 0;
  bool storm_asked_ = false;
  bool leaving_ = false;      // nobody comes back any more
  std::uint64_t end_us_ = 0;  // 0: it runs
  double start_cpu_s_ = 0;
  double end_cpu_s_ = 0;
  std::uint64_t cut_us_ = 0;
  double cut_cpu_s_ = 0;
  Losses cut_losses_;  // as they stood at the last cut
  Signatures cut_signatures_;
  Progress shown_;  // as it was told last
  std::vector<char> scratch_;
};

}  // namespace holeshot::load
