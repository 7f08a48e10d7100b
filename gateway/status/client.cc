#include "gateway/status/client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/base/fd.h"
#include "common/contract/shallow_json.h"
#include "gateway/status/listen.h"
#include "gateway/status/server.h"

namespace holeshot::status {

namespace {

using Clock = std::chrono::steady_clock;

base::Result<base::UniqueFd> connect_tcp(const Address& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(address.port));
  if (::inet_pton(AF_INET, address.host == "localhost" ? "127.0.0.1" : address.host.c_str(), &to.sin_addr) !=
      1) {
    return base::fail(base::Code::kInvalid, "connect to " + address.text() + ": this is no IPv4 address",
                      "use 127.0.0.1:8090");
  }
  base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // A loopback address answers at once, with yes or no.
  if (fd.get() < 0 || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    return base::fail_errno("connect to", address.text(), errno);
  return fd;
}

base::Result<base::UniqueFd> connect(const Address& address) {
  auto fd = address.socket.empty() ? connect_tcp(address) : connect_unix(address.socket);
  if (fd || fd.error().code == base::Code::kDenied || fd.error().code == base::Code::kInvalid) return fd;
  return base::fail(base::Code::kMissing, "no gateway answers at " + address.text(),
                    "start it: sudo systemctl start holeshot-gateway, or holeshot-gateway run");
}

std::string request_text(const Address& address, const std::string& target, const std::string* body) {
  std::string text = std::string{body == nullptr ? "GET " : "POST "} + target +
                     " HTTP/1.1\r\nHost: " + address.host + ":" + std::to_string(address.port) +
                     "\r\nConnection: close\r\n";
  if (body == nullptr) return text + "\r\n";
  return text + kControlHeader + ": 1\r\nContent-Length: " + std::to_string(body->size()) + "\r\n\r\n" +
         *body;
}

base::Status send_all(int fd, const std::string& text, const std::string& name) {
  std::size_t sent = 0;
  // Small enough for the socket's buffer: this does not wait.
  while (sent < text.size()) {
    const ssize_t part = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (part < 0 && errno == EINTR) continue;
    if (part <= 0) return base::fail_errno("send to", name, errno);
    sent += static_cast<std::size_t>(part);
  }
  return {};
}

base::Result<std::string> read_all(int fd, Clock::time_point deadline, const std::string& name) {
  std::string got;
  std::array<char, 16'384> room{};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{fd, POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&readable, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      return base::fail(base::Code::kRetry, "the gateway at " + name + " does not answer",
                        "look at its log: journalctl -u holeshot-gateway");
    }
    const ssize_t size = ::recv(fd, room.data(), room.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail_errno("read from", name, errno);
    if (size == 0) return got;
    got.append(room.data(), static_cast<std::size_t>(size));
    if (got.size() > kMaxAnswerBytes)
      return base::fail(base::Code::kInvalid, "the answer of " + name + " is too large");
  }
}

std::optional<int> status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return std::nullopt;
  int status = 0;
  const auto read = std::from_chars(answer.data() + 9, answer.data() + 12, status);
  return read.ec == std::errc{} && read.ptr == answer.data() + 12 ? std::optional{status} : std::nullopt;
}

base::Code code_of(int status) {
  return status == 403   ? base::Code::kDenied
         : status == 404 ? base::Code::kMissing
         : status == 409 ? base::Code::kConflict
         : status == 503 ? base::Code::kRetry
                         : base::Code::kInvalid;
}

// What the gateway says when it refuses.
base::Error refusal(int status, std::string_view body) {
  base::Error error{code_of(status), "the gateway answered " + std::to_string(status), {}};
  const auto node = contract::parse_shallow(body);
  if (!node.is_object()) return error;
  if (const auto it = node.find("error"); it != node.end() && it->is_string())
    error.message = it->get<std::string>();
  if (const auto it = node.find("hint"); it != node.end() && it->is_string())
    error.hint = it->get<std::string>();
  return error;
}

}  // namespace

std::string Address::text() const { return socket.empty() ? host + ":" + std::to_string(port) : socket; }

base::Result<std::string> ask(const Address& address, const std::string& target,
                              std::chrono::milliseconds limit, const std::string* body) {
  const auto deadline = Clock::now() + limit;
  HOLESHOT_ASSIGN(const base::UniqueFd fd, connect(address));
  HOLESHOT_TRY(send_all(fd.get(), request_text(address, target, body), address.text()));
  HOLESHOT_ASSIGN(std::string answer, read_all(fd.get(), deadline, address.text()));
  const auto status = status_of(answer);
  const auto end = answer.find("\r\n\r\n");
  if (!status || end == std::string::npos) {
    return base::fail(base::Code::kInvalid, "what answers at " + address.text() + " is no gateway",
                      "check the address; another program may have the port");
  }
  answer.erase(0, end + 4);
  if (*status != 200) return std::unexpected(refusal(*status, answer));
  return answer;
}

}  // namespace holeshot::status
