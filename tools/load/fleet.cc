#include "tools/load/fleet.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "central/live/handshake.h"
#include "common/base/check.h"

namespace holeshot::load {

namespace {

constexpr std::uint64_t kWakeId = ~std::uint64_t{0};
constexpr int kEvents = 512;
// Connections begun in one turn: about 3 ms, so that what has come is read in between.
constexpr std::size_t kOpenSlice = 64;
constexpr std::size_t kScratch = std::size_t{256} * 1024;

}  // namespace

Fleet::Fleet(ViewerPlan plan, const base::Clock& clock)
    : plan_(std::move(plan)),
      clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      intake_(plan_.tracks, report_, plan_.verify, plan_.keys),
      key_("aG9sZXNob3QtbG9hZC0wMQ=="),  // any 16 bytes; the answer shows that the server read them
      accept_(live::websocket_accept(key_)),
      scratch_(kScratch) {
  HOLESHOT_CHECK(epoll_.valid(), "epoll: out of file descriptors");
  HOLESHOT_CHECK(!plan_.tracks.empty() && plan_.threads > 0, "a plan has tracks and threads");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kWakeId}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  report_.verified = plan_.verify;
  for (std::uint64_t i = plan_.thread; i < plan_.viewers; i += plan_.threads) {
    Viewer& viewer = viewers_.emplace_back();
    viewer.number = i;
    viewer.manner = plan_.manner(i);
    viewer.seen.track = i % plan_.tracks.size();
    viewer.seen.reads = viewer.manner == Manner::kReads;
    viewer.seen.filtered = plan_.filters();
  }
  report_.viewers = viewers_.size();
}

void Fleet::run(const std::stop_token& stop) {
  const std::stop_callback wake_up(stop, [this] { wake_.wake(); });
  std::uint64_t end_us = ~std::uint64_t{0};
  {
    const std::scoped_lock lock(mutex_);
    start_us_ = cut_us_ = clock_.mono_us();
    start_cpu_s_ = cut_cpu_s_ = cpu_seconds();
    next_storm_us_ = start_us_ + plan_.storm_every_us;
    if (plan_.duration_us > 0) end_us = start_us_ + plan_.duration_us;
  }
  int wait = 0;
  while (!stop.stop_requested() && clock_.mono_us() < end_us) {
    turn(wait);
    const std::scoped_lock lock(mutex_);
    wait = wait_ms();
  }
  look_at_last();
  const std::scoped_lock lock(mutex_);
  end_us_ = clock_.mono_us();
  end_cpu_s_ = cpu_seconds();
  for (Viewer& viewer : viewers_) viewer.link.end(true);
}

// Turns are short, so the plan's end, a storm and the ramp are never more than this late.
int Fleet::wait_ms() const {
  constexpr std::uint64_t kLongest = 50;
  if (storm_asked_) return 0;
  const std::uint64_t now = clock_.mono_us();
  std::uint64_t left = kLongest;
  if (!timers_.empty())
    left = timers_.top().at_us <= now ? 0 : std::min(left, (timers_.top().at_us - now) / 1000 + 1);
  if (begun_ < viewers_.size()) left = std::min<std::uint64_t>(left, 5);
  return static_cast<int>(left);
}

void Fleet::turn(int wait_ms) {
  std::array<epoll_event, kEvents> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEvents, wait_ms);
  HOLESHOT_CHECK(count >= 0 || errno == EINTR, "epoll_wait of our own epoll");
  const std::scoped_lock lock(mutex_);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == kWakeId) {
      wake_.drain();
    } else {
      serve(static_cast<std::uint32_t>(event.data.u64), event.events);
    }
  }
  if (leaving_) return;
  open_next();
  check_timers();
  check_storm();
}

void Fleet::open_next() {
  const double passed_s = static_cast<double>(clock_.mono_us() - start_us_) / 1e6;
  // The threads of a plan share its ramp.
  const double share = plan_.ramp_per_s / plan_.threads;
  const auto due = static_cast<std::size_t>(passed_s * share) + 1;
  for (std::size_t slice = 0; slice < kOpenSlice && begun_ < std::min(due, viewers_.size()); ++slice)
    connect(static_cast<std::uint32_t>(begun_++));
}

void Fleet::check_timers() {
  const std::uint64_t now = clock_.mono_us();
  for (std::size_t slice = 0; slice < kOpenSlice && !timers_.empty() && timers_.top().at_us <= now; ++slice) {
    const Timer timer = timers_.top();
    timers_.pop();
    Viewer& viewer = viewers_[timer.viewer];
    if (timer.turn != viewer.turn) continue;
    switch (timer.due) {
      case Due::kConnect:
        connect(timer.viewer);
        break;
      case Due::kGiveUp:
        if (viewer.link.state() != Link::State::kOpen)
          failed(timer.viewer, "no answer to the handshake in 10 s");
        break;
      case Due::kSlowRead:
        if (viewer.link.state() == Link::State::kOpen) read(timer.viewer, 512);
        break;
    }
  }
}

void Fleet::check_storm() {
  const std::uint64_t now = clock_.mono_us();
  const bool due = plan_.storm_every_us > 0 && now >= next_storm_us_;
  if (!due && !storm_asked_) return;
  storm_asked_ = false;
  next_storm_us_ = now + plan_.storm_every_us;
  strike();
}

void Fleet::strike() {
  for (std::uint32_t i = 0; i < begun_; ++i) {
    if (viewers_[i].link.state() != Link::State::kOpen) continue;
    viewers_[i].seen.lost_us = clock_.wall_us();
    viewers_[i].link.end(true);
    --report_.open;
    come_back(i, 0);
  }
}

void Fleet::look_at_last() {
  std::vector<std::uint32_t> lazy;
  {
    const std::scoped_lock lock(mutex_);
    leaving_ = true;
    for (std::uint32_t i = 0; i < begun_; ++i) {
      Viewer& viewer = viewers_[i];
      if (viewer.manner == Manner::kReads || viewer.link.state() != Link::State::kOpen) continue;
      viewer.manner = Manner::kReads;
      watch(i, EPOLLIN | EPOLLRDHUP, false);
      lazy.push_back(i);
    }
  }
  // Whom the server has ended is at the end soon; who is still open then was not cut off. Soon is some seconds: a window that was
  // shut for long is found open again only by the kernel's next probe.
  constexpr std::uint64_t kLongest = 8'000'000;
  const std::uint64_t until = clock_.mono_us() + kLongest;
  const auto open = [&](std::uint32_t i) { return viewers_[i].link.state() == Link::State::kOpen; };
  while (clock_.mono_us() < until && std::ranges::any_of(lazy, open)) turn(10);
}

void Fleet::storm() {
  const std::scoped_lock lock(mutex_);
  storm_asked_ = true;
  wake_.wake();
}

Report Fleet::completed(Report sums, std::uint64_t since_us, double since_cpu_s) const {
  const std::uint64_t now = end_us_ == 0 ? clock_.mono_us() : end_us_;
  sums.seconds = now > since_us ? static_cast<double>(now - since_us) / 1e6 : 0;
  sums.cpu_s = (end_us_ == 0 ? cpu_seconds() : end_cpu_s_) - since_cpu_s;
  sums.losses = intake_.losses();
  sums.signatures = intake_.signatures();
  return sums;
}

Report Fleet::report() {
  const std::scoped_lock lock(mutex_);
  Report sums = past_;
  sums.add(report_);
  return completed(std::move(sums), start_us_, start_cpu_s_);
}

Report Fleet::cut() {
  const std::scoped_lock lock(mutex_);
  Report since = completed(report_, cut_us_, cut_cpu_s_);
  cut_us_ = clock_.mono_us();
  cut_cpu_s_ = cpu_seconds();
  Losses losses = since.losses;
  Signatures signatures = since.signatures;
  since.losses.subtract(cut_losses_);
  since.signatures.subtract(cut_signatures_);
  cut_losses_ = losses;
  cut_signatures_ = signatures;
  // What is counted moves to the past; what stands (who is connected) stays.
  const std::uint64_t open = report_.open;
  const std::uint64_t viewers = report_.viewers;
  report_.open = report_.viewers = 0;
  past_.add(report_);
  report_ = {};
  report_.open = open;
  report_.viewers = viewers;
  report_.verified = plan_.verify;
  return since;
}

Progress Fleet::progress() {
  const std::scoped_lock lock(mutex_);
  Progress now{.open = report_.open,
               .wanted = report_.viewers,
               .frames = past_.frames + report_.frames,
               .bytes = past_.bytes + report_.bytes,
               .tick_us = {},
               .returns = past_.returns.recovered + past_.returns.snapshot + report_.returns.recovered +
                          report_.returns.snapshot};
  Progress told = now;
  told.frames -= shown_.frames;
  told.bytes -= shown_.bytes;
  told.tick_us = std::exchange(report_.recent_us, {});
  shown_ = now;
  return told;
}

}  // namespace holeshot::load
