#include "central/live/viewer.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "central/live/client_message.h"
#include "central/live/notices.h"

namespace holeshot::live {

namespace {

// One writer, so no read-modify-write is needed.
void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace

Viewer::Viewer(base::UniqueFd fd, std::uint64_t id, std::size_t queue_frames, Chores& chores)
    : in{.head = {}, .reader = WsReader(Peer::kClient, kMaxClientMessage)},
      connected_us(chores.clock.wall_us()),
      last_pong_us(chores.clock.mono_us()),
      fd_(std::move(fd)),
      id_(id),
      queue_frames_(queue_frames),
      chores_(chores) {}

void Viewer::send(FramePtr frame) {
  if (transport == Transport::kEventStream) frame = chores_.streams.of(frame);
  if (!frame) return;
  if (state_ == State::kOpen && queue_.size() >= queue_frames_ && !backed_up_) flush();
  if (state_ != State::kOpen) return;
  if (queue_.size() >= queue_frames_) return cut_off(*frame);
  push(std::move(frame));
}

void Viewer::open(std::string response) {
  push(make_raw_frame(std::move(response)));
  state_ = State::kOpen;
  was_open_ = true;
  bump(chores_.counters.total_connections, 1);
  bump(chores_.counters.active_clients, 1);
}

void Viewer::answer(std::string response) {
  if (state_ == State::kHead) push(make_raw_frame(std::move(response)));
}

void Viewer::hang_up(std::string response) {
  if (state_ == State::kClosing || state_ == State::kGone) return;
  push(make_raw_frame(std::move(response)));
  begin_closing();
}

void Viewer::close(CloseCode code, std::string_view reason, FramePtr notice) {
  if (state_ != State::kOpen) return;
  const bool stream = transport == Transport::kEventStream;
  if (notice) push(stream ? stream_frame(*notice) : std::move(notice));
  // A stream has no close frame: it ends, after a comment.
  push(make_raw_frame(stream ? std::string{": end\n\n"} : server_close_frame(code, reason)));
  begin_closing();
}

void Viewer::begin_closing() {
  change(State::kClosing);
  chores_.closing.push_back(id_);
}

void Viewer::change(State to) {
  if (state_ == State::kOpen) chores_.counters.active_clients.fetch_sub(1, std::memory_order_relaxed);
  state_ = to;
}

void Viewer::peer_is_done() {
  peer_done_ = true;
  if (queue_.empty()) drop();
}

void Viewer::cut_off(const Frame& unsent) {
  count_dropped(queue_.drop_unwritten() + 1);
  bump(chores_.counters.slow_closed, 1);
  const Place place{unsent.topic, unsent.epoch, unsent.seq};
  const ErrorNote note{
      .code = "slow_consumer",
      .message = "too many frames were waiting for you; connect again and begin with the snapshot",
      .channel = {},
      .reconnect = Reconnect{.after_ms = 1000, .jitter_ms = 2000, .from = "now"}};
  close(CloseCode::kTooSlow, "slow_consumer", error_frame(place, note, chores_.clock.wall_us()));
}

void Viewer::drop() {
  if (state_ == State::kGone) return;
  change(State::kGone);
  chores_.gone.push_back(id_);
}

void Viewer::push(FramePtr frame) {
  queue_.push(std::move(frame));
  list();
}

void Viewer::list() {
  if (listed_ || backed_up_) return;
  listed_ = true;
  chores_.to_flush.push_back(this);
}

void Viewer::writable() {
  if (!backed_up_) return;
  backed_up_ = false;
  list();
}

void Viewer::flush() {
  constexpr std::size_t kPieces = 64;  // more would only make one call longer, not the sum shorter
  if (backed_up_) return;
  while (!queue_.empty() && state_ != State::kGone) {
    std::array<iovec, kPieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = queue_.fill(pieces);
    const ssize_t written = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    bump(chores_.counters.writes, 1);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return drop();
      backed_up_ = true;
      return;
    }
    const std::size_t finished = queue_.consume(static_cast<std::size_t>(written));
    sent_ += finished;
    bump(chores_.counters.total_messages, finished);
  }
  if (state_ != State::kClosing) return;
  if (peer_done_) return drop();
  // The peer reads our last words and then the end of the stream. Closing before it has hung up could throw
  // them away unread.
  ::shutdown(fd_.get(), SHUT_WR);
}

void Viewer::count_dropped(std::uint64_t frames) {
  dropped_ += frames;
  bump(chores_.counters.dropped_messages, frames);
}

}  // namespace holeshot::live
