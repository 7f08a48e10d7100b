#include "tests/faults/live_misdeeds.h"

#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "central/live/ws_client.h"

namespace holeshot::live {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 30s;
constexpr const char* kTarget = "/ws/v1/live?track_id=bench";

std::unique_ptr<WsClient> join(std::uint16_t port) {
  auto client = WsClient::connect("127.0.0.1", port, kTarget, {.timeout = 30'000ms});
  return client ? std::move(*client) : nullptr;
}

// Reads on until the server ends it.
std::string end_of(WsClient& client) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    const auto message = client.next(1000ms);
    if (!message && message.error().code == base::Code::kRetry) continue;
    if (!message) return "hung up";
    if (message->opcode == Opcode::kClose) return std::to_string(message->close_code);
  }
  return "not ended";
}

std::string status_of(int fd) {
  const auto answer = read_to_end(fd, kPatience);
  if (!answer) return "not ended";
  return answer->starts_with("HTTP/1.1 ") ? answer->substr(9, 3) : "hung up";
}

std::string after_joining(std::uint16_t port, const std::function<void(WsClient&)>& misbehave) {
  const auto client = join(port);
  if (client == nullptr) return "not let in";
  misbehave(*client);
  return end_of(*client);
}

// What a write returns does not matter here: the server may have ended it already, and that is asked next.
template <class T>
void whatever(const T&) {}

std::string garbage(std::uint16_t port) {
  return after_joining(port, [](WsClient& client) {
    std::mt19937 random(4);
    std::string bytes(3000, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    bytes[0] = '\x01';  // else chance might begin with a close frame
    bytes[1] = '\x05';  // without a mask
    whatever(client.send_raw(bytes));
  });
}

std::string flood(std::uint16_t port) {
  return after_joining(port, [](WsClient& client) {
    for (int i = 0; i < 400; ++i) whatever(client.send_text(R"({"type":"heartbeat","payload":{}})"));
  });
}

std::string huge_message(std::uint16_t port) {
  return after_joining(port, [](WsClient& client) { whatever(client.send_text(std::string(100'000, 'x'))); });
}

std::string no_text(std::uint16_t port) {
  return after_joining(port, [](WsClient& client) { whatever(client.send(Opcode::kText, "\xFF\xFE")); });
}

std::string half_close(std::uint16_t port) {
  return after_joining(port, [](WsClient& client) { ::shutdown(client.fd(), SHUT_WR); });
}

std::string silence(std::uint16_t port) {
  const auto fd = connect_tcp("127.0.0.1", port);
  return fd ? status_of(fd->get()) : "not let in";
}

std::string slow_head(std::uint16_t port) {
  const auto fd = connect_tcp("127.0.0.1", port);
  if (!fd) return "not let in";
  const std::string head =
      std::string{"GET "} + kTarget + " HTTP/1.1\r\nHost: x\r\nX-Pad: " + std::string(4000, 'x');
  // A byte now and then, until the server has had enough of it.
  for (const char c : head) {
    if (!write_all(fd->get(), {&c, 1})) break;
    char ignored = 0;
    if (::recv(fd->get(), &ignored, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) break;
    std::this_thread::sleep_for(20ms);
  }
  return status_of(fd->get());
}

std::string no_http(std::uint16_t port) {
  const auto fd = connect_tcp("127.0.0.1", port);
  if (!fd) return "not let in";
  whatever(write_all(fd->get(), std::string_view{"\x16\x03\x01\x02\x00 not a head\r\n\r\n", 21}));
  return status_of(fd->get());
}

}  // namespace

std::span<const Misdeed> misdeeds() {
  static const std::vector<Misdeed> all{
      {"garbage after the handshake", "1002", garbage},
      {"garbage instead of one", "400", no_http},
      {"400 messages at once", "4429", flood},
      {"a message of 100 kB", "1009", huge_message},
      {"text that is none", "1007", no_text},
      {"a line closed halfway", "hung up", half_close},
      {"a connection that says nothing", "408", silence},
      {"a head byte by byte", "408", slow_head},
  };
  return all;
}

}  // namespace holeshot::live
