#include "gateway/app/settings_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "gateway/app/gateway_settings.h"

namespace holeshot::app {

namespace {

// --track-id for track_id; the list of decoders is given one by one.
std::string flag_of(const base::Setting& setting) {
  if (setting.key == "decoders") return "--decoder";
  std::string name = "--" + setting.key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

void add_config_flag(CLI::App& command, SettingsFlags& flags) {
  command.add_option("--config", flags.config,
                     std::string{"TOML file (default "} + kDefaultConfigPath + " where it exists)");
}

void add_settings_flags(CLI::App& command, SettingsFlags& flags) {
  const base::Settings settings = declare_gateway_settings();
  for (const base::Setting& setting : settings.declared()) {
    const std::string help = setting.help + " (" + setting.env +
                             (setting.fallback.empty() ? "" : ", default " + setting.fallback) + ")";
    auto& values = flags.values[setting.key];
    if (setting.kind == base::SettingKind::kSwitch) {
      command.add_flag_callback(flag_of(setting), [&values] { values = {"true"}; }, help);
      continue;
    }
    CLI::Option* option = command.add_option(flag_of(setting), values, help);
    option->expected(1);
    if (setting.kind == base::SettingKind::kList) option->take_all();
  }
  add_config_flag(command, flags);
}

base::Result<base::Settings> settings_from(const SettingsFlags& flags) {
  base::Settings settings = declare_gateway_settings();
  for (const base::Setting& setting : settings.declared()) {
    const auto values = flags.values.find(setting.key);
    if (values == flags.values.end() || values->second.empty()) continue;
    HOLESHOT_TRY(settings.set(setting.key, values->second, flag_of(setting)));
  }
  HOLESHOT_TRY(load_layers(settings, flags.config));
  return settings;
}

}  // namespace holeshot::app
