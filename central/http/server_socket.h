// ClientSocket: one accepted connection with deadlines. It buffers, so that a request that was pipelined
// behind another is not lost, and ends when the server stops.
//
// One thread. Owns nothing: the HTTP library closes the descriptor's last bit, see close_gently().
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>

namespace holeshot::http {

struct SocketLimits {
  std::chrono::milliseconds idle;     // between two requests of a connection
  std::chrono::milliseconds request;  // from a request's first byte to its last
  std::chrono::milliseconds write;    // without any progress
  std::size_t head_bytes;             // request line and headers
};

class ClientSocket {
 public:
  // `stop_fd` becomes readable when the server stops and stays so.
  ClientSocket(int fd, int stop_fd, const SocketLimits& limits);

  // Waits for a request's first byte. False at the idle limit, at the end of the stream and at stop.
  [[nodiscard]] bool wait_request();
  // The head has been read: its byte limit ends.
  void head_done() { in_head_ = false; }

  // Bytes read; 0 at the end of the stream; -1 after an error, a deadline or too long a head.
  [[nodiscard]] ssize_t read(char* to, std::size_t size);
  // All of it, or -1.
  [[nodiscard]] ssize_t write(const char* from, std::size_t size);

  // Closes. What the peer still sends is read away first, within bounds: closing over unread bytes makes the
  // kernel send a reset, which can overtake and destroy the answer.
  void close_gently();

  [[nodiscard]] int fd() const { return fd_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  [[nodiscard]] bool fill();
  [[nodiscard]] bool wait_readable();

  int fd_;
  int stop_fd_;
  SocketLimits limits_;
  TimePoint deadline_;
  bool stopping_ = false;
  bool in_head_ = true;
  std::size_t head_read_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::array<char, 16384> buffer_;
};

}  // namespace holeshot::http
