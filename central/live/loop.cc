#include "central/live/loop.h"

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "central/live/client_message.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace holeshot::live {

namespace {

constexpr std::uint64_t kWakeId = 0;
constexpr std::uint64_t kListenerId = 1;
constexpr int kEventSlice = 512;
// What one viewer may send before others have their turn.
constexpr std::size_t kReadBytes = std::size_t{16} * 1024;
constexpr int kReadsPerTurn = 4;
constexpr std::size_t kMaxNewcomers = 4096;
// Questions of operators; each is a copy of the registry.
constexpr std::size_t kMaxTasks = 16;

void watch(int epoll, int fd, std::uint64_t id, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  HOLESHOT_CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0,
                 "epoll takes every open descriptor once");
}

// To everybody, in the sweep of the heartbeats that it goes with.
FramePtr ping_frame() {
  auto frame = std::make_shared<Frame>();
  frame->wire = server_frame(Opcode::kPing, {});
  frame->kind = Kind::kHeartbeat;
  return frame;
}

}  // namespace

Loop::Loop(const LiveConfig& config, base::Clock& clock, Hub& hub, unsigned index, Front& front)
    : config_(config),
      clock_(clock),
      port_(hub.attach()),
      chores_{.clock = clock,
              .counters = port_->counters(),
              .queue_frames = config.queue_frames,
              .closing = {},
              .gone = {},
              .turns = Turns(Pacer(config.coalesce_us, config.coalesce_above)),
              .idle_reader = WsReader(Peer::kClient, kMaxClientMessage)},
      switchboard_(*port_, config.empty_snapshot, clock),
      door_(config, front, hub, clock),
      polls_(switchboard_, clock, config.handshake_us),
      session_(config, switchboard_, hub, clock, std::to_string(index), door_, polls_),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      newcomers_(kMaxNewcomers),
      tasks_(kMaxTasks),
      next_beat_us_(clock.mono_us() + config.heartbeat_us) {
  HOLESHOT_CHECK(epoll_.valid(), "epoll: out of file descriptors");
  watch(epoll_.get(), port_->wake_fd().get(), kWakeId, EPOLLIN);
}

void Loop::accept_on(Acceptor acceptor, std::function<void(base::UniqueFd)> place) {
  acceptor_ = std::move(acceptor);
  place_ = std::move(place);
  watch(epoll_.get(), acceptor_->fd(), kListenerId, EPOLLIN);
}

void Loop::adopt(base::UniqueFd socket) {
  if (newcomers_.try_put(std::move(socket))) wake();
}

void Loop::run(const std::stop_token& stop, const std::function<Farewell()>& farewell) {
  // The listener has tried whether the kernel lets us have it; what fails here is a lack of descriptors or memory.
  auto writer = make_writer(config_.io, port_->counters());
  if (!writer) base::log_warn("live", writer.error().text());
  writer_ = writer ? *std::move(writer) : base::value_or_die(make_writer(Io::kEpoll, port_->counters()));
  const std::stop_callback wake_up(stop, [this] { wake(); });
  while (!stop.stop_requested()) turn(wait_ms());
  say_farewell(farewell());
}

int Loop::wait_ms() const {
  if (!unread_.empty()) return 0;
  std::uint64_t next = std::min(next_beat_us_, chores_.turns.next_us());
  if (next_look_us_ != 0) next = std::min(next, next_look_us_);
  if (!heads_.empty()) next = std::min(next, heads_.front().at_us);
  if (!farewells_.empty()) next = std::min(next, farewells_.front().at_us);
  next = std::min(next, polls_.next_due_us().value_or(next));
  const std::uint64_t now = clock_.mono_us();
  constexpr std::uint64_t kLongestMs = 60'000;
  return next <= now ? 0 : static_cast<int>(std::min((next - now) / 1000 + 1, kLongestMs));
}

void Loop::turn(int wait_ms) {
  std::array<epoll_event, kEventSlice> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventSlice, wait_ms);
  HOLESHOT_CHECK(count >= 0 || errno == EINTR, "epoll_wait of our own epoll");
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    serve(event.data.u64, event.events);
  }
  read_on();
  flush_slice();
  note_lag();
  check_clock();
  bury();
}

void Loop::serve(std::uint64_t id, std::uint32_t events) {
  if (id == kWakeId) return take_in();
  if (id == kListenerId) {
    if (acceptor_) acceptor_->accept_some(place_);
    return;
  }
  Viewer* viewer = viewers_.find(id);
  if (viewer == nullptr || viewer->state() == Viewer::State::kGone) return;
  if ((events & EPOLLERR) != 0) return viewer->drop();
  if ((events & EPOLLOUT) != 0) viewer->writable();
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) read(*viewer);
}

void Loop::take_in() {
  port_->wake_fd().drain();
  if (sweep_since_us_ == 0) sweep_since_us_ = clock_.mono_us();
  for (const PublicationPtr& publication : port_->take()) {
    switchboard_.publish(*publication);
    polls_.published(publication->topic);
  }
  run_tasks();
  if (newcomers_.size() == 0) return;
  for (base::UniqueFd& socket : newcomers_.take_all({}, std::chrono::microseconds{0}))
    admit(std::move(socket));
}

bool Loop::post(std::function<void(Loop&)> task) {
  const bool taken = tasks_.try_put(std::move(task));
  if (taken) wake();
  return taken;
}

void Loop::run_tasks() {
  if (tasks_.size() == 0) return;
  for (const auto& task : tasks_.take_all({}, std::chrono::microseconds{0})) task(*this);
}

std::vector<ViewerReport> Loop::viewers() const {
  std::vector<ViewerReport> reports;
  viewers_.each([&](const Viewer& viewer) {
    if (viewer.caller) reports.push_back(report_of(viewer, session_.client_id(viewer)));
  });
  return reports;
}

bool Loop::kick(std::uint64_t id, const std::string& reason) {
  Viewer* viewer = viewers_.find(id);
  if (viewer == nullptr || !viewer->caller || viewer->state() == Viewer::State::kGone) return false;
  session_.kick(*viewer, reason);
  return true;
}

void Loop::admit(base::UniqueFd socket) {
  if (viewers_.size() >= std::max<std::size_t>(1, config_.max_viewers / config_.loops)) {
    const std::string answer =
        refusal_response({503, "too_many_viewers", "this server is full", "Retry-After: 10\r\n"});
    // One attempt: a full server does not wait for anybody to take its refusal.
    [[maybe_unused]] const auto ignored =
        ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return;
  }
  Viewer& viewer = viewers_.add(std::move(socket), chores_);
  most_viewers_ = std::max(most_viewers_, viewers_.size());
  // Registered once, for both directions: an edge for writing comes only after a write has found the socket
  // full.
  watch(epoll_.get(), viewer.fd(), viewer.id(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  heads_.push_back({clock_.mono_us() + config_.handshake_us, viewer.id()});
}

void Loop::read(Viewer& viewer) {
  std::array<std::uint8_t, kReadBytes> bytes;
  for (int i = 0; i < kReadsPerTurn; ++i) {
    const ssize_t got = ::recv(viewer.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      session_.receive(viewer, base::ByteView{bytes}.first(static_cast<std::size_t>(got)));
      if (viewer.state() == Viewer::State::kGone) return;
    } else if (got < 0 && errno == EAGAIN) {
      return;
    } else if (got == 0 && viewer.state() == Viewer::State::kClosing) {
      return viewer.peer_is_done();
    } else if (got == 0 || errno != EINTR) {
      return viewer.drop();
    }
  }
  unread_.push_back(viewer.id());
}

void Loop::read_on() {
  for (std::size_t left = unread_.size(); left > 0; --left) {
    Viewer* viewer = viewers_.find(unread_.front());
    unread_.pop_front();
    if (viewer != nullptr && viewer->state() != Viewer::State::kGone) read(*viewer);
  }
}

void Loop::flush_slice() {
  if (chores_.turns.empty()) return;
  const std::uint64_t begin = clock_.mono_us();
  if (!chores_.turns.take(begin, slice_)) return;
  if (sweep_since_us_ == 0) sweep_since_us_ = begin;
  writer_->write(slice_);
  chores_.turns.written(slice_, begin, clock_.mono_us());
  for (Viewer* viewer : slice_) {
    if (viewer->behind() && viewer->state() == Viewer::State::kOpen && !viewer->backed_up()) {
      // Nothing more to read though there was room for it: it is up to date.
      if (!switchboard_.refill(*viewer) && viewer->has_room()) viewer->caught_up();
    }
    viewer->turn_is_over();
  }
}

// From when the first of those who do not wait on purpose was due until nobody is: ticks that gather are not late.
void Loop::note_lag() {
  if (sweep_since_us_ == 0) return;
  auto& lag_us = port_->counters().lag_us;
  lag_us.store(std::max(lag_us.load(), clock_.mono_us() - sweep_since_us_));
  if (!chores_.turns.sweeping()) sweep_since_us_ = 0;
}

void Loop::check_clock() {
  const std::uint64_t now = clock_.mono_us();
  for (const std::uint64_t id : std::exchange(chores_.closing, {}))
    farewells_.push_back({now + config_.linger_us, id});
  check_deadlines(now);
  polls_.expire(now);
  if (now >= next_beat_us_) beat(now);
}

void Loop::check_deadlines(std::uint64_t now) {
  for (; !heads_.empty() && heads_.front().at_us <= now; heads_.pop_front()) {
    Viewer* viewer = viewers_.find(heads_.front().viewer);
    if (viewer == nullptr || viewer->state() != Viewer::State::kHead) continue;
    // A poll that waits has its own time; one that was answered has a while for its next request.
    const bool waits = viewer->caller && viewer->caller->poll;
    if (waits || viewer->in.head_due_us > now) {
      heads_.push_back({now + config_.handshake_us, viewer->id()});
    } else {
      Session::head_timed_out(*viewer);
    }
  }
  for (; !farewells_.empty() && farewells_.front().at_us <= now; farewells_.pop_front()) {
    if (Viewer* viewer = viewers_.find(farewells_.front().viewer)) viewer->drop();
  }
}

void Loop::beat(std::uint64_t now) {
  next_beat_us_ = std::max(next_beat_us_ + config_.heartbeat_us, now + 1);
  switchboard_.heartbeat();
  const bool tokens_changed = door_.tokens_changed();
  const bool ping = ++beats_ % config_.heartbeats_per_ping == 0;
  const FramePtr frame = ping ? ping_frame() : nullptr;
  viewers_.each([&](Viewer& viewer) {
    if (tokens_changed) session_.judge_again(viewer);
    if (viewer.state() != Viewer::State::kOpen || viewer.transport != Transport::kWebSocket) return;
    if (now - viewer.last_pong_us > config_.pong_us) {
      viewer.drop();
    } else if (ping) {
      viewer.send(frame);
    }
  });
  give_back_memory();
}

void Loop::bury() {
  for (const std::uint64_t id : std::exchange(chores_.gone, {})) {
    Viewer* const viewer = viewers_.find(id);
    HOLESHOT_CHECK(viewer != nullptr, "a viewer goes once");
    if (viewer->standing.listed()) {
      chores_.gone.push_back(id);  // after its turn in the lists
      continue;
    }
    switchboard_.unsubscribe_all(*viewer);
    polls_.forget(*viewer);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, viewer->fd(), nullptr);
    viewers_.erase(*viewer);
  }
}

// What a crowd has left behind lies scattered over the heap, and the allocator would keep it for the next one.
void Loop::give_back_memory() {
  constexpr std::size_t kCrowd = 1'000;
  if (most_viewers_ < kCrowd || viewers_.size() > most_viewers_ / 2) return;
  most_viewers_ = viewers_.size();
  ::malloc_trim(0);
}

}  // namespace holeshot::live
