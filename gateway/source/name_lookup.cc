#include "gateway/source/name_lookup.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "common/base/fd.h"

namespace holeshot::source {

namespace {

base::Result<std::vector<Address>> look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* raw = nullptr;
  const int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  if (rc != 0) {
    const bool numeric = (flags & AI_NUMERICHOST) != 0;
    return base::fail(
        numeric ? base::Code::kInvalid : base::Code::kRetry,
        "look up the decoder " + host + ": " + gai_strerror(rc),
        "is the network there, and the name written right? An address such as 192.168.1.50 needs no name");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list{raw, &freeaddrinfo};
  std::vector<Address> found;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    Address& address = found.emplace_back();
    address.size = std::min<socklen_t>(at->ai_addrlen, sizeof address.storage);
    address.family = at->ai_family;
    std::memcpy(&address.storage, at->ai_addr, address.size);
  }
  return found;
}

}  // namespace

base::Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port) {
  return look_up(host, port, 0);
}

base::Result<std::vector<Address>> resolve_numeric(const std::string& host, std::uint16_t port) {
  return look_up(host, port, AI_NUMERICHOST);
}

struct NameLookup::Shared {
  base::WakeFd done;
  std::mutex mutex;  // guards answer
  std::optional<base::Result<std::vector<Address>>> answer;
};

NameLookup::NameLookup(ResolveFn resolve) : resolve_(std::move(resolve)) {}
NameLookup::~NameLookup() = default;

void NameLookup::start(const std::string& host, std::uint16_t port) {
  if (running_) return;
  running_ = std::make_shared<Shared>();
  std::thread([shared = running_, resolve = resolve_, host, port] {
    auto answer = resolve(host, port);
    {
      const std::scoped_lock lock(shared->mutex);
      shared->answer = std::move(answer);
    }
    shared->done.wake();
  }).detach();
}

int NameLookup::fd() const { return running_ ? running_->done.get() : -1; }

std::optional<base::Result<std::vector<Address>>> NameLookup::take() {
  if (!running_) return {};
  std::optional<base::Result<std::vector<Address>>> answer;
  {
    const std::scoped_lock lock(running_->mutex);
    answer = std::exchange(running_->answer, std::nullopt);
  }
  if (answer) running_.reset();
  return answer;
}

}  // namespace holeshot::source
