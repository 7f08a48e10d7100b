// WsClient: a small blocking WebSocket client for tests, benchmarks and tools. One owner, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "central/live/ws_codec.h"
#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::live {

struct WsClientOptions {
  std::string subprotocols = {};            // a comma-separated list; empty: none
  int receive_buffer_bytes = 0;             // SO_RCVBUF; 0: the system's. Small ones make a slow viewer.
  std::chrono::milliseconds timeout{5000};  // for connecting and for the handshake
  std::size_t max_message = 8U << 20U;
};

class WsClient {
 public:
  // Connects and does the handshake. kInvalid with status line and body where the server refuses; kRetry
  // where it cannot be reached or does not answer in time.
  [[nodiscard]] static base::Result<std::unique_ptr<WsClient>> connect(const std::string& host,
                                                                       std::uint16_t port,
                                                                       std::string_view target,
                                                                       const WsClientOptions& options = {});

  // The next message of any kind, waiting at most `timeout`. Pings are answered on the way, and not given
  // out; a close is answered and given out. kRetry: nothing came in time; kClosed: the connection has ended;
  // kCorrupt: the server broke the protocol.
  [[nodiscard]] base::Result<WsMessage> next(std::chrono::milliseconds timeout);
  // The next text. A close frame is kClosed, with code and reason in the message.
  [[nodiscard]] base::Result<std::string> next_text(std::chrono::milliseconds timeout);

  [[nodiscard]] base::Status send_text(std::string_view text);
  [[nodiscard]] base::Status send(Opcode opcode, std::string_view payload);
  [[nodiscard]] base::Status send_raw(std::string_view bytes);
  // Sends the close frame and waits for the server's.
  [[nodiscard]] base::Status close(CloseCode code, std::chrono::milliseconds timeout);

  // Off: pings are given out like any other message and get no answer.
  void answer_pings(bool on) { answer_pings_ = on; }
  // What the server chose; empty: none.
  [[nodiscard]] const std::string& subprotocol() const { return subprotocol_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  WsClient(base::UniqueFd fd, const WsClientOptions& options);
  base::Status shake_hands(const std::string& host, std::string_view target, const WsClientOptions& options);
  base::Status check_answer(std::string_view head, std::string_view rest, const std::string& key);
  base::Status read_more(std::chrono::milliseconds timeout);
  base::Status take(base::ByteView bytes);

  base::UniqueFd fd_;
  WsReader reader_;
  std::deque<WsMessage> messages_;
  std::string subprotocol_;
  std::mt19937 masks_;
  bool answer_pings_ = true;
};

// A connected, blocking TCP socket. kRetry where nobody listens.
[[nodiscard]] base::Result<base::UniqueFd> connect_tcp(const std::string& host, std::uint16_t port,
                                                       int receive_buffer_bytes = 0);
// All that the peer sends until it hangs up; kRetry when that takes longer than `timeout`.
[[nodiscard]] base::Result<std::string> read_to_end(int fd, std::chrono::milliseconds timeout);
// All of `bytes`; kClosed when the peer is gone.
[[nodiscard]] base::Status write_all(int fd, std::string_view bytes);

}  // namespace holeshot::live
