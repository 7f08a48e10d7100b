// Turns: whose turn it is to be written to. Two lists: what is prompt (results, control, answers, snapshots) never
// waits behind a sweep of ticks, and however much is prompt, ticks have their part of every slice.
//
// While the loop is busy (Pacer) a tick waits for the next one, so that two leave in one write. One half of the
// viewers waits for the odd ticks and the other for the even ones: each sweep is half as long, and so is what it adds
// to the wait. Whatever is not a tick is written at once and takes along what waits.
//
// A viewer may stand in several lists; whoever comes first writes all that waits for it. One owner, one thread; times
// are those of a clock that never runs backwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "central/live/pacer.h"

namespace holeshot::live {

class Viewer;

// Where a viewer stands. Kept in the viewer, touched by Turns alone.
struct Standing {
  bool prompt = false;
  bool routine = false;
  bool waiting = false;  // stands among those who wait, perhaps for nothing any more
  bool held = false;     // a tick waits for the next one
  bool alone = false;    // the next tick does not wait: what makes the halves
  bool taken = false;    // in the slice that is being written
  [[nodiscard]] bool listed() const { return prompt || routine || waiting; }
};

class Turns {
 public:
  // Viewers in one slice: about 2 ms of work between two looks at what comes in.
  static constexpr std::size_t kSlice = 512;
  static constexpr std::size_t kRoutineShare = 128;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  explicit Turns(Pacer pacer) : pacer_(pacer) {}

  // A viewer that is listed is not freed.
  void prompt(Viewer& viewer);
  // Ticks and heartbeats; of these ticks alone may wait.
  void routine(Viewer& viewer, bool may_wait);

  // Whose turn has come, nobody twice; they stand in no list any more. `slice` is replaced; false where it is empty.
  bool take(std::uint64_t now_us, std::vector<Viewer*>& slice);
  // The slice has been written, between `begin_us` and `end_us`.
  void written(std::span<Viewer* const> slice, std::uint64_t begin_us, std::uint64_t end_us);

  // When there is something to take: 0 now, kNever while nobody stands here.
  [[nodiscard]] std::uint64_t next_us() const;
  [[nodiscard]] bool empty() const { return prompt_.empty() && routine_.empty() && waiting_.empty(); }
  // Somebody's turn is due now.
  [[nodiscard]] bool sweeping() const { return !prompt_.empty() || !routine_.empty(); }
  // Ticks wait no more.
  void hold_nothing();

 private:
  // Until when those wait who came before the `upto`th.
  struct Mark {
    std::uint64_t until_us;
    std::uint64_t upto;
  };
  void due(Viewer& viewer);
  void wait(Viewer& viewer);
  void stop_waiting();
  void let_go(std::uint64_t now_us);

  Pacer pacer_;
  std::deque<Viewer*> prompt_;
  std::deque<Viewer*> routine_;
  std::deque<Viewer*> waiting_;
  std::deque<Mark> marks_;
  std::uint64_t came_ = 0;  // to `waiting_`, ever
  std::uint64_t went_ = 0;
};

}  // namespace holeshot::live
