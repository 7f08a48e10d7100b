// Viewer: one connection, from its first byte to its last. It owns the socket and what waits for it; what its
// bytes mean is Session's business, and what it is sent is Switchboard's. Belongs to one loop, is called on
// that loop's thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/caller.h"
#include "central/live/frame_queue.h"
#include "central/live/hub.h"
#include "central/live/subscription.h"
#include "central/live/ws_codec.h"
#include "common/base/clock.h"
#include "common/base/fd.h"

namespace holeshot::live {

class Viewer;

// What viewers ask of their loop in the course of a turn. A viewer is never freed while it is listed here.
struct Chores {
  base::Clock& clock;
  LoopCounters& counters;
  std::deque<Viewer*> to_flush;        // have frames, and a socket that may take them
  std::vector<std::uint64_t> closing;  // said their last word: hang up after the linger time
  std::vector<std::uint64_t> gone;     // to be freed
  StreamFrames streams = {};           // frames as event streams have them
};

class Viewer {
 public:
  enum class State : std::uint8_t {
    kHead,     // its request has not come whole
    kOpen,     // a WebSocket
    kClosing,  // the last frame is queued; what comes in is thrown away
    kGone,     // the socket is of no use
  };

  Viewer(base::UniqueFd fd, std::uint64_t id, std::size_t queue_frames, Chores& chores);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool was_open() const { return was_open_; }

  // --- sending; none of these block ---

  // Ignored unless open. A viewer whose queue is full, and whose socket takes nothing, is cut off:
  // `slow_consumer`, 4408.
  void send(FramePtr frame);
  // The upgrade's answer; open from here on.
  void open(std::string response);
  // An HTTP answer after which the next request may come.
  void answer(std::string response);
  // What ticks are sent in from now on.
  void speak(Encoding encoding) { queue_.speak(encoding); }
  // The last words, as raw bytes or as a close frame after `notice` (which may be null).
  void hang_up(std::string response);
  void close(CloseCode code, std::string_view reason, FramePtr notice = nullptr);
  // No words at all.
  void drop();
  // The peer has said its last word too. REQUIRES: closing.
  void peer_is_done();
  // Writes what waits until the socket takes no more.
  void flush();
  // The socket takes bytes again.
  void writable();
  // Puts it on the list of those to flush, though nothing waits: its subscriptions have something to catch up
  // with.
  void list();
  void unlisted() { listed_ = false; }
  [[nodiscard]] bool listed() const { return listed_; }

  [[nodiscard]] bool backed_up() const { return backed_up_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] std::size_t buffered_bytes() const { return queue_.bytes_waiting(); }
  [[nodiscard]] std::size_t queue_frames() const { return queue_frames_; }
  // Room for frames of the past, which must leave some for what is new.
  [[nodiscard]] bool has_room() const { return !backed_up_ && queue_.size() < queue_frames_ / 2; }

  // A delta was not sent. Told to the viewer with every heartbeat.
  void count_dropped(std::uint64_t frames);
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  // --- state that Session and Switchboard keep here ---
  struct Inbound {
    std::string head;               // of the request, until it is whole
    std::uint64_t head_due_us = 0;  // when that has to be; monotonic clock
    WsReader reader;
    std::uint64_t received = 0;         // messages
    std::uint64_t last_message_us = 0;  // wall clock
    std::uint64_t window_start_us = 0;  // of the limit of messages; monotonic clock
    unsigned window_count = 0;
  };
  Inbound in;
  std::vector<std::string> tracks;  // the query's: what an empty list in `subscribe` means
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  std::unique_ptr<Caller> caller;  // from its request on
  Transport transport = Transport::kWebSocket;
  bool official = false;           // sent every frame, whatever the load
  std::uint64_t connected_us = 0;  // wall clock
  std::uint64_t last_pong_us = 0;  // monotonic clock; the handshake counts as one

 private:
  void push(FramePtr frame);
  void cut_off(const Frame& unsent);
  void begin_closing();
  void change(State to);

  base::UniqueFd fd_;
  const std::uint64_t id_;
  const std::size_t queue_frames_;
  Chores& chores_;
  FrameQueue queue_;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
  State state_ = State::kHead;
  bool was_open_ = false;
  bool backed_up_ = false;
  bool listed_ = false;
  bool peer_done_ = false;
};

}  // namespace holeshot::live
