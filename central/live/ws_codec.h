// RFC 6455 framing, both directions. The reader is incremental and total: any bytes in any split give
// messages or one fault, never more memory than its limit. It knows no socket and no thread; one owner each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"

namespace holeshot::live {

enum class Opcode : std::uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA,
};

// Close codes of RFC 6455 and of the contract.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kNoStatus = 1005,  // never on the wire: the peer's close frame had no code
  kNotUtf8 = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kRestart = 1012,
  kTryLater = 1013,
  kBadRequest = 4400,
  kNotAuthenticated = 4401,
  kNotAllowed = 4403,
  kTooSlow = 4408,
  kTooMany = 4429,
};

// --- writing ---

// The header of an unmasked, unfragmented server frame.
void append_server_header(std::string& out, Opcode opcode, std::size_t payload_size);
[[nodiscard]] std::string server_frame(Opcode opcode, std::string_view payload);
// The text in what server_frame(kText, ..) made, without a copy. Empty for anything else.
[[nodiscard]] std::string_view server_text(std::string_view frame);
// REQUIRES: reason is UTF-8; what does not fit into a control frame (123 bytes) is cut off.
[[nodiscard]] std::string server_close_frame(CloseCode code, std::string_view reason);

enum class Fin : bool { kMore = false, kLast = true };
// A client's frame, masked with `mask`.
void append_client_frame(std::string& out, Opcode opcode, std::string_view payload, std::uint32_t mask,
                         Fin fin = Fin::kLast);
// The payload of a close frame.
[[nodiscard]] std::string close_payload(CloseCode code, std::string_view reason);

// --- reading ---

// A whole message: fragments are put together, the mask is taken off, text is UTF-8.
struct WsMessage {
  Opcode opcode = Opcode::kText;  // never kContinuation
  std::string data;               // of a close: its reason
  std::uint16_t close_code = 0;   // of a close only; 1005 where the peer gave none
};

struct WsFault {
  CloseCode close_code = CloseCode::kProtocolError;
  std::string_view reason;  // static text
};

// Whose frames are read: a client's must be masked, a server's must not be.
enum class Peer : std::uint8_t { kClient, kServer };

class WsReader {
 public:
  WsReader(Peer peer, std::size_t max_message) : max_message_(max_message), peer_(peer) {}

  // Appends every message that `bytes` completes to `out`. A fault is final: later calls give it again and
  // read nothing. Bytes after a close frame are ignored.
  std::optional<WsFault> feed(base::ByteView bytes, std::vector<WsMessage>& out);

  // Between messages: nothing half-read is held.
  [[nodiscard]] bool idle() const { return header_have_ == 0 && !payload_open_ && !fragmented_; }
  // As new: idle, and neither a fault nor a close frame has come. It may read for somebody else.
  [[nodiscard]] bool fresh() const { return idle() && !fault_ && !closed_; }

 private:
  using Step = std::optional<WsFault>;
  Step take_header(base::ByteView& bytes);
  [[nodiscard]] Step check_first_two() const;
  [[nodiscard]] std::size_t header_size() const;
  Step open_payload();
  void take_payload(base::ByteView& bytes);
  Step finish_frame(std::vector<WsMessage>& out);
  Step finish_data(std::vector<WsMessage>& out);
  Step finish_close(std::vector<WsMessage>& out);
  [[nodiscard]] Opcode opcode() const { return static_cast<Opcode>(header_[0] & 0x0F); }
  [[nodiscard]] bool is_control() const { return (header_[0] & 0x08) != 0; }
  [[nodiscard]] bool is_last() const { return (header_[0] & 0x80) != 0; }

  std::size_t max_message_;
  std::size_t header_have_ = 0;
  std::size_t payload_left_ = 0;
  std::size_t mask_at_ = 0;
  std::string message_;
  std::string control_;
  std::optional<WsFault> fault_;
  std::array<std::uint8_t, 14> header_{};  // 2 + at most 8 of length + 4 of mask
  std::array<std::uint8_t, 4> mask_{};
  Peer peer_;
  Opcode message_opcode_ = Opcode::kText;
  bool payload_open_ = false;
  bool fragmented_ = false;  // a data message has begun and its last fragment is still to come
  bool closed_ = false;
};

}  // namespace holeshot::live
