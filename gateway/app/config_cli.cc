#include "gateway/app/config_cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "common/base/json_text.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/app/settings_flags.h"
#include "gateway/app/terminal.h"

namespace holeshot::app {

namespace {

struct Flags {
  SettingsFlags settings;
  bool json = false;
};

std::optional<base::Error> what_is_wrong(const base::Result<base::Settings>& settings) {
  if (!settings) return settings.error();
  if (const auto log = log_config_from(*settings); !log) return log.error();
  if (const auto config = config_from(*settings); !config) return config.error();
  return {};
}

std::string check_json(const base::Result<base::Settings>& settings,
                       const std::optional<base::Error>& wrong) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field_bool("good", !wrong);
  w.field("error", wrong ? wrong->message : "");
  w.field("hint", wrong ? wrong->hint : "");
  w.key("settings");
  w.open_array();
  if (settings) {
    for (const auto& setting : settings->declared()) {
      w.open_object();
      w.field("key", setting.key);
      w.field("value", settings->shown(setting.key));
      w.field("origin", settings->origin(setting.key));
      w.close_object();
    }
  }
  w.close_array();
  w.close_object();
  return out;
}

void print_settings(const base::Settings& settings) {
  std::size_t width = 0;
  for (const auto& setting : settings.declared()) width = std::max(width, setting.key.size());
  for (const auto& setting : settings.declared()) {
    print(setting.key + std::string(width - setting.key.size(), ' ') + " = " + settings.shown(setting.key) +
          "  (" + settings.origin(setting.key) + ")");
  }
}

// Says what the gateway would run with, each value with its origin, or what is wrong.
int check_config(const Flags& flags) {
  const auto settings = settings_from(flags.settings);
  const auto wrong = what_is_wrong(settings);
  if (flags.json) {
    print(check_json(settings, wrong));
  } else if (settings) {
    print_settings(*settings);
  }
  if (wrong) return report(*wrong, kExitUsage);
  if (!flags.json) print("the configuration is good");
  return kExitOk;
}

std::string setting_json(const base::Setting& setting) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("key", setting.key);
  w.field("env", setting.env);
  w.field("default", setting.fallback);
  w.field("help", setting.help);
  w.close_object();
  return out;
}

// Everything a configuration file may say; the manual page is made of it.
int show_settings(const Flags& flags) {
  const base::Settings settings = declare_gateway_settings();
  for (const base::Setting& setting : settings.declared()) {
    const std::string fallback = setting.fallback.empty() ? "no default" : "default " + setting.fallback;
    print(flags.json ? setting_json(setting)
                     : setting.key + "  (" + setting.env + ", " + fallback + ")\n    " + setting.help);
  }
  return kExitOk;
}

}  // namespace

void add_config_commands(CLI::App& app, int& code) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* config = app.add_subcommand("config", "what the gateway would run with");
  config->require_subcommand(1);
  config->footer("Example: holeshot-gateway config check --config gateway.toml");
  CLI::App* check =
      config->add_subcommand("check", "show every setting with its origin, or name what is wrong");
  add_config_flag(*check, flags->settings);
  check->footer("Example: holeshot-gateway config check --config gateway.toml");
  check->callback([flags, &code] { code = check_config(*flags); });
  CLI::App* list = config->add_subcommand("settings", "every setting: key, variable, default, what it means");
  list->footer("Example: holeshot-gateway config settings");
  list->callback([flags, &code] { code = show_settings(*flags); });
  for (CLI::App* command : {check, list})
    command->add_flag("--json", flags->json, "for programs; docs/gateway.md says what is in it");
}

}  // namespace holeshot::app
