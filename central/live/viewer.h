// Viewer: one connection, from its first byte to its last. It owns the socket and what waits for it; what its
// bytes mean is Session's business, and what it is sent is Switchboard's. Belongs to one loop, is called on
// that loop's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/caller.h"
#include "central/live/frame_queue.h"
#include "central/live/hub.h"
#include "central/live/live_query.h"
#include "central/live/subscription.h"
#include "central/live/turns.h"
#include "central/live/ws_codec.h"
#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/fd.h"

namespace holeshot::live {

class Viewer;

// What viewers ask of their loop in the course of a turn. A viewer is never freed while it is listed here.
struct Chores {
  base::Clock& clock;
  LoopCounters& counters;
  std::size_t queue_frames = 0;        // what may wait for one viewer
  std::vector<std::uint64_t> closing;  // said their last word: hang up after the linger time
  std::vector<std::uint64_t> gone;     // to be freed
  Turns turns;                         // have frames, and a socket that may take them
  WsReader idle_reader;                // reads for every viewer that has nothing half-read
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

  Viewer(base::UniqueFd fd, std::uint64_t id, Chores& chores);

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
  void speak(Encoding encoding) {
    queue_.speak(encoding);
    encoding_ = encoding;
  }
  [[nodiscard]] Encoding encoding() const { return encoding_; }
  // The last words, as raw bytes or as a close frame after `notice` (which may be null).
  void hang_up(std::string response);
  void close(CloseCode code, std::string_view reason, FramePtr notice = nullptr);
  // No words at all.
  void drop();
  // The peer has said its last word too. REQUIRES: closing.
  void peer_is_done();
  // One write now, in the middle of other work. A loop's Writer does it in batches otherwise.
  void flush();
  // The socket takes bytes again.
  void writable();
  // Its subscriptions have something to catch up with: refill() is due at its next turn.
  void list();

  // --- for the loop and its Writer ---
  // The next bytes to write; returns how many pieces were filled in. None while the socket is full.
  std::size_t gather(std::span<iovec> pieces) const;
  // What became of a write of what gather() had given, `offered` bytes: those taken, or a negative errno. The rest of
  // a write that was cut short waits until the socket takes bytes again.
  void wrote(std::ptrdiff_t result, std::size_t offered);
  // Its turn is over: asks for the next one where more waits.
  void turn_is_over();
  // There may be something left to catch up with.
  [[nodiscard]] bool behind() const { return behind_; }
  void caught_up() { behind_ = false; }

  // Messages that `bytes` complete, into `out` (WsReader::feed).
  std::optional<WsFault> read(base::ByteView bytes, std::vector<WsMessage>& out);

  [[nodiscard]] bool backed_up() const { return backed_up_; }
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] std::size_t buffered_bytes() const { return queue_.bytes_waiting(); }
  [[nodiscard]] std::size_t queue_frames() const { return chores_.queue_frames; }
  // Room for frames of the past, which must leave some for what is new.
  [[nodiscard]] bool has_room() const { return !backed_up_ && queue_.size() < chores_.queue_frames / 2; }

  // A delta was not sent. Told to the viewer with every heartbeat.
  void count_dropped(std::uint64_t frames);
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

  // --- state that Session and Switchboard keep here ---
  struct Inbound {
    std::string head;                   // of the request, until it is whole
    std::uint64_t head_due_us = 0;      // when that has to be; monotonic clock
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
  Rate rate;                       // of ticks
  bool official = false;           // its token says so: never thinned
  std::uint64_t sample_seed = 0;   // of its client_id
  std::uint64_t connected_us = 0;  // wall clock
  std::uint64_t last_pong_us = 0;  // monotonic clock; the handshake counts as one
  Standing standing;               // that Turns keeps here

 private:
  void push(FramePtr frame);
  void ask_for_a_turn();
  void finish_closing();
  void cut_off(const Frame& unsent);
  void begin_closing();
  void change(State to);

  // What a sweep touches stands together.
  FrameQueue queue_;
  Chores& chores_;
  base::UniqueFd fd_;
  State state_ = State::kHead;
  Encoding encoding_ = Encoding::kJson;
  bool backed_up_ = false;
  bool behind_ = false;
  bool was_open_ = false;
  bool peer_done_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
  const std::uint64_t id_;
  std::unique_ptr<WsReader> reader_;  // only while a message has come in part
};

}  // namespace holeshot::live
