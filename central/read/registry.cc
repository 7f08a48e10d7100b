#include "central/read/registry.h"

#include <fmt/format.h>

#include <chrono>

namespace holeshot::read {

namespace {
// Lower case of a two-byte UTF-8 code point, where we know one.
unsigned lower(unsigned point) {
  const bool latin1 = point >= 0xC0 && point <= 0xDE && point != 0xD7;
  if (latin1) return point + 0x20;
  // Latin Extended-A comes in pairs, upper case first; the pairs start even in these two stretches, odd
  // between them.
  const bool even_pairs = (point >= 0x100 && point <= 0x137) || (point >= 0x14A && point <= 0x177);
  const bool odd_pairs = (point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17E);
  if (even_pairs) return point | 1U;
  if (odd_pairs) return point + point % 2;
  return point;
}
}  // namespace

std::string fold(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte >= 'A' && byte <= 'Z') {
      out.push_back(static_cast<char>(byte + ('a' - 'A')));
    } else if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < utf8.size()) {
      const auto second = static_cast<unsigned char>(utf8[++i]);
      const unsigned point = lower((byte & 0x1FU) << 6U | (second & 0x3FU));
      out.push_back(static_cast<char>(0xC0U | point >> 6U));
      out.push_back(static_cast<char>(0x80U | (point & 0x3FU)));
    } else {
      out.push_back(utf8[i]);
    }
  }
  return out;
}

std::string iso_time(std::uint64_t unix_us) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds{unix_us}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace holeshot::read
