// How a loop ends: see Farewell.
#include <algorithm>
#include <string>

#include "central/live/drain.h"
#include "central/live/loop.h"
#include "central/live/notices.h"

namespace holeshot::live {

namespace {

// Between two steps of a drain.
constexpr std::uint64_t kStepUs = 10'000;

FramePtr restart_notice(std::uint64_t viewers, std::uint64_t now_us) {
  const ErrorNote note{
      .code = "restarting",
      .message = "the server restarts; connect again and begin with the snapshot",
      .channel = {},
      .reconnect = Reconnect{.after_ms = 500, .jitter_ms = Drain::jitter_ms(viewers), .from = "now"}};
  return error_frame({}, note, now_us);
}

}  // namespace

// Everybody is told at once, so that whoever knows another server can leave for it; those who stay are let go
// one after the other, and have everything that is published until then.
void Loop::drain() {
  session_.drain();
  const std::uint64_t all = port_->hub().stats().total.active_clients;
  const Drain plan = Drain::begin(clock_.mono_us(), viewers_.size(), all, config_.drain_us);
  const FramePtr notice = restart_notice(all, clock_.wall_us());
  viewers_.each([&](Viewer& viewer) { viewer.send(notice); });
  std::size_t gone = 0;
  for (std::size_t place = 0; gone < plan.viewers && !viewers_.empty();) {
    const std::uint64_t now = clock_.mono_us();
    const std::size_t due = plan.due(now);
    place = viewers_.some(place, due - gone,
                          [](Viewer& viewer) { viewer.close(CloseCode::kRestart, "restarting"); });
    if (place == 0 && due > gone) break;  // all of those who are still here
    gone = due;
    next_look_us_ = now + kStepUs;
    turn(wait_ms());
  }
  next_look_us_ = 0;
}

void Loop::say_farewell(Farewell farewell) {
  const bool restart = farewell == Farewell::kRestart;
  take_in();
  if (restart) drain();
  acceptor_.reset();
  newcomers_.close();
  tasks_.close();
  take_in();
  polls_.dismiss_all();
  viewers_.each([&](Viewer& viewer) {
    if (viewer.state() == Viewer::State::kHead) viewer.drop();
    viewer.close(restart ? CloseCode::kRestart : CloseCode::kGoingAway,
                 restart ? "restarting" : "going away");
  });
  // Bounded by idle turns (2 s in all), and by turns at all for peers that never stop talking. Not by the
  // clock: a clock that is turned by hand would never let us go.
  constexpr int kIdleTurnMs = 50;
  constexpr int kTurns = 4000;
  chores_.turns.hold_nothing();
  for (int turns = 0, idle = 0; !viewers_.empty() && idle < 40 && turns < kTurns; ++turns) {
    const std::uint64_t writes = port_->counters().writes;
    const std::size_t before = viewers_.size();
    turn(chores_.turns.empty() ? kIdleTurnMs : 0);
    if (writes == port_->counters().writes && before == viewers_.size()) ++idle;
  }
  viewers_.each([&](Viewer& viewer) { switchboard_.unsubscribe_all(viewer); });
}

}  // namespace holeshot::live
