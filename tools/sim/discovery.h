// How decoders are found: a probe comes by UDP, and each decoder answers with an ordinary frame. Decoders
// listen on 5403 and answer to port 5303; a prober on this machine is answered where it asked from, so that
// ports can be any. One thread.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "tools/sim/source.h"

namespace holeshot::sim {

inline constexpr std::uint16_t kProbersPort = 5303;

class Discovery {
 public:
  // `answers_version` false: like a Smart Decoder that knew the NETWORK_SETTINGS probe only.
  [[nodiscard]] static base::Result<std::unique_ptr<Discovery>> open(const std::string& address,
                                                                     bool answers_version);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& address() const { return address_; }

  // Takes all datagrams that are there and answers the probes among them: VERSION, NETWORK_SETTINGS,
  // TIMELINE, 0012 and 0036; everything else is ignored. `quiet` ignores those, too.
  void serve(Source& source, std::uint64_t mono_us, bool quiet);

 private:
  Discovery(base::UniqueFd fd, std::string address, bool answers_version)
      : fd_(std::move(fd)), address_(std::move(address)), answers_version_(answers_version) {}
  [[nodiscard]] bool is_probe(std::uint16_t tor) const;

  base::UniqueFd fd_;
  std::string address_;
  bool answers_version_;
};

}  // namespace holeshot::sim
