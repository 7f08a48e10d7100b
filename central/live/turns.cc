#include "central/live/turns.h"

#include <utility>

#include "central/live/viewer.h"

namespace holeshot::live {

void Turns::prompt(Viewer& viewer) {
  if (!std::exchange(viewer.standing.prompt, true)) prompt_.push_back(&viewer);
}

void Turns::routine(Viewer& viewer, bool may_wait) {
  Standing& standing = viewer.standing;
  if (standing.prompt) return;  // it leaves with what is prompt
  if (!may_wait) routine_due_ = true;
  if (!std::exchange(standing.routine, true)) {
    routine_.push_back(&viewer);
  } else if (!std::exchange(standing.doubled, true)) {
    ++doubled_;
  }
}

bool Turns::take(std::uint64_t now_us, std::vector<Viewer*>& slice) {
  slice.clear();
  const auto put = [&slice](Viewer& viewer) {
    if (!std::exchange(viewer.standing.taken, true)) slice.push_back(&viewer);
  };
  const bool sweep = routine_is_due(now_us);
  const std::size_t for_prompt = sweep ? kSlice - kRoutineShare : kSlice;
  for (; slice.size() < for_prompt && !prompt_.empty(); prompt_.pop_front()) {
    prompt_.front()->standing.prompt = false;
    put(*prompt_.front());
  }
  for (; sweep && slice.size() < kSlice && !routine_.empty(); routine_.pop_front()) {
    Standing& standing = routine_.front()->standing;
    standing.routine = false;
    if (std::exchange(standing.doubled, false)) --doubled_;
    put(*routine_.front());
  }
  if (routine_.empty()) routine_due_ = false;
  return !slice.empty();
}

bool Turns::routine_is_due(std::uint64_t now_us) {
  if (routine_.empty()) return false;
  pacer_.look(now_us);
  if (!routine_due_ && pacer_.gathering() && doubled_ * 2 < routine_.size()) {
    if (gather_until_us_ == 0) gather_until_us_ = now_us + pacer_.hold_us();
    if (now_us < gather_until_us_) return false;
  }
  routine_due_ = true;  // a sweep that has begun goes on
  gather_until_us_ = 0;
  return true;
}

void Turns::written(std::span<Viewer* const> slice, std::uint64_t begin_us, std::uint64_t end_us) {
  pacer_.wrote(begin_us, end_us);
  for (Viewer* viewer : slice) viewer->standing.taken = false;
}

std::uint64_t Turns::next_us() const {
  if (empty()) return kNever;
  return prompt_.empty() && !routine_due_ ? gather_until_us_ : 0;
}

}  // namespace holeshot::live
