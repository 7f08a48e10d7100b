#include "tools/sim/cutter.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "common/base/check.h"

namespace holeshot::sim {

namespace {
constexpr std::size_t kSegment = 1460;    // what a decoder's TCP would put into one packet
constexpr std::size_t kLongRandom = 150;  // up to about three records
constexpr std::size_t kShortRandom = 8;   // within a record, and within an escape
constexpr double kShortShare = 0.7;
}  // namespace

base::Result<Cutter> Cutter::parse(std::string_view text, std::uint64_t seed) {
  if (text == "natural") return Cutter{Mode::kNatural, 0, seed};
  if (text == "random") return Cutter{Mode::kRandom, 0, seed};
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error == std::errc{} && end == text.data() + text.size() && size > 0)
    return Cutter{Mode::kFixed, size, seed};
  return base::fail(base::Code::kInvalid,
                    "chunk \"" + std::string{text.substr(0, 40)} + "\" is not a way to cut",
                    "use natural, random, or a number of bytes from 1");
}

Cutter Cutter::for_client(std::uint64_t number) const { return {mode_, size_, seed_ + number * 7919}; }

std::size_t Cutter::next(std::size_t ready) {
  HOLESHOT_CHECK(ready > 0, "there is something to cut");
  switch (mode_) {
    case Mode::kNatural:
      return std::min(ready, kSegment);
    case Mode::kFixed:
      return std::min(ready, size_);
    case Mode::kRandom:
      break;
  }
  return std::min<std::size_t>(ready,
                               random_.between(1, random_.chance(kShortShare) ? kShortRandom : kLongRandom));
}

}  // namespace holeshot::sim
