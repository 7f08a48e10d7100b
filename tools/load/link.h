// Link: one viewer's WebSocket connection without waiting: connects, shakes hands, cuts what comes into messages. Made to
// be cheap by the ten thousand: an idle link is some hundred bytes, and a message is handed out where it was read.
//
// One owner, one thread. Every call returns at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "central/live/ws_codec.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::load {

// When the bytes of a read came, by the wall clock. `socket_us` is the kernel's stamp (0 where it gave none).
struct Arrival {
  std::uint64_t read_us = 0;
  std::uint64_t socket_us = 0;
};

class Link {
 public:
  enum class State : std::uint8_t { kIdle, kConnecting, kShaking, kOpen };

  // Takes a socket that has begun to connect, and what it will ask for: a whole request head.
  void begin(base::UniqueFd fd, std::string request);
  // The socket can be written: sends the request. kRetry with the reason where the connection was refused.
  [[nodiscard]] base::Status writable();

  enum class Got : std::uint8_t { kSome, kNothing, kEnd };
  struct Bytes {
    Got got = Got::kNothing;
    std::string_view view;  // into `scratch`
    std::uint64_t socket_us = 0;
  };
  // One read of at most `size` bytes.
  [[nodiscard]] Bytes read(char* scratch, std::size_t size) const;

  // What was read before the link is open: kInvalid with the server's status line where it refuses, kCorrupt for an answer
  // that is none. Gives what follows the head, into `bytes` or into what the link holds. REQUIRES: kShaking.
  [[nodiscard]] base::Result<std::string> shake(std::string_view bytes, std::string_view accept);

  // Calls `message` for each one that `bytes` completes: text, binary, ping and close. It must not touch the link's state
  // but by end() and send(), and returns false to stop. A broken protocol gives the reason, else null.
  using OnMessage = std::function<bool(live::Opcode, std::string_view)>;
  [[nodiscard]] const char* feed(std::string_view bytes, const OnMessage& message);

  // One small frame; false where the socket does not take it at once.
  bool send(live::Opcode opcode, std::string_view payload) const;

  // Hangs up. `abruptly`: as a phone that leaves the network, and without a port that stays taken for a minute.
  void end(bool abruptly);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  const char* feed_whole(std::string_view& bytes, const OnMessage& message);
  const char* take_frame(std::uint8_t first, std::string_view payload, const OnMessage& message, bool& go_on);

  base::UniqueFd fd_;
  std::string held_;       // the request, then a half of the answer, then a half of a frame
  std::string fragments_;  // of a message that a proxy has cut up
  live::Opcode fragmented_ = live::Opcode::kContinuation;
  State state_ = State::kIdle;
};

// The request head of a handshake.
[[nodiscard]] std::string handshake_request(std::string_view host, std::string_view path,
                                            std::string_view key);

}  // namespace holeshot::load
