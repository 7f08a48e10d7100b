#include "gateway/upload/probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "common/base/fd.h"
#include "common/contract/problem.h"
#include "common/contract/ulid.h"
#include "gateway/upload/central_clock.h"
#include "gateway/upload/curl_transport.h"
#include "gateway/upload/diagnosis.h"
#include "gateway/upload/signer.h"

namespace holeshot::upload {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr int kUnauthorized = 401;

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] std::string text() const {
    std::array<char, NI_MAXHOST> host{};
    const int rc = ::getnameinfo(get(), size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    return rc == 0 ? host.data() : "?";
  }
};

struct Lookup {
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  bool done = false;
  std::string error;
  std::vector<SocketAddress> found;
};

void look_up(Lookup& lookup, const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::scoped_lock lock(lookup.mutex);
  if (rc != 0) lookup.error = ::gai_strerror(rc);
  for (const addrinfo* at = list; rc == 0 && at != nullptr; at = at->ai_next) {
    SocketAddress& address = lookup.found.emplace_back();
    address.size = std::min<socklen_t>(at->ai_addrlen, sizeof address.storage);
    std::memcpy(&address.storage, at->ai_addr, address.size);
  }
  if (rc == 0) ::freeaddrinfo(list);
  lookup.done = true;
  lookup.changed.notify_all();
}

// A name server that does not answer holds a lookup for half a minute, and nothing ends it: so it runs on a thread that
// nobody waits for.
std::vector<SocketAddress> addresses_of(CentralFacts& facts, std::chrono::milliseconds limit) {
  const auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, host = facts.host, port = facts.port] { look_up(*lookup, host, port); }).detach();
  std::unique_lock lock(lookup->mutex);
  if (!lookup->changed.wait_for(lock, limit, [&] { return lookup->done; })) {
    facts.lookup_error = "the name server does not answer";
    return {};
  }
  facts.lookup_error = lookup->error;
  for (const SocketAddress& address : lookup->found) facts.addresses.push_back(address.text());
  return lookup->found;
}

int connect_to(const SocketAddress& address, std::chrono::milliseconds limit) {
  const base::UniqueFd fd{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd.valid()) return errno;
  if (::connect(fd.get(), address.get(), address.size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd waited{.fd = fd.get(), .events = POLLOUT, .revents = 0};
  if (::poll(&waited, 1, static_cast<int>(limit.count())) <= 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

// Each address gets its part of the time: the first of two families is often the one that leads nowhere.
void try_connect(CentralFacts& facts, const std::vector<SocketAddress>& addresses,
                 const ProbeOptions& options, const base::Clock& clock) {
  const auto each = options.connect_within / static_cast<int>(addresses.size());
  for (const SocketAddress& address : addresses) {
    const std::uint64_t began = clock.mono_us();
    const int error = connect_to(address, each);
    if (error == 0) {
      facts.connect_us = clock.mono_us() - began;
      return;
    }
    facts.connect_error = address.text() + ": " + std::generic_category().message(error);
  }
}

// One signed heartbeat, as the gateway sends them.
class Beat {
 public:
  Beat(const ProbeOptions& options, const base::Clock& clock)
      : options_(options),
        clock_(clock),
        central_(clock),
        ulids_(clock),
        signer_(options.heartbeat.client, options.key, central_),
        transport_({.connect_timeout = options.connect_within,
                    .total_timeout = options.answer_within,
                    .ca_file = options.ca_file}) {}

  void post(CentralFacts& facts, const std::stop_token& stop) {
    auto response = once(stop);
    if (response && response->status == kUnauthorized && central_.offset_us()) {
      response = once(stop);
      facts.clock_corrected = response && response->status == 200;
    }
    facts.clock_offset_us = central_.offset_us();
    if (!response) {
      facts.heartbeat = diagnose(response.error(), clock_.wall_us());
    } else if (response->status == 200 && contract::parse_heartbeat_reply(response->body)) {
      facts.heartbeat = Diagnosis{};
    } else {
      facts.heartbeat = diagnose(*response, options_.central);
    }
  }

  void ask_ready(CentralFacts& facts, const std::stop_token& stop) {
    HttpRequest request{.url = without_slash(options_.central) + "/ready", .headers = {}, .body = {}};
    request.get = true;
    const auto response = transport_.post(request, stop);
    if (!response) {
      facts.ready = diagnose(response.error(), clock_.wall_us());
    } else {
      facts.ready = response->status == 200 ? Diagnosis{} : diagnose(*response, options_.central);
    }
  }

 private:
  HttpResult<HttpResponse> once(const std::stop_token& stop) {
    HttpRequest request{.url = without_slash(options_.central) + std::string{contract::kHeartbeatPath},
                        .headers = {},
                        .body = contract::heartbeat_body(options_.heartbeat)};
    request.headers =
        signer_.headers(contract::kSignedHeartbeat, options_.heartbeat.track, ulids_.next(), request.body);
    const std::uint64_t sent_at = clock_.mono_us();
    auto response = transport_.post(request, stop);
    if (!response) return response;
    if (const auto time = contract::parse_heartbeat_reply(response->body)) central_.learn(sent_at, *time);
    if (const auto problem = contract::parse_problem(response->body))
      central_.learn(sent_at, problem->server_time_us);
    return response;
  }

  const ProbeOptions& options_;
  const base::Clock& clock_;
  CentralClock central_;
  contract::UlidMaker ulids_;
  const Signer signer_;
  CurlTransport transport_;
};

}  // namespace

std::optional<Endpoint> endpoint_of(const std::string& url) {
  Endpoint endpoint{.tls = url.starts_with("https://")};
  if (!endpoint.tls && !url.starts_with("http://")) return {};
  std::string host = host_of(url);
  endpoint.port = endpoint.tls ? kHttpsPort : kHttpPort;
  const std::size_t colon = host.rfind(':');
  const bool bracketed = host.starts_with('[');
  if (colon != std::string::npos && (!bracketed || host.find(']') < colon)) {
    const char* const end = host.data() + host.size();
    const auto read = std::from_chars(host.data() + colon + 1, end, endpoint.port);
    if (read.ec != std::errc{} || read.ptr != end || endpoint.port == 0) return {};
    host.resize(colon);
  }
  if (bracketed && host.size() > 2 && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return {};
  endpoint.host = host;
  return endpoint;
}

CentralFacts probe_central(const ProbeOptions& options, const base::Clock& clock,
                           const std::stop_token& stop) {
  CentralFacts facts{.url = options.central};
  if (options.key) facts.kid = options.key->kid;
  const auto endpoint = endpoint_of(options.central);
  if (!endpoint) {
    facts.lookup_error = "\"" + printable(options.central) + "\" is no web address";
    return facts;
  }
  facts.host = endpoint->host;
  facts.port = endpoint->port;
  facts.tls = endpoint->tls;
  const auto addresses = addresses_of(facts, options.lookup_within);
  if (!addresses.empty()) try_connect(facts, addresses, options, clock);
  if (!facts.connect_us || stop.stop_requested()) return facts;
  Beat beat(options, clock);
  beat.post(facts, stop);
  beat.ask_ready(facts, stop);
  return facts;
}

}  // namespace holeshot::upload
