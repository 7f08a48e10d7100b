#include "common/base/clock.h"

#include <chrono>

namespace holeshot::base {

namespace {
template <class C>
std::uint64_t now_us() {
  using std::chrono::duration_cast;
  return static_cast<std::uint64_t>(
      duration_cast<std::chrono::microseconds>(C::now().time_since_epoch()).count());
}
}  // namespace

std::uint64_t SystemClock::wall_us() const { return now_us<std::chrono::system_clock>(); }
std::uint64_t SystemClock::mono_us() const { return now_us<std::chrono::steady_clock>(); }

}  // namespace holeshot::base
