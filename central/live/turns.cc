#include "central/live/turns.h"

#include <utility>

#include "central/live/viewer.h"

namespace holeshot::live {

void Turns::prompt(Viewer& viewer) {
  if (!std::exchange(viewer.standing.prompt, true)) prompt_.push_back(&viewer);
}

void Turns::routine(Viewer& viewer, bool may_wait) {
  Standing& standing = viewer.standing;
  if (standing.prompt || standing.routine) return;  // it leaves with what is there
  const bool odd = viewer.id() % 2 == 1;
  if (!may_wait || !pacer_.gathering()) {
    standing.alone = odd;
    due(viewer);
  } else if (standing.held || std::exchange(standing.alone, false)) {
    due(viewer);
  } else {
    wait(viewer);
  }
}

void Turns::due(Viewer& viewer) {
  if (!std::exchange(viewer.standing.routine, true)) routine_.push_back(&viewer);
}

void Turns::wait(Viewer& viewer) {
  viewer.standing.held = true;
  if (std::exchange(viewer.standing.waiting, true)) return;
  waiting_.push_back(&viewer);
  ++came_;
}

void Turns::stop_waiting() {
  Viewer& viewer = *waiting_.front();
  waiting_.pop_front();
  ++went_;
  viewer.standing.waiting = false;
  if (viewer.standing.held) due(viewer);
}

void Turns::let_go(std::uint64_t now_us) {
  pacer_.look(now_us);
  if (came_ > (marks_.empty() ? went_ : marks_.back().upto))
    marks_.push_back({now_us + pacer_.hold_us(), came_});
  while (!waiting_.empty() && (!pacer_.gathering() || !waiting_.front()->standing.held ||
                               (went_ < marks_.front().upto && marks_.front().until_us <= now_us))) {
    stop_waiting();
    while (!marks_.empty() && marks_.front().upto <= went_) marks_.pop_front();
  }
}

void Turns::hold_nothing() {
  pacer_ = Pacer(0, 1);
  while (!waiting_.empty()) stop_waiting();
  marks_.clear();
}

bool Turns::take(std::uint64_t now_us, std::vector<Viewer*>& slice) {
  slice.clear();
  const auto put = [&slice](Viewer& viewer) {
    viewer.standing.held = false;
    if (!std::exchange(viewer.standing.taken, true)) slice.push_back(&viewer);
  };
  let_go(now_us);
  const std::size_t for_prompt = routine_.empty() ? kSlice : kSlice - kRoutineShare;
  for (; slice.size() < for_prompt && !prompt_.empty(); prompt_.pop_front()) {
    prompt_.front()->standing.prompt = false;
    put(*prompt_.front());
  }
  for (; slice.size() < kSlice && !routine_.empty(); routine_.pop_front()) {
    routine_.front()->standing.routine = false;
    put(*routine_.front());
  }
  return !slice.empty();
}

void Turns::written(std::span<Viewer* const> slice, std::uint64_t begin_us, std::uint64_t end_us) {
  pacer_.wrote(begin_us, end_us);
  for (Viewer* viewer : slice) viewer->standing.taken = false;
}

std::uint64_t Turns::next_us() const {
  if (!prompt_.empty() || !routine_.empty()) return 0;
  if (waiting_.empty()) return kNever;
  // Who has just come is given a time at the next look.
  return marks_.empty() || marks_.back().upto < came_ ? 0 : marks_.front().until_us;
}

}  // namespace holeshot::live
