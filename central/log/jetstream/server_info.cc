#include "central/log/jetstream/server_info.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/base/fd.h"

namespace holeshot::log {

using base::Code;
using base::fail;

namespace {

struct HostPort {
  std::string host;
  std::string port;
};

HostPort split(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const auto colon = url.rfind(':');
  HostPort at{std::string{url.substr(0, colon)},
              colon == std::string_view::npos ? "4222" : std::string{url.substr(colon + 1)}};
  if (at.host.starts_with('[') && at.host.ends_with(']')) at.host = at.host.substr(1, at.host.size() - 2);
  return at;
}

base::UniqueFd connect_to(const HostPort& at) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(at.host.c_str(), at.port.c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    base::UniqueFd fd(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
    if (!fd.valid()) continue;
    // For the connect as for the line.
    const timeval second{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    if (::connect(fd.get(), one->ai_addr, one->ai_addrlen) == 0) return fd;
  }
  return {};
}

}  // namespace

base::Result<std::string> server_version(const std::string& url) {
  const base::UniqueFd fd = connect_to(split(url));
  if (!fd.valid()) return fail(Code::kRetry, "ask " + url + " for its version: no connection");
  constexpr std::size_t kLongest = 64U << 10;
  std::string greeting;
  std::array<char, 4096> buffer{};
  while (greeting.find('\n') == std::string::npos && greeting.size() < kLongest) {
    const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return fail(Code::kRetry, "ask " + url + " for its version: no answer");
    greeting.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return version_in(greeting);
}

base::Result<std::string> version_in(std::string_view greeting) {
  constexpr std::string_view kStart = "INFO ";
  if (greeting.starts_with(kStart)) {
    const auto json = nlohmann::json::parse(greeting.substr(kStart.size()), nullptr, false);
    if (const auto version = json.is_object() ? json.find("version") : json.end();
        json.is_object() && version != json.end() && version->is_string()) {
      return version->get<std::string>();
    }
  }
  return fail(Code::kCorrupt, "ask for a version: what answers is no NATS server");
}

bool can_sync_always(std::string_view version) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return false;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{}) return false;
  return major > 2 || (major == 2 && minor >= 10);
}

}  // namespace holeshot::log
