// What a viewer can do wrong, one function each: connects, misbehaves, and says how the server ended it: a close code, the
// status of a refusal, or "hung up". Blocking, bounded by the server's own limits; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace holeshot::live {

struct Misdeed {
  const char* name;
  const char* end;  // how the server must end it
  std::function<std::string(std::uint16_t port)> commit;
};

[[nodiscard]] std::span<const Misdeed> misdeeds();

}  // namespace holeshot::live
