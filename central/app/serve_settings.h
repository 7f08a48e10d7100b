// What `holeshot-central serve` can be told: flags, HOLESHOT_* variables and a TOML file, in this order of weight.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "central/app/central.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/settings.h"

namespace holeshot::central_app {

// Read when it is there and no --config names another.
inline constexpr const char* kDefaultConfigFile = "/etc/holeshot/central.toml";

[[nodiscard]] base::Settings declare_serve_settings();

struct ServeOptions {
  CentralOptions central;
  base::LogLevel log_level = base::LogLevel::kInfo;
  base::LogFormat log_format = base::LogFormat::kText;
};

// `flags`: key -> what the command line said. `config`: its --config, or empty. Errors name file, line and key, the
// variable, or the flag.
[[nodiscard]] base::Result<ServeOptions> read_serve_options(
    const std::map<std::string, std::string>& flags, const std::string& config,
    const std::function<const char*(const char*)>& env);

// The log's streams with the limits of file and environment, for who does not serve. Errors as above.
[[nodiscard]] base::Result<std::vector<log::StreamRule>> read_streams(
    const std::string& config, const std::function<const char*(const char*)>& env);

}  // namespace holeshot::central_app
