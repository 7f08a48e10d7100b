#include "common/base/service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "common/base/log.h"

namespace holeshot::base {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// How old the status line may be where no watchdog sets the pace; one datagram costs nothing at this rate.
constexpr milliseconds kStatusEvery{10'000};

std::string_view text_of(const std::function<const char*(const char*)>& get, const char* name) {
  const char* value = get(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

// Connected once: a socket that appears later under the same name would be somebody else's.
UniqueFd connect_to(std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool shaped = name.size() > 1 && (name.front() == '/' || name.front() == '@');
  if (!shaped || name.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, name.data(), name.size());
  // An abstract name starts with a zero byte and ends where the address ends.
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!fd.valid() || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) return {};
  return fd;
}

std::optional<microseconds> watchdog_from(const std::function<const char*(const char*)>& get) {
  const auto usec = positive_number(text_of(get, "WATCHDOG_USEC"));
  if (!usec) return std::nullopt;
  const auto pid = text_of(get, "WATCHDOG_PID");
  if (!pid.empty() && positive_number(pid) != std::int64_t{::getpid()}) return std::nullopt;
  return microseconds{*usec};
}

// A line break would begin another variable.
std::string status_line(std::string_view text) {
  std::string line = "STATUS=" + std::string{text};
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

// `last` is what the manager knows already.
void tell_status(const Service& service, const ServiceHooks& hooks, std::string& last) {
  if (!hooks.status) return;
  std::string text = hooks.status();
  if (text != last) service.status(text);
  last = std::move(text);
}

}  // namespace

Service::Service(const std::function<const char*(const char*)>& get)
    : socket_(connect_to(text_of(get, "NOTIFY_SOCKET"))) {
  if (socket_.valid()) watchdog_ = watchdog_from(get);
}

void Service::ready(std::string_view status) const { send("READY=1\n" + status_line(status)); }
void Service::status(std::string_view text) const { send(status_line(text)); }
void Service::ping() const { send("WATCHDOG=1"); }
void Service::stopping(std::string_view status) const { send("STOPPING=1\n" + status_line(status)); }

void Service::send(const std::string& message) const {
  if (!supervised()) return;
  // Never waits: a manager that does not read must not hold up the program.
  [[maybe_unused]] const auto sent =
      ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void serve_until_stopped(const Service& service, const Signals& signals, const ServiceHooks& hooks) {
  if (!service.supervised()) return signals.wait();
  milliseconds step = kStatusEvery;
  if (const auto limit = service.watchdog()) {
    step = std::clamp(std::chrono::duration_cast<milliseconds>(*limit / 2), milliseconds{1}, kStatusEvery);
  }
  std::string last;
  bool was_healthy = true;
  do {
    const bool healthy = !hooks.healthy || hooks.healthy();
    if (healthy && service.watchdog()) service.ping();
    if (was_healthy && !healthy)
      log_error("service", "a thread has ended or hangs: the watchdog is not fed any more");
    was_healthy = healthy;
    tell_status(service, hooks, last);
  } while (!signals.wait_for(step));
}

}  // namespace holeshot::base
