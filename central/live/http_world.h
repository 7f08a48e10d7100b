// What the tests of the transports over HTTP share: a client that asks and reads what comes, piece by piece.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "central/live/live_world.h"

namespace holeshot::live {

// One connection that speaks HTTP/1.1. Reads wait at most kPatience.
class HttpClient {
 public:
  explicit HttpClient(const LiveServer& server, int receive_buffer_bytes = 0)
      : fd_(base::value_or_die(connect_tcp("127.0.0.1", server.address().port, receive_buffer_bytes))) {}

  void ask(const std::string& target, const std::string& headers = {}, const std::string& method = "GET") {
    base::value_or_die(
        write_all(fd_.get(), method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n"));
  }
  // Up to and with `end`; empty where the connection ends, or nothing comes, before that.
  std::string until(std::string_view end) {
    std::size_t at = 0;
    while ((at = held_.find(end)) == std::string::npos) {
      if (!more()) return {};
    }
    std::string piece = held_.substr(0, at + end.size());
    held_.erase(0, piece.size());
    return piece;
  }
  std::string head() { return until("\r\n\r\n"); }
  // The body of an answer with a length.
  std::string body(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    const std::size_t size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    while (held_.size() < size) {
      if (!more()) return {};
    }
    std::string piece = held_.substr(0, size);
    held_.erase(0, size);
    return piece;
  }
  // Status and body of the next answer.
  std::pair<int, Json> answer() {
    const std::string first = head();
    if (first.size() < 12) return {0, nullptr};
    return {std::stoi(first.substr(9, 3)), Json::parse(body(first), nullptr, false)};
  }
  std::pair<int, Json> get(const std::string& target, const std::string& headers = {}) {
    ask(target, headers);
    return answer();
  }
  // The next event of a stream: its id and its envelope. Comments are passed over.
  std::pair<std::string, Json> event() {
    while (true) {
      const std::string piece = until("\n\n");
      if (piece.empty()) return {"", nullptr};
      std::string id;
      Json data;
      for (std::size_t at = 0; at < piece.size();) {
        const std::size_t end = piece.find('\n', at);
        const std::string line = piece.substr(at, end - at);
        if (line.starts_with("id: ")) id = line.substr(4);
        if (line.starts_with("data: ")) data = Json::parse(line.substr(6));
        at = end + 1;
      }
      if (!data.is_null()) return {id, data};
    }
  }
  // It was hung up, and nothing more came.
  bool ended() {
    while (more()) {
    }
    return over_;
  }
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  bool more() {
    pollfd ready{fd_.get(), POLLIN, 0};
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
    if (over_ || ::poll(&ready, 1, static_cast<int>(ms)) != 1) return false;
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    over_ = got <= 0;
    if (got > 0) held_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  base::UniqueFd fd_;
  std::string held_;
  bool over_ = false;
};

}  // namespace holeshot::live
