#include "central/live/ws_codec.h"

#include <algorithm>
#include <span>
#include <utility>

#include "common/base/json_text.h"

namespace holeshot::live {

namespace {

constexpr std::uint8_t kFinBit = 0x80;
constexpr std::uint8_t kMaskBit = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::size_t kMaxControlPayload = 125;
constexpr std::size_t kLength16 = 126;
constexpr std::size_t kLength64 = 127;

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned shift = bytes * 8; shift > 0; shift -= 8)
    out += static_cast<char>((value >> (shift - 8)) & 0xFF);
}

std::uint64_t load_big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t b : bytes) value = (value << 8) | b;
  return value;
}

void append_header(std::string& out, std::uint8_t first, std::uint8_t mask_bit, std::size_t size) {
  out += static_cast<char>(first);
  if (size <= kMaxControlPayload) {
    out += static_cast<char>(mask_bit | size);
  } else if (size <= 0xFFFF) {
    out += static_cast<char>(mask_bit | kLength16);
    append_big_endian(out, size, 2);
  } else {
    out += static_cast<char>(mask_bit | kLength64);
    append_big_endian(out, size, 8);
  }
}

bool known(Opcode opcode) {
  switch (opcode) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      return true;
  }
  return false;
}

// RFC 6455 section 7.4: what may stand in a close frame. 1004 to 1006 and 1015 are reserved, 1016 to 2999
// unassigned.
bool valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

WsFault protocol(std::string_view reason) { return {CloseCode::kProtocolError, reason}; }

}  // namespace

void append_server_header(std::string& out, Opcode opcode, std::size_t payload_size) {
  append_header(out, kFinBit | std::to_underlying(opcode), 0, payload_size);
}

std::string server_frame(Opcode opcode, std::string_view payload) {
  std::string out;
  out.reserve(payload.size() + 10);
  append_server_header(out, opcode, payload.size());
  out += payload;
  return out;
}

std::string_view server_text(std::string_view frame) {
  if (frame.size() < 2 ||
      static_cast<std::uint8_t>(frame[0]) != (kFinBit | std::to_underlying(Opcode::kText)))
    return {};
  const auto length = static_cast<std::uint8_t>(frame[1]);
  const std::size_t header = length < 126 ? 2 : length == 126 ? 4 : 10;
  return frame.substr(std::min(header, frame.size()));
}

std::string close_payload(CloseCode code, std::string_view reason) {
  std::string out;
  if (code == CloseCode::kNoStatus) return out;
  append_big_endian(out, std::to_underlying(code), 2);
  out += reason.substr(0, kMaxControlPayload - 2);
  return out;
}

std::string server_close_frame(CloseCode code, std::string_view reason) {
  return server_frame(Opcode::kClose, close_payload(code, reason));
}

void append_client_frame(std::string& out, Opcode opcode, std::string_view payload, std::uint32_t mask,
                         Fin fin) {
  const std::uint8_t fin_bit = fin == Fin::kLast ? kFinBit : 0;
  append_header(out, fin_bit | std::to_underlying(opcode), kMaskBit, payload.size());
  const std::size_t key = out.size();
  append_big_endian(out, mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ out[key + i % 4]);
}

std::optional<WsFault> WsReader::feed(base::ByteView bytes, std::vector<WsMessage>& out) {
  while (!fault_ && !closed_ && !bytes.empty()) {
    if (!payload_open_) {
      fault_ = take_header(bytes);
      if (fault_ || !payload_open_) continue;
    }
    take_payload(bytes);
    if (payload_left_ == 0) fault_ = finish_frame(out);
  }
  return fault_;
}

WsReader::Step WsReader::take_header(base::ByteView& bytes) {
  while (!bytes.empty() && header_have_ < header_size()) {
    header_[header_have_++] = bytes.front();
    bytes = bytes.subspan(1);
    if (header_have_ == 2) {
      if (auto fault = check_first_two()) return fault;
    }
  }
  if (header_have_ < header_size()) return std::nullopt;
  return open_payload();
}

std::size_t WsReader::header_size() const {
  if (header_have_ < 2) return 2;
  const std::size_t length = header_[1] & 0x7F;
  const std::size_t extended = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  return 2 + extended + (peer_ == Peer::kClient ? 4 : 0);
}

WsReader::Step WsReader::check_first_two() const {
  if ((header_[0] & kReservedBits) != 0) return protocol("reserved bits are set");
  if (!known(opcode())) return protocol("unknown opcode");
  const bool masked = (header_[1] & kMaskBit) != 0;
  if (masked != (peer_ == Peer::kClient))
    return protocol(masked ? "server frames are not masked" : "client frames must be masked");
  if (is_control()) {
    if (!is_last()) return protocol("control frames must not be fragmented");
    if ((header_[1] & 0x7F) > kMaxControlPayload) return protocol("control frames carry at most 125 bytes");
    return std::nullopt;
  }
  if (opcode() == Opcode::kContinuation && !fragmented_) return protocol("continuation of nothing");
  if (opcode() != Opcode::kContinuation && fragmented_)
    return protocol("new message inside a fragmented one");
  return std::nullopt;
}

WsReader::Step WsReader::open_payload() {
  const std::span<const std::uint8_t> header{header_};
  std::uint64_t length = header_[1] & 0x7F;
  std::size_t at = 2;
  if (length == kLength16) {
    length = load_big_endian(header.subspan(at, 2));
    at += 2;
    if (length <= kMaxControlPayload) return protocol("length is not in its shortest form");
  } else if (length == kLength64) {
    length = load_big_endian(header.subspan(at, 8));
    at += 8;
    if (length <= 0xFFFF || length >> 63 != 0) return protocol("length is not in its shortest form");
  }
  if (peer_ == Peer::kClient)
    std::copy_n(header_.begin() + static_cast<std::ptrdiff_t>(at), 4, mask_.begin());
  if (!is_control() && length > max_message_ - message_.size())
    return WsFault{CloseCode::kTooBig, "message too big"};
  if (!is_control() && !fragmented_) message_opcode_ = opcode();
  payload_left_ = static_cast<std::size_t>(length);
  payload_open_ = true;
  mask_at_ = 0;
  return std::nullopt;
}

void WsReader::take_payload(base::ByteView& bytes) {
  std::string& to = is_control() ? control_ : message_;
  const std::size_t count = std::min(payload_left_, bytes.size());
  const std::size_t from = to.size();
  to.append(reinterpret_cast<const char*>(bytes.data()), count);
  if (peer_ == Peer::kClient) {
    for (std::size_t i = from; i < to.size(); ++i) to[i] = static_cast<char>(to[i] ^ mask_[mask_at_++ % 4]);
  }
  payload_left_ -= count;
  bytes = bytes.subspan(count);
}

WsReader::Step WsReader::finish_frame(std::vector<WsMessage>& out) {
  payload_open_ = false;
  header_have_ = 0;
  if (opcode() == Opcode::kClose) return finish_close(out);
  if (is_control()) {
    out.push_back({opcode(), std::exchange(control_, {}), 0});
    return std::nullopt;
  }
  fragmented_ = !is_last();
  return fragmented_ ? std::nullopt : finish_data(out);
}

WsReader::Step WsReader::finish_data(std::vector<WsMessage>& out) {
  if (message_opcode_ == Opcode::kText && !base::is_utf8(message_))
    return WsFault{CloseCode::kNotUtf8, "text is not UTF-8"};
  out.push_back({message_opcode_, std::exchange(message_, {}), 0});
  return std::nullopt;
}

WsReader::Step WsReader::finish_close(std::vector<WsMessage>& out) {
  closed_ = true;
  const std::string payload = std::exchange(control_, {});
  if (payload.empty()) {
    out.push_back({Opcode::kClose, {}, std::to_underlying(CloseCode::kNoStatus)});
    return std::nullopt;
  }
  if (payload.size() == 1) return protocol("half a close code");
  const auto code = static_cast<std::uint16_t>(load_big_endian(base::as_bytes(payload).first(2)));
  if (!valid_close_code(code)) return protocol("close code that must not be sent");
  if (!base::is_utf8(std::string_view{payload}.substr(2)))
    return WsFault{CloseCode::kNotUtf8, "close reason is not UTF-8"};
  out.push_back({Opcode::kClose, payload.substr(2), code});
  return std::nullopt;
}

}  // namespace holeshot::live
