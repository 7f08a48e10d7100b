#include "tools/load/http_exchange.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "central/live/http_head.h"

namespace holeshot::load {

namespace {

using base::Code;
using base::fail;

constexpr std::uint64_t kMaxBody = std::uint64_t{8} << 20U;

std::optional<std::uint64_t> number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

// `head` in lower case.
std::string_view field(std::string_view head, std::string_view name) {
  const std::string line = "\r\n" + std::string{name} + ":";
  const std::size_t at = head.find(line);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = head.substr(at + line.size());
  return rest.substr(0, rest.find("\r\n"));
}

}  // namespace

base::Result<std::optional<HttpAnswer>> read_answer(std::string_view bytes) {
  const auto size = live::head_size(bytes);
  if (!size) {
    if (bytes.size() > live::kMaxHeadBytes) return fail(Code::kCorrupt, "an answer whose head has no end");
    return std::optional<HttpAnswer>{};
  }
  std::string head{bytes.substr(0, *size)};
  std::ranges::transform(head, head.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto status =
      head.starts_with("http/1.1 ") ? number(std::string_view{head}.substr(9, 3)) : std::nullopt;
  const auto length = number(field(head, "content-length"));
  if (!status || !length || *length > kMaxBody)
    return fail(Code::kCorrupt, "an answer that is none of central's");
  if (bytes.size() - *size < *length) return std::optional<HttpAnswer>{};
  return std::optional{
      HttpAnswer{.status = static_cast<int>(*status),
                 .body = std::string{bytes.substr(*size, *length)},
                 .retry_after_s = number(field(head, "retry-after")).value_or(0),
                 .closes = field(head, "connection").find("close") != std::string_view::npos}};
}

void HttpExchange::open(base::UniqueFd fd) {
  close();
  fd_ = std::move(fd);
}

void HttpExchange::close() {
  fd_.reset();
  out_.clear();
  in_.clear();
  sent_ = 0;
}

void HttpExchange::begin(std::string request) {
  out_ = std::move(request);
  in_.clear();
  sent_ = 0;
}

base::Status HttpExchange::write_some() {
  while (wants_to_write()) {
    const ssize_t wrote =
        ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (wrote < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)) return {};
    if (wrote < 0) return fail(Code::kRetry, std::string{"send: "} + std::strerror(errno));
    sent_ += static_cast<std::size_t>(wrote);
  }
  return {};
}

base::Result<std::optional<HttpAnswer>> HttpExchange::go_on() {
  HOLESHOT_TRY(write_some());
  std::array<char, 16 * 1024> bytes;
  bool ended = false;
  while (!ended) {
    const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Code::kRetry, std::string{"receive: "} + std::strerror(errno));
    ended = got == 0;
    in_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  auto answer = read_answer(in_);
  if (!answer) return fail(Code::kRetry, answer.error().message);
  // An answer may be the last thing that a connection brings.
  if (!*answer && ended) return fail(Code::kRetry, "hung up before the answer");
  if (*answer) in_.clear();
  return answer;
}

}  // namespace holeshot::load
