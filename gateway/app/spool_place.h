// Which spool a command means, and which gateway holds it. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "gateway/spool/options.h"
#include "gateway/spool/types.h"
#include "gateway/status/client.h"

namespace holeshot::app {

struct SpoolPlace {
  std::string path;
  spool::SpoolOptions options;        // as the gateway's own
  std::vector<std::string> controls;  // where the socket of its gateway may be
};

// Each as on the command line, empty where it was not given. Without `path` the settings say it (flags, environment,
// file), so that who has a configured gateway needs no flag. kInvalid: no spool is set, or the settings are wrong.
[[nodiscard]] base::Result<SpoolPlace> spool_place(const std::string& path, const std::string& config,
                                                   const std::string& control);

// The gateway that writes this spool, found by its boot: one that runs on another spool is not it. nullopt where none
// of `controls` answers as that.
[[nodiscard]] std::optional<status::Address> gateway_of(const std::vector<std::string>& controls,
                                                        const std::vector<spool::BootStats>& boots);

// The process that holds the spool, as the kernel says; nullopt where none does, or nobody may know. Takes no lock, so
// a gateway that starts at this moment is not kept out.
[[nodiscard]] std::optional<std::string> holder_of_spool(const std::string& path);

}  // namespace holeshot::app
