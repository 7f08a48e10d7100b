#include "central/live/ws_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "central/live/handshake.h"
#include "central/live/http_head.h"

namespace holeshot::live {

namespace {

using base::ByteView;
using base::Code;
using base::fail;
using base::Status;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// Waits until `fd` can be read or `until` has passed.
Status wait_readable(int fd, Steady::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until - Steady::now());
    pollfd item{fd, POLLIN, 0};
    const int ready = ::poll(&item, 1, static_cast<int>(std::max<milliseconds::rep>(0, left.count())));
    if (ready > 0) return {};
    if (ready == 0) return fail(Code::kRetry, "read from server: nothing came in time");
    if (errno != EINTR) return base::fail_errno("poll", "server", errno);
  }
}

// Some bytes; kClosed at the end.
base::Result<std::string> read_some(int fd, Steady::time_point until) {
  HOLESHOT_TRY(wait_readable(fd, until));
  std::string bytes(64 * 1024, '\0');
  const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
  if (got <= 0) return fail(Code::kClosed, "read from server: the connection has ended");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::string make_key(std::mt19937& random) {
  std::array<unsigned char, 16> bytes{};
  for (unsigned char& b : bytes) b = static_cast<unsigned char>(random());
  std::array<unsigned char, 25> text{};
  const int length = EVP_EncodeBlock(text.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

// The value of a response header (its name in lower case), or empty.
std::string header_value(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    std::string given{line.substr(0, name.size())};
    for (char& c : given) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (given == name) return std::string{split_list(line.substr(name.size() + 1)).front()};
  }
  return {};
}

}  // namespace

base::Result<base::UniqueFd> connect_tcp(const std::string& host, std::uint16_t port,
                                         int receive_buffer_bytes) {
  const std::string where = host + ":" + std::to_string(port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return fail(Code::kInvalid, "resolve " + where + ": " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
  base::UniqueFd fd{::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return base::fail_errno("open socket for", where, errno);
  if (receive_buffer_bytes > 0) {
    // Before connecting, or the window is promised already.
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  if (::connect(fd.get(), list->ai_addr, list->ai_addrlen) != 0)
    return base::fail_errno("connect to", where, errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

base::Result<std::string> read_to_end(int fd, milliseconds timeout) {
  const auto until = Steady::now() + timeout;
  std::string all;
  while (true) {
    auto bytes = read_some(fd, until);
    if (!bytes && bytes.error().code == Code::kClosed) return all;
    if (!bytes) return std::unexpected(std::move(bytes).error());
    all += *bytes;
  }
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(Code::kClosed, "write to server: the connection has ended");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

WsClient::WsClient(base::UniqueFd fd, const WsClientOptions& options)
    : fd_(std::move(fd)), reader_(Peer::kServer, options.max_message), masks_(std::random_device{}()) {}

base::Result<std::unique_ptr<WsClient>> WsClient::connect(const std::string& host, std::uint16_t port,
                                                          std::string_view target,
                                                          const WsClientOptions& options) {
  HOLESHOT_ASSIGN(base::UniqueFd fd, connect_tcp(host, port, options.receive_buffer_bytes));
  std::unique_ptr<WsClient> client{new WsClient(std::move(fd), options)};
  HOLESHOT_TRY(client->shake_hands(host + ":" + std::to_string(port), target, options));
  return client;
}

Status WsClient::shake_hands(const std::string& host, std::string_view target,
                             const WsClientOptions& options) {
  const std::string key = make_key(masks_);
  std::string request = "GET " + std::string{target} + " HTTP/1.1\r\nHost: " + host +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
                        "Sec-WebSocket-Key: " + key + "\r\n";
  if (!options.subprotocols.empty()) request += "Sec-WebSocket-Protocol: " + options.subprotocols + "\r\n";
  HOLESHOT_TRY(write_all(fd_.get(), request + "\r\n"));
  const auto until = Steady::now() + options.timeout;
  std::string answer;
  while (true) {
    HOLESHOT_ASSIGN(const std::string bytes, read_some(fd_.get(), until));
    answer += bytes;
    if (const auto size = head_size(answer)) {
      return check_answer(std::string_view{answer}.substr(0, *size), std::string_view{answer}.substr(*size),
                          key);
    }
    if (answer.size() > kMaxHeadBytes)
      return fail(Code::kCorrupt, "handshake: the server's answer has no end");
  }
}

Status WsClient::check_answer(std::string_view head, std::string_view rest, const std::string& key) {
  if (!head.starts_with("HTTP/1.1 101 ")) {
    return fail(Code::kInvalid, "handshake refused: " + std::string{head.substr(0, head.find("\r\n"))} +
                                    ": " + std::string{rest});
  }
  if (header_value(head, "sec-websocket-accept") != websocket_accept(key)) {
    return fail(Code::kCorrupt, "handshake: wrong Sec-WebSocket-Accept");
  }
  subprotocol_ = header_value(head, "sec-websocket-protocol");
  return take(base::as_bytes(rest));
}

Status WsClient::take(ByteView bytes) {
  std::vector<WsMessage> messages;
  const auto fault = reader_.feed(bytes, messages);
  for (WsMessage& message : messages) {
    if (message.opcode == Opcode::kPing && answer_pings_) {
      HOLESHOT_TRY(send(Opcode::kPong, message.data));
      continue;
    }
    // The server may have hung up by now, after a close of ours; then nobody needs this answer.
    if (message.opcode == Opcode::kClose) {
      [[maybe_unused]] const auto ignored =
          send(Opcode::kClose, close_payload(CloseCode{message.close_code}, {}));
    }
    messages_.push_back(std::move(message));
  }
  if (fault) return fail(Code::kCorrupt, "read from server: " + std::string{fault->reason});
  return {};
}

Status WsClient::read_more(milliseconds timeout) {
  HOLESHOT_ASSIGN(const std::string bytes, read_some(fd_.get(), Steady::now() + timeout));
  return take(base::as_bytes(bytes));
}

base::Result<WsMessage> WsClient::next(milliseconds timeout) {
  const auto until = Steady::now() + timeout;
  while (messages_.empty()) {
    HOLESHOT_TRY(read_more(std::chrono::ceil<milliseconds>(until - Steady::now())));
  }
  WsMessage message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

base::Result<std::string> WsClient::next_text(milliseconds timeout) {
  const auto until = Steady::now() + timeout;
  while (true) {
    HOLESHOT_ASSIGN(WsMessage message, next(std::chrono::ceil<milliseconds>(until - Steady::now())));
    if (message.opcode == Opcode::kText) return std::move(message.data);
    if (message.opcode == Opcode::kClose) {
      return fail(Code::kClosed,
                  "closed by the server: " + std::to_string(message.close_code) + " " + message.data);
    }
  }
}

Status WsClient::send(Opcode opcode, std::string_view payload) {
  std::string frame;
  append_client_frame(frame, opcode, payload, static_cast<std::uint32_t>(masks_()));
  return write_all(fd_.get(), frame);
}

Status WsClient::send_text(std::string_view text) { return send(Opcode::kText, text); }
Status WsClient::send_raw(std::string_view bytes) { return write_all(fd_.get(), bytes); }

Status WsClient::close(CloseCode code, milliseconds timeout) {
  HOLESHOT_TRY(send(Opcode::kClose, close_payload(code, {})));
  const auto until = Steady::now() + timeout;
  while (true) {
    HOLESHOT_ASSIGN(const WsMessage message, next(std::chrono::ceil<milliseconds>(until - Steady::now())));
    if (message.opcode == Opcode::kClose) return {};
  }
}

}  // namespace holeshot::live
