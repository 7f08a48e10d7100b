// NameLookup: a host name to addresses without blocking who asks. The system's resolver may take half a minute where a
// network is half there, and the reader has bytes to read and a stop to obey meanwhile.
//
// A lookup runs on a thread of its own that nobody waits for: it shares its state with this object, so that either may
// go first. One at a time. The owner's thread alone calls this.
#pragma once

#include <netdb.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace holeshot::source {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family = 0;
};

// Blocks. kRetry where the name is not known (yet).
using ResolveFn =
    std::function<base::Result<std::vector<Address>>(const std::string& host, std::uint16_t port)>;
[[nodiscard]] base::Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port);
// Addresses as numbers only; never blocks. kInvalid for a name.
[[nodiscard]] base::Result<std::vector<Address>> resolve_numeric(const std::string& host, std::uint16_t port);

class NameLookup {
 public:
  explicit NameLookup(ResolveFn resolve);
  ~NameLookup();

  // Starts a lookup, unless the last one still runs: then its answer is this one's.
  void start(const std::string& host, std::uint16_t port);
  // Readable when there is an answer; -1 where nothing runs.
  [[nodiscard]] int fd() const;
  // The answer, once; nullopt while there is none.
  [[nodiscard]] std::optional<base::Result<std::vector<Address>>> take();

 private:
  struct Shared;
  const ResolveFn resolve_;
  std::shared_ptr<Shared> running_;
};

}  // namespace holeshot::source
