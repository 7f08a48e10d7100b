// Where decoder bytes come from, as people write it:
//   tcp://192.168.1.50:5403          a decoder; without a port 5403; [::1]:5403 for IPv6
//   tcp://192.168.1.50:4000?driver=ambrc   with the protocol named (docs/drivers.md); without it the port decides
//   file:///data/race.bin?speed=2    a recording; speed 0 (the default) is as fast as it goes
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::source {

inline constexpr std::uint16_t kDefaultDecoderPort = 5403;

struct SourceUrl {
  enum class Kind : std::uint8_t { kTcp, kFile };
  std::string text;  // as it was written
  Kind kind = Kind::kTcp;
  std::string driver;  // of ?driver=; empty: the port decides
  std::string host;
  std::uint16_t port = kDefaultDecoderPort;
  std::string path;
  double speed = 0;
};

// kInvalid with what is wrong and how it is written.
[[nodiscard]] base::Result<SourceUrl> parse_source_url(std::string_view text);

}  // namespace holeshot::source
