// Settings on the command line: a flag for each, and the layers below them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/settings.h"

namespace CLI {
class App;
}

namespace holeshot::app {

struct SettingsFlags {
  std::string config;                                      // --config
  std::map<std::string, std::vector<std::string>> values;  // by key
};

// --config, to any command. `flags` outlives the parsing.
void add_config_flag(CLI::App& command, SettingsFlags& flags);
// A flag for every setting, and --config.
void add_settings_flags(CLI::App& command, SettingsFlags& flags);

// Flags above the environment above the file.
[[nodiscard]] base::Result<base::Settings> settings_from(const SettingsFlags& flags);

}  // namespace holeshot::app
