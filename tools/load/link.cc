#include "tools/load/link.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "central/live/http_head.h"

namespace holeshot::load {

namespace {

using base::Code;
using base::fail;
using live::Opcode;

// The largest message that makes sense; a snapshot of a whole event day has some 100 KiB.
constexpr std::uint64_t kMaxMessage = std::uint64_t{8} << 20U;

struct Header {
  std::size_t size = 0;  // 0: not all of it is here
  std::uint64_t payload = 0;
};

Header header_of(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() < 2) return {};
  const std::uint8_t length = byte(1) & 0x7FU;
  if (length < 126) return {2, length};
  const std::size_t more = length == 126 ? 2 : 8;
  if (bytes.size() < 2 + more) return {};
  std::uint64_t payload = 0;
  for (std::size_t i = 0; i < more; ++i) payload = payload << 8U | byte(2 + i);
  return {2 + more, payload};
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view header_value(std::string_view head, std::string_view name) {
  const std::size_t at = lower(head).find("\r\n" + std::string{name} + ":");
  if (at == std::string_view::npos) return {};
  std::string_view value = head.substr(at + name.size() + 3);
  value = value.substr(0, value.find("\r\n"));
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

std::uint64_t stamp_of(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(c), sizeof at);
    return static_cast<std::uint64_t>(at.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(at.tv_nsec) / 1000;
  }
  return 0;
}

}  // namespace

std::string handshake_request(std::string_view host, std::string_view path, std::string_view key) {
  std::string out = "GET ";
  out.append(path).append(" HTTP/1.1\r\nHost: ").append(host);
  out += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  return out.append(key).append("\r\n\r\n");
}

void Link::begin(base::UniqueFd fd, std::string request) {
  fd_ = std::move(fd);
  held_ = std::move(request);
  fragments_.clear();
  fragmented_ = Opcode::kContinuation;
  state_ = State::kConnecting;
}

base::Status Link::writable() {
  if (state_ != State::kConnecting) return {};
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(Code::kRetry, std::string{"connect: "} + std::strerror(error));
  const ssize_t sent = ::send(fd_.get(), held_.data(), held_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(held_.size()))
    return fail(Code::kRetry, "handshake: a fresh connection takes no request");
  held_.clear();
  state_ = State::kShaking;
  return {};
}

Link::Bytes Link::read(char* scratch, std::size_t size) const {
  iovec part{scratch, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (got <= 0) return {.got = Got::kEnd, .view = {}, .socket_us = 0};
  return {Got::kSome, {scratch, static_cast<std::size_t>(got)}, stamp_of(message)};
}

base::Result<std::string> Link::shake(std::string_view bytes, std::string_view accept) {
  held_.append(bytes);
  const auto size = live::head_size(held_);
  if (!size) {
    if (held_.size() > live::kMaxHeadBytes) return fail(Code::kCorrupt, "handshake: the answer has no end");
    return std::string{};
  }
  const std::string all = std::exchange(held_, {});
  const std::string_view head = std::string_view{all}.substr(0, *size);
  if (!head.starts_with("HTTP/1.1 101 "))
    return fail(Code::kInvalid, "handshake: " + std::string{head.substr(0, head.find("\r\n"))});
  if (header_value(head, "sec-websocket-accept") != accept)
    return fail(Code::kCorrupt, "handshake: wrong Sec-WebSocket-Accept");
  state_ = State::kOpen;
  return all.substr(*size);
}

const char* Link::feed(std::string_view bytes, const OnMessage& message) {
  if (held_.empty()) {
    const char* fault = feed_whole(bytes, message);
    if (state_ == State::kOpen && fault == nullptr) held_.assign(bytes);
    return fault;
  }
  held_.append(bytes);
  const std::string all = std::exchange(held_, {});
  std::string_view rest = all;
  const char* fault = feed_whole(rest, message);
  if (state_ == State::kOpen && fault == nullptr) held_.assign(rest);
  return fault;
}

const char* Link::feed_whole(std::string_view& bytes, const OnMessage& message) {
  bool go_on = true;
  while (go_on) {
    if (bytes.size() >= 2 && (static_cast<std::uint8_t>(bytes[1]) & 0x80U) != 0)
      return "a masked frame of a server";
    const Header header = header_of(bytes);
    if (header.payload > kMaxMessage) return "a message of more than 8 MiB";
    if (header.size == 0 || bytes.size() - header.size < header.payload) return nullptr;
    const auto first = static_cast<std::uint8_t>(bytes[0]);
    const std::string_view payload = bytes.substr(header.size, header.payload);
    bytes.remove_prefix(header.size + header.payload);
    if (const char* fault = take_frame(first, payload, message, go_on)) return fault;
  }
  return nullptr;
}

const char* Link::take_frame(std::uint8_t first, std::string_view payload, const OnMessage& message,
                             bool& go_on) {
  if ((first & 0x70U) != 0) return "reserved bits of a frame are set";
  const auto opcode = static_cast<Opcode>(first & 0x0FU);
  const bool last = (first & 0x80U) != 0;
  const bool control = (first & 0x08U) != 0;
  const bool begun = fragmented_ != Opcode::kContinuation;
  if (control && !last) return "a control frame in pieces";
  if (!control && begun != (opcode == Opcode::kContinuation)) return "a fragment out of place";
  if (control || (last && !begun)) {
    go_on = message(opcode, payload);
    return nullptr;
  }
  if (!begun) fragmented_ = opcode;
  fragments_.append(payload);
  if (fragments_.size() > kMaxMessage) return "a message of more than 8 MiB";
  if (!last) return nullptr;
  const std::string whole = std::exchange(fragments_, {});
  go_on = message(std::exchange(fragmented_, Opcode::kContinuation), whole);
  return nullptr;
}

bool Link::send(Opcode opcode, std::string_view payload) const {
  std::string frame;
  // What masks keep out are proxies that take a frame for a request of theirs; a constant one is as good here.
  constexpr std::uint32_t kMask = 0x5AA5C33C;
  live::append_client_frame(frame, opcode, payload, kMask);
  return ::send(fd_.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(frame.size());
}

void Link::end(bool abruptly) {
  if (abruptly && fd_.valid()) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  fd_.reset();
  held_ = {};
  fragments_ = {};
  state_ = State::kIdle;
}

}  // namespace holeshot::load
