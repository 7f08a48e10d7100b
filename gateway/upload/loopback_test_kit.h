// For tests: an HTTP server on loopback that answers each request with what its handler says. One connection at a
// time, kept alive.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "common/base/fd.h"
#include "common/base/worker.h"

namespace holeshot::upload {

struct ServedRequest {
  std::string head;  // request line and headers
  std::string body;  // as it came, perhaps packed
};

// What a server says, and how it says it.
struct ServedReply {
  enum class End : std::uint8_t { kKeep, kClose, kReset };
  // NOLINTNEXTLINE(google-explicit-constructor): most answers are just a text
  ServedReply(std::string all = {}, End how = End::kKeep, bool by_byte = false)
      : text(std::move(all)), end(how), trickle(by_byte) {}
  std::string text;  // empty, and kept open: no answer at all
  End end = End::kKeep;
  bool trickle = false;  // a byte every 20 ms
};

class LoopbackServer {
 public:
  // Called by the server's thread.
  using Handler = std::function<ServedReply(const ServedRequest&)>;

  explicit LoopbackServer(Handler handler)
      : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    worker_ = base::Worker("server", [this](const std::stop_token& stop) { serve(stop); });
  }
  ~LoopbackServer() {
    worker_.request_stop();
    ::shutdown(listener_.get(), SHUT_RDWR);
    ::shutdown(connection_.load(), SHUT_RDWR);
    worker_.join();
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const base::UniqueFd peer{::accept(listener_.get(), nullptr, nullptr)};
      if (!peer.valid()) return;
      connection_ = peer.get();
      ++connections_;
      while (!stop.stop_requested() && serve_one(peer.get())) {
      }
      connection_ = -1;
    }
  }
  // Who makes a new connection is served on that.
  bool waits_for_request(int peer) const {
    std::array<pollfd, 2> either{{{peer, POLLIN, 0}, {listener_.get(), POLLIN, 0}}};
    return ::poll(either.data(), either.size(), -1) > 0 && either[0].revents != 0;
  }
  bool serve_one(int peer) {
    if (!waits_for_request(peer)) return false;
    std::string text;
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!receive(peer, text)) return false;
    }
    ServedRequest request{.head = text.substr(0, end), .body = {}};
    const std::size_t at = request.head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(request.head.substr(at + 16));
    while (text.size() < end + 4 + length) {
      if (!receive(peer, text)) return false;
    }
    request.body = text.substr(end + 4);
    const ServedReply reply = handler_(request);
    ++requests_;
    if (!say(peer, reply)) return false;
    if (reply.end == ServedReply::End::kReset) {
      const linger at_once{1, 0};
      ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    if (reply.end != ServedReply::End::kKeep) return false;
    return !reply.text.empty() || receive(peer, text);
  }
  static bool say(int peer, const ServedReply& reply) {
    const std::size_t piece = reply.trickle ? 1 : reply.text.size();
    for (std::size_t at = 0; at < reply.text.size();) {
      const ssize_t size =
          ::send(peer, reply.text.data() + at, std::min(piece, reply.text.size() - at), MSG_NOSIGNAL);
      if (size <= 0) return false;
      at += static_cast<std::size_t>(size);
      pollfd gone{peer, POLLIN, 0};
      if (reply.trickle && ::poll(&gone, 1, 20) > 0) return false;
    }
    return true;
  }
  static bool receive(int peer, std::string& into) {
    std::array<char, 65'536> room{};
    const ssize_t size = ::recv(peer, room.data(), room.size(), 0);
    if (size <= 0) return false;
    into.append(room.data(), static_cast<std::size_t>(size));
    return true;
  }
  Handler handler_;
  base::UniqueFd listener_;
  std::string url_;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::atomic<int> connection_{-1};
  base::Worker worker_;
};

inline std::string http(const std::string& status_line, const std::string& body,
                        const std::string& headers = {}) {
  return "HTTP/1.1 " + status_line + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

inline std::string gunzip(const std::string& packed) {
  std::string plain(10 * packed.size() + 1'000'000, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

// The body without its compression, if it has one.
inline std::string plain_body(const ServedRequest& request) {
  const bool packed = request.head.find("Content-Encoding: gzip") != std::string::npos;
  return packed ? gunzip(request.body) : request.body;
}

}  // namespace holeshot::upload
