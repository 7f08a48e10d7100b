#include "gateway/app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>

#include "gateway/app/exit_codes.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/app/run_command.h"
#include "gateway/app/spool_commands.h"
#include "gateway/app/status_cli.h"

namespace holeshot::app {

namespace {

constexpr const char* kExitCodesText =
    "Exit codes: 0 ended cleanly, 1 the command failed, 2 command line or configuration wrong, 3 spool "
    "cannot be\n"
    "opened or is in use, 4 the disk failed while running (start it again).";

// --track-id for track_id; the list of decoders is given one by one.
std::string flag_of(const base::Setting& setting) {
  if (setting.key == "decoders") return "--decoder";
  std::string name = "--" + setting.key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

struct RunFlags {
  std::string config;
  bool wait_for_settings = false;
  std::map<std::string, std::vector<std::string>> values;  // by key
};

int wrong_setting(const base::Error& error) {
  std::fprintf(stderr, "holeshot-gateway: %s\n", error.text().c_str());
  return kExitUsage;
}

void add_settings(CLI::App& command, RunFlags& flags) {
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
  command.add_option("--config", flags.config,
                     std::string{"TOML file (default "} + kDefaultConfigPath + " where it exists)");
}

base::Result<base::Settings> settings_from(const RunFlags& flags) {
  base::Settings settings = declare_gateway_settings();
  for (const base::Setting& setting : settings.declared()) {
    const auto values = flags.values.find(setting.key);
    if (values == flags.values.end() || values->second.empty()) continue;
    HOLESHOT_TRY(settings.set(setting.key, values->second, flag_of(setting)));
  }
  HOLESHOT_TRY(load_layers(settings, flags.config));
  return settings;
}

int run(const RunFlags& flags) {
  return run_gateway([&flags] { return settings_from(flags); },
                     flags.wait_for_settings ? WhenUnconfigured::kWait : WhenUnconfigured::kEnd);
}

// Says what the gateway would run with, each value with its origin, or what is wrong.
int check_config(const RunFlags& flags) {
  const auto settings = settings_from(flags);
  if (!settings) return wrong_setting(settings.error());
  for (const auto& setting : settings->declared()) {
    std::fprintf(stdout, "%-18s = %s  (%s)\n", setting.key.c_str(), settings->shown(setting.key).c_str(),
                 settings->origin(setting.key).c_str());
  }
  if (const auto log = log_config_from(*settings); !log) return wrong_setting(log.error());
  if (const auto config = config_from(*settings); !config) return wrong_setting(config.error());
  std::fprintf(stdout, "the configuration is good\n");
  return kExitOk;
}

// Everything a configuration file may say; the manual page is made of it.
int show_settings() {
  const base::Settings settings = declare_gateway_settings();
  for (const base::Setting& setting : settings.declared()) {
    const std::string fallback = setting.fallback.empty() ? "no default" : "default " + setting.fallback;
    std::fprintf(stdout, "%s  (%s, %s)\n    %s\n", setting.key.c_str(), setting.env.c_str(), fallback.c_str(),
                 setting.help.c_str());
  }
  return kExitOk;
}

struct SpoolFlags {
  std::string path;
  std::string state = "all";
  std::string message_type;
  std::uint64_t limit = 50;
  std::uint64_t id = 0;
  bool json = false;
};

CLI::App* add_spool_command(CLI::App& parent, const std::string& name, const std::string& help,
                            const std::string& example, SpoolFlags& flags,
                            const std::function<int(const SpoolFlags&)>& action, int& code) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->add_option("--spool", flags.path, "the spool's file")->required();
  command->add_flag("--json", flags.json, "for programs; docs/gateway.md says what is in it");
  command->footer("Example: holeshot-gateway spool " + example);
  command->callback([&flags, &code, action] { code = action(flags); });
  return command;
}

Output output_of(const SpoolFlags& flags) { return flags.json ? Output::kJson : Output::kText; }

void add_spool_commands(CLI::App& app, SpoolFlags& flags, int& code) {
  CLI::App* spool = app.add_subcommand("spool", "look into a spool, also while a gateway runs on it");
  spool->require_subcommand(1);
  spool->footer("Example: holeshot-gateway spool stats --spool /var/lib/holeshot/spool.db");
  add_spool_command(
      *spool, "stats", "how much is waiting, at central, in quarantine", "stats --spool spool.db --json",
      flags, [](const SpoolFlags& f) { return spool_stats(f.path, output_of(f)); }, code);
  CLI::App* list = add_spool_command(
      *spool, "list", "the newest rows", "list --spool spool.db --state quarantined", flags,
      [](const SpoolFlags& f) {
        return spool_list(
            f.path,
            {.state = f.state == "all" ? "" : f.state, .message_type = f.message_type, .limit = f.limit},
            output_of(f));
      },
      code);
  list->add_option("--state", flags.state, "all, pending, acked or quarantined (default all)")
      ->check(CLI::IsMember({"all", "pending", "acked", "quarantined"}));
  list->add_option("--type", flags.message_type, "PASSING, STATUS, ... (default all)");
  list->add_option("--limit", flags.limit, "rows at most (default 50)")
      ->check(CLI::Range(1ULL, 1'000'000'000ULL));
  CLI::App* show = add_spool_command(
      *spool, "show", "one row, whole", "show --spool spool.db 42", flags,
      [](const SpoolFlags& f) { return spool_show(f.path, f.id, output_of(f)); }, code);
  show->add_option("id", flags.id, "the row's id, as list shows it")->required();
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app{
      "holeshot-gateway: reads the decoders of a track, keeps every record on disk, and sends it to "
      "central."};
  app.set_version_flag("--version", std::string{"holeshot-gateway "} + HOLESHOT_VERSION);
  app.require_subcommand(1);
  app.footer(
      std::string{"Example: holeshot-gateway run --track-id hill --client-id laptop --central "
                  "http://central:8080 \\\n"
                  "           --decoder tcp://192.168.1.50:5403 --spool /var/lib/holeshot/spool.db\n"} +
      kExitCodesText);
  int code = kExitOk;

  RunFlags run_flags;
  CLI::App* run_command =
      app.add_subcommand("run", "read the decoders and send to central until SIGTERM or SIGINT");
  add_settings(*run_command, run_flags);
  run_command->add_flag(
      "--wait-for-settings", run_flags.wait_for_settings,
      "while settings are wrong or missing: say so, and begin when the file is saved (for services)");
  run_command->footer(
      std::string{"Example: holeshot-gateway run --config gateway.toml --decoder file://race.bin?speed=1\n"} +
      kExitCodesText);
  bool run_asked = false;
  run_command->callback([&] { run_asked = true; });

  RunFlags check_flags;
  CLI::App* config = app.add_subcommand("config", "what the gateway would run with");
  config->require_subcommand(1);
  config->footer("Example: holeshot-gateway config check --config gateway.toml");
  CLI::App* check =
      config->add_subcommand("check", "show every setting with its origin, or name what is wrong");
  check->add_option("--config", check_flags.config,
                    std::string{"TOML file (default "} + kDefaultConfigPath + ")");
  check->footer("Example: holeshot-gateway config check --config gateway.toml");
  check->callback([&] { code = check_config(check_flags); });
  CLI::App* list = config->add_subcommand("settings", "every setting: key, variable, default, what it means");
  list->footer("Example: holeshot-gateway config settings");
  list->callback([&] { code = show_settings(); });

  add_status_commands(app, code);

  SpoolFlags spool_flags;
  add_spool_commands(app, spool_flags, code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return run_asked ? run(run_flags) : code;
}

}  // namespace holeshot::app
