// What the HTTP tests share: envelopes in short, a server on a free port, a raw socket.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/fd.h"
#include "common/contract/batch.h"

namespace holeshot::http::test {

// A whole envelope; `payload` tells versions of one key apart.
inline std::string envelope(std::uint64_t seq, const std::string& track = "zolder",
                            const std::string& boot = "01HZX3V8J7Q4W2N5B6C7D8E9F0",
                            const std::string& payload = R"({"message_type":"PASSING","raw":"8e02"})") {
  return R"({"captured_at_us":1700000000000000,"event_id":"01HZX3V8J7Q4W2N5B6C7D8E9F0","event_id_context":{"boot_id":")" +
         boot + R"(","client_id":"gw-1","seq":)" + std::to_string(seq) +
         R"(},"message_type":"PASSING","payload":)" + payload + R"(,"track_id":")" + track + "\"}";
}

inline std::string batch(const std::vector<std::string>& events, const std::string& track = "zolder") {
  std::string list;
  for (const auto& event : events) list.append(list.empty() ? "" : ",").append(event);
  return R"({"contract_version":"track_ingest.v2","events":[)" + list + R"(],"track_id":")" + track + "\"}";
}

// A connection that sends what it is told and reads until the peer closes or `until` was seen.
class RawClient {
 public:
  explicit RawClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{20, 0};  // a bound, not a wait: a test that reaches it fails
    (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  void send(const std::string& text) const {
    (void)::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  void done_sending() const { (void)::shutdown(fd_.get(), SHUT_WR); }
  std::string read_until(const std::string& until) {
    while (got_.find(until) == std::string::npos && read_some()) {
    }
    return got_;
  }
  // True when the peer closed the connection (and did not just fall silent).
  bool ended() {
    while (read_some()) {
    }
    return closed_;
  }
  [[nodiscard]] const std::string& got() const { return got_; }

 private:
  bool read_some() {
    char buffer[4096];
    const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (size > 0) got_.append(buffer, static_cast<std::size_t>(size));
    closed_ = size == 0;
    return size > 0;
  }
  base::UniqueFd fd_;
  bool connected_ = false;
  bool closed_ = false;
  std::string got_;
};

}  // namespace holeshot::http::test
