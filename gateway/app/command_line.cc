#include "gateway/app/command_line.h"

#include <CLI/CLI.hpp>
#include <string>

#include "gateway/app/config_cli.h"
#include "gateway/app/decoders_cli.h"
#include "gateway/app/doctor_cli.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/run_command.h"
#include "gateway/app/settings_flags.h"
#include "gateway/app/spool_cli.h"
#include "gateway/app/status_cli.h"

namespace holeshot::app {

namespace {

constexpr const char* kExitCodesText =
    "Exit codes: 0 ended cleanly, 1 the command failed, 2 command line or configuration wrong, 3 spool "
    "cannot be\n"
    "opened or is in use, 4 the disk failed while running (start it again). Those of status and doctor: "
    "their --help.";

struct RunFlags {
  SettingsFlags settings;
  bool wait_for_settings = false;
  bool asked = false;
};

int run(const RunFlags& flags) {
  return run_gateway([&flags] { return settings_from(flags.settings); },
                     flags.wait_for_settings ? WhenUnconfigured::kWait : WhenUnconfigured::kEnd);
}

void add_run_command(CLI::App& app, RunFlags& flags) {
  CLI::App* command =
      app.add_subcommand("run", "read the decoders and send to central until SIGTERM or SIGINT");
  add_settings_flags(*command, flags.settings);
  command->add_flag(
      "--wait-for-settings", flags.wait_for_settings,
      "while settings are wrong or missing: say so, and begin when the file is saved (for services)");
  command->footer(
      std::string{"Example: holeshot-gateway run --config gateway.toml --decoder file://race.bin?speed=1\n"} +
      kExitCodesText);
  command->callback([&flags] { flags.asked = true; });
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
  add_run_command(app, run_flags);
  add_config_commands(app, code);
  add_status_commands(app, code);
  add_doctor_command(app, code);
  add_decoders_command(app, code);
  add_spool_commands(app, code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return run_flags.asked ? run(run_flags) : code;
}

}  // namespace holeshot::app
