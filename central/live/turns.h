// Turns: whose turn it is to be written to. Two lists: what is prompt (results, control, answers, snapshots) never
// waits behind a sweep of ticks, and however much is prompt, ticks have their part of every slice. While the loop is
// busy ticks may wait for the next ones, so that two leave in one write (Pacer): until most of those who wait have
// two, something that is not to be held stands among them, or the time is up.
//
// A viewer may stand in both lists; whoever comes first writes all that waits for it. One owner, one thread; times are
// those of a clock that never runs backwards.
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
  bool doubled = false;  // in `routine`, and a second frame has come
  bool taken = false;    // in the slice that is being written
  [[nodiscard]] bool listed() const { return prompt || routine; }
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
  // Ticks and heartbeats; of these deltas alone may wait.
  void routine(Viewer& viewer, bool may_wait);

  // Whose turn has come, nobody twice; they stand in no list any more. `slice` is replaced; false where it is empty.
  bool take(std::uint64_t now_us, std::vector<Viewer*>& slice);
  // The slice has been written, between `begin_us` and `end_us`.
  void written(std::span<Viewer* const> slice, std::uint64_t begin_us, std::uint64_t end_us);

  // When there is something to take: 0 now, kNever while nobody stands here.
  [[nodiscard]] std::uint64_t next_us() const;
  [[nodiscard]] bool empty() const { return prompt_.empty() && routine_.empty(); }
  // Ticks wait no more.
  void hold_nothing() { pacer_ = Pacer(0, 1); }

 private:
  [[nodiscard]] bool routine_is_due(std::uint64_t now_us);

  Pacer pacer_;
  std::deque<Viewer*> prompt_;
  std::deque<Viewer*> routine_;
  std::size_t doubled_ = 0;            // of those in `routine_`
  std::uint64_t gather_until_us_ = 0;  // 0: nothing gathers
  bool routine_due_ = false;           // a sweep has begun, or must
};

}  // namespace holeshot::live
