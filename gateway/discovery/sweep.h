// What the answers of a discovery say: frames by sender become decoders. Pure; one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/p3/record.h"
#include "gateway/discovery/discovery.h"

namespace holeshot::discovery {

class Sweep {
 public:
  // A datagram. One without a good frame counts for nothing; so do requests, such as our own probes coming back.
  void take(const std::string& from, base::ByteView datagram);
  // By address; urls with `port`.
  [[nodiscard]] std::vector<FoundDecoder> decoders() const;

 private:
  void take(const std::string& from, const p3::Record& record);
  std::map<std::string, FoundDecoder> found_;
};

// The MAC of an address in the text of /proc/net/arp; empty where it stands not there or is not complete.
[[nodiscard]] std::string mac_in(std::string_view arp, std::string_view address);
// Who made it; empty for all but those who make decoders.
[[nodiscard]] std::string vendor_of(std::string_view mac);

}  // namespace holeshot::discovery
