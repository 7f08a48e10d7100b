#include "central/live/loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"

namespace holeshot::live {

namespace {

constexpr std::uint64_t kWakeId = 0;
constexpr std::uint64_t kListenerId = 1;
constexpr std::uint64_t kFirstViewerId = 2;
// Sockets written between two looks at epoll: about 2 ms of work.
constexpr std::size_t kFlushSlice = 512;
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

}  // namespace

Loop::Loop(const LiveConfig& config, base::Clock& clock, Hub& hub, unsigned index, Front& front)
    : config_(config),
      clock_(clock),
      port_(hub.attach()),
      chores_{clock, port_->counters(), {}, {}, {}, {}},
      switchboard_(*port_, config.empty_snapshot, clock),
      door_(config, front, hub, clock),
      polls_(switchboard_, clock, config.handshake_us),
      session_(config, switchboard_, hub, clock, std::to_string(index), door_, polls_),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      newcomers_(kMaxNewcomers),
      tasks_(kMaxTasks),
      next_id_(kFirstViewerId),
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
  const std::stop_callback wake_up(stop, [this] { wake(); });
  while (!stop.stop_requested()) turn(wait_ms());
  say_farewell(farewell());
}

int Loop::wait_ms() const {
  if (!chores_.to_flush.empty() || !unread_.empty()) return 0;
  std::uint64_t next = next_beat_us_;
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
  check_clock();
  bury();
}

void Loop::serve(std::uint64_t id, std::uint32_t events) {
  if (id == kWakeId) return take_in();
  if (id == kListenerId) {
    if (acceptor_) acceptor_->accept_some(config_.send_buffer_bytes, place_);
    return;
  }
  Viewer* viewer = find(id);
  if (viewer == nullptr || viewer->state() == Viewer::State::kGone) return;
  if ((events & EPOLLERR) != 0) return viewer->drop();
  if ((events & EPOLLOUT) != 0) viewer->writable();
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) read(*viewer);
}

void Loop::take_in() {
  port_->wake_fd().drain();
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
  for (const auto& [id, viewer] : viewers_) {
    if (viewer->caller) reports.push_back(report_of(*viewer, session_.client_id(*viewer)));
  }
  return reports;
}

bool Loop::kick(std::uint64_t id, const std::string& reason) {
  Viewer* viewer = find(id);
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
  const std::uint64_t id = next_id_++;
  auto viewer = std::make_unique<Viewer>(std::move(socket), id, config_.queue_frames, chores_);
  // Registered once, for both directions: an edge for writing comes only after a write has found the socket
  // full.
  watch(epoll_.get(), viewer->fd(), id, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  heads_.push_back({clock_.mono_us() + config_.handshake_us, id});
  viewers_.emplace(id, std::move(viewer));
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
    Viewer* viewer = find(unread_.front());
    unread_.pop_front();
    if (viewer != nullptr && viewer->state() != Viewer::State::kGone) read(*viewer);
  }
}

void Loop::flush_slice() {
  for (std::size_t i = 0; i < kFlushSlice && !chores_.to_flush.empty(); ++i) {
    Viewer* viewer = chores_.to_flush.front();
    chores_.to_flush.pop_front();
    viewer->unlisted();
    flush(*viewer);
  }
}

void Loop::flush(Viewer& viewer) {
  viewer.flush();
  while (viewer.state() == Viewer::State::kOpen && !viewer.backed_up() && switchboard_.refill(viewer))
    viewer.flush();
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
    Viewer* viewer = find(heads_.front().viewer);
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
    if (Viewer* viewer = find(farewells_.front().viewer)) viewer->drop();
  }
}

void Loop::beat(std::uint64_t now) {
  next_beat_us_ = std::max(next_beat_us_ + config_.heartbeat_us, now + 1);
  switchboard_.heartbeat();
  const bool tokens_changed = door_.tokens_changed();
  const bool ping = ++beats_ % config_.heartbeats_per_ping == 0;
  const FramePtr frame = ping ? make_raw_frame(server_frame(Opcode::kPing, {})) : nullptr;
  for (const auto& [id, viewer] : viewers_) {
    if (tokens_changed) session_.judge_again(*viewer);
    if (viewer->state() != Viewer::State::kOpen || viewer->transport != Transport::kWebSocket) continue;
    if (now - viewer->last_pong_us > config_.pong_us) {
      viewer->drop();
    } else if (ping) {
      viewer->send(frame);
    }
  }
}

void Loop::bury() {
  for (const std::uint64_t id : std::exchange(chores_.gone, {})) {
    const auto found = viewers_.find(id);
    HOLESHOT_CHECK(found != viewers_.end(), "a viewer goes once");
    Viewer& viewer = *found->second;
    if (viewer.listed()) {
      chores_.gone.push_back(id);  // after its turn in the flush list
      continue;
    }
    switchboard_.unsubscribe_all(viewer);
    polls_.forget(viewer);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, viewer.fd(), nullptr);
    viewers_.erase(found);
  }
}

void Loop::say_farewell(Farewell farewell) {
  acceptor_.reset();
  newcomers_.close();
  tasks_.close();
  take_in();
  polls_.dismiss_all();
  const bool restart = farewell == Farewell::kRestart;
  const ErrorNote note{.code = "restarting",
                       .message = "the server restarts; connect again and begin with the snapshot",
                       .channel = {},
                       .reconnect = Reconnect{.after_ms = 500, .jitter_ms = 5000, .from = "now"}};
  const FramePtr notice = restart ? error_frame({}, note, clock_.wall_us()) : nullptr;
  for (const auto& [id, viewer] : viewers_) {
    if (viewer->state() == Viewer::State::kHead) viewer->drop();
    viewer->close(restart ? CloseCode::kRestart : CloseCode::kGoingAway,
                  restart ? "restarting" : "going away", notice);
  }
  // Bounded by idle turns (2 s in all), and by turns at all for peers that never stop talking. Not by the
  // clock: a clock that is turned by hand would never let us go.
  constexpr int kIdleTurnMs = 50;
  constexpr int kTurns = 4000;
  for (int turns = 0, idle = 0; !viewers_.empty() && idle < 40 && turns < kTurns; ++turns) {
    const std::uint64_t writes = port_->counters().writes;
    const std::size_t before = viewers_.size();
    turn(chores_.to_flush.empty() ? kIdleTurnMs : 0);
    if (writes == port_->counters().writes && before == viewers_.size()) ++idle;
  }
  for (const auto& [id, viewer] : viewers_) switchboard_.unsubscribe_all(*viewer);
  viewers_.clear();
}

Viewer* Loop::find(std::uint64_t id) const {
  const auto found = viewers_.find(id);
  return found == viewers_.end() ? nullptr : found->second.get();
}

}  // namespace holeshot::live
