// The truth file: what the decoders issued, a line of JSON each, written at once, so that a run with faults
// can be held against it whatever died meanwhile.
//
// {"kind":"passing","decoder_id":"D0000C01","number":7,"rtc_us":..,"transponder_id":7000001,
//  "transponder":"HS-00001","hex":"8e02..","live":true,"links":1,"intact":1}
// {"kind":"status","decoder_id":..,"rtc_us":..,"hex":..,"live":..,"links":..,"intact":..}
// {"kind":"reply","record":"VERSION","decoder_id":..,"hex":..}      to the client that asked
// {"kind":"resent","record":"PASSING","decoder_id":..,"number":7,"rtc_us":..,"hex":..}   likewise
// {"kind":"command","line":"silent on"}
//
// `hex` are the wire bytes before any damage. `links` connections were there to take them, `intact` of those
// got every byte as it was, `live` is intact > 0. What a connection held when it ended may still be lost with
// it. Recordings are not written. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "tools/sim/source.h"

namespace holeshot::sim {

// Who got it.
struct Reach {
  std::uint64_t links = 0;
  std::uint64_t intact = 0;
};

// The lines, without their end. Pure.
[[nodiscard]] std::string truth_of(const Issued& issued, const Reach& reach);
// `wire` holds one P3 frame.
[[nodiscard]] std::string truth_of_reply(base::ByteView wire);
[[nodiscard]] std::string truth_of_command(std::string_view line);

class Truth {
 public:
  // Appends to what is there. As the system says.
  [[nodiscard]] static base::Result<std::unique_ptr<Truth>> open(std::string path);
  base::Status write(std::string line);

 private:
  Truth(std::string path, base::UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  base::UniqueFd fd_;
};

}  // namespace holeshot::sim
