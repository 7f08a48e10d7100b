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

Viewer::Viewer(base::UniqueFd fd, std::uint64_t id, Chores& chores)
    : connected_us(chores.clock.wall_us()),
      last_pong_us(chores.clock.mono_us()),
      chores_(chores),
      fd_(std::move(fd)),
      id_(id) {}

void Viewer::send(FramePtr frame) {
  if (transport == Transport::kEventStream) frame = chores_.streams.of(frame);
  if (!frame) return;
  if (state_ == State::kOpen && queue_.size() >= chores_.queue_frames && !backed_up_) flush();
  if (state_ != State::kOpen) return;
  if (queue_.size() >= chores_.queue_frames) return cut_off(*frame);
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
  // Ticks and heartbeats go to everybody at once: sweeps that results overtake. Keyframes are ticks: were they not held
  // with the others, each would be a sweep of everybody, and what comes meanwhile would be late.
  const bool tick = frame->frame_class == FrameClass::kDelta || frame->is_keyframe();
  const bool sweep = tick || frame->kind == Kind::kHeartbeat;
  queue_.push(std::move(frame));
  if (backed_up_) return;
  if (sweep) {
    chores_.turns.routine(*this, tick);
  } else {
    ask_for_a_turn();
  }
}

void Viewer::ask_for_a_turn() {
  if (!backed_up_) chores_.turns.prompt(*this);
}

void Viewer::list() {
  behind_ = true;
  ask_for_a_turn();
}

void Viewer::turn_is_over() {
  if (state_ == State::kGone) return;
  if (!queue_.empty() || (behind_ && state_ == State::kOpen)) ask_for_a_turn();
}

void Viewer::writable() {
  if (!backed_up_) return;
  backed_up_ = false;
  ask_for_a_turn();
}

std::size_t Viewer::gather(std::span<iovec> pieces) const {
  return backed_up_ || state_ == State::kGone ? 0 : queue_.fill(pieces);
}

void Viewer::wrote(std::ptrdiff_t result, std::size_t offered) {
  if (result < 0) {
    if (result == -EINTR) return;
    if (result != -EAGAIN) return drop();
    backed_up_ = true;
    return;
  }
  const std::size_t finished = queue_.consume(static_cast<std::size_t>(result));
  sent_ += finished;
  bump(chores_.counters.total_messages, finished);
  // A stream socket that takes a part is full: asking it again would be a call for nothing.
  backed_up_ = static_cast<std::size_t>(result) < offered;
  if (state_ == State::kClosing && queue_.empty()) finish_closing();
}

void Viewer::flush() {
  constexpr std::size_t kPieces = 64;  // more would only make one call longer, not the sum shorter
  std::array<iovec, kPieces> pieces;
  while (true) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = gather(pieces);
    if (message.msg_iovlen == 0) return;
    std::size_t offered = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) offered += pieces[i].iov_len;
    const ssize_t written = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    bump(chores_.counters.writes, 1);
    wrote(written < 0 ? -errno : written, offered);
  }
}

void Viewer::finish_closing() {
  if (peer_done_) return drop();
  // The peer reads our last words and then the end of the stream. Closing before it has hung up could throw
  // them away unread.
  ::shutdown(fd_.get(), SHUT_WR);
}

std::optional<WsFault> Viewer::read(base::ByteView bytes, std::vector<WsMessage>& out) {
  if (reader_) {
    auto fault = reader_->feed(bytes, out);
    if (reader_->fresh()) reader_.reset();
    return fault;
  }
  auto fault = chores_.idle_reader.feed(bytes, out);
  if (!chores_.idle_reader.fresh()) {
    reader_ = std::make_unique<WsReader>(
        std::exchange(chores_.idle_reader, WsReader(Peer::kClient, kMaxClientMessage)));
  }
  return fault;
}

void Viewer::count_dropped(std::uint64_t frames) {
  dropped_ += frames;
  bump(chores_.counters.dropped_messages, frames);
}

}  // namespace holeshot::live
