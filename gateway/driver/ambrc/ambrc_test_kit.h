// What the tests of this room share: lines as they stand on the wire, and real ones.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "common/base/bytes.h"
#include "common/p3/crc.h"

namespace holeshot::driver::ambrc::testing {

// "#\t20\t1\t70" with its check.
inline std::string line(std::string text) {
  text += '\t';
  const auto crc = p3::crc16(base::as_bytes(text));
  const base::Bytes digits{static_cast<std::uint8_t>(crc >> 8U), static_cast<std::uint8_t>(crc)};
  return "\x01" + text + "x" + base::to_hex_upper(digits) + "\r\n";
}

// A decoder's real bytes; empty where they are not on this machine.
inline std::string captured(const std::string& name) {
  const char* folder = std::getenv("HOLESHOT_CAPTURES");  // NOLINT(concurrency-mt-unsafe)
  std::ifstream file(std::string{folder != nullptr ? folder : HOLESHOT_CAPTURES_DIR} + "/" + name,
                     std::ios::binary);
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace holeshot::driver::ambrc::testing
