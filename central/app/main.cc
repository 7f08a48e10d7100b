// holeshot-central: takes batches from many tracks, keeps one ordered log, runs the race engines, shows the result.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "central/app/central.h"
#include "central/app/dlq_cli.h"
#include "central/app/event_cli.h"
#include "central/app/key_commands.h"
#include "central/app/log_cli.h"
#include "central/app/read_command.h"
#include "central/app/replay_command.h"
#include "central/app/serve_settings.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/service.h"
#include "common/base/signals.h"

namespace {

using namespace holeshot;

constexpr int kUsage = 2;

struct ServeFlags {
  std::map<std::string, std::string> values;
  std::string config;
};

int complain(const base::Error& error, int status) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return status;
}

int serve(const ServeFlags& flags) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet, and none of ours ever sets a variable
  const auto env = [](const char* name) { return std::getenv(name); };
  const auto options = central_app::read_serve_options(flags.values, flags.config, env);
  if (!options) return complain(options.error(), kUsage);
  base::init_log(options->log_level, options->log_format);
  const base::Signals signals;
  const base::Service service(env);
  base::SystemClock clock;
  const auto central = central_app::Central::start(options->central, clock);
  if (!central) return complain(central.error(), 1);
  // Other programs wait for these lines.
  std::printf("listening http %s\nlistening live %s\n", (*central)->http_address().c_str(),
              (*central)->live_address().c_str());
  std::fflush(stdout);
  service.ready("started");
  base::serve_until_stopped(
      service, signals,
      {.healthy = [&] { return (*central)->healthy(); }, .status = [&] { return (*central)->summary(); }});
  service.stopping("stopping: tells viewers to come back, closes the log");
  base::log_info("app", "stopping");
  return 0;
}

void add_serve(CLI::App& app, ServeFlags& flags, int& status) {
  CLI::App* command = app.add_subcommand("serve", "Run central until SIGTERM");
  command->footer(
      "Example:\n  holeshot-central serve --data /var/lib/holeshot --http 127.0.0.1:8080 --live "
      "127.0.0.1:8081\n\n"
      "Every setting is also a HOLESHOT_* variable and a line of the configuration file; flags win over\n"
      "variables, variables over the file (/etc/holeshot/central.toml, or --config).\n"
      "Prints `listening NAME HOST:PORT` for each listener. Exit status: 0 stopped, 1 could not start, 2 "
      "wrong usage.");
  command->add_option("--config", flags.config, "configuration file")->type_name("FILE");
  const base::Settings settings = central_app::declare_serve_settings();
  for (const base::Setting& setting : settings.declared()) {
    std::string name = setting.key;
    for (char& c : name) c = c == '_' ? '-' : c;
    const std::string help = setting.help + " [" + setting.env +
                             (setting.fallback.empty() ? "]" : ", default " + setting.fallback + "]");
    const auto store = [&flags, key = setting.key](const std::string& value) { flags.values[key] = value; };
    if (setting.kind == base::SettingKind::kSwitch) {
      command->add_flag_callback("--" + name, [store] { store("true"); }, help);
    } else {
      command->add_option_function<std::string>("--" + name, store, help);
    }
  }
  command->callback([&flags, &status] { status = serve(flags); });
}

void add_rotate(CLI::App& keys, central_app::RotateCommand& command, int& status) {
  CLI::App* sub = keys.add_subcommand("rotate", "Another key signs results and alerts from now on");
  sub->add_option("--file", command.file, "the file that live_keys names, or DATA/live.keys")->required();
  sub->add_option("--keep", command.keep, "how many of the keys before it stay published")
      ->check(CLI::Range(0, 16));
  sub->add_flag("--json", command.json, "print JSON");
  sub->footer("Example:\n  holeshot-central keys rotate --file /var/lib/holeshot-central/live.keys");
  sub->callback([&command, &status] { status = central_app::rotate_keys(command, std::cout, std::cerr); });
}

void add_keys(CLI::App& app, central_app::KeyCommand& command, central_app::RotateCommand& rotate,
              int& status) {
  CLI::App* keys = app.add_subcommand("keys", "Keys with which gateways sign, and central itself");
  keys->require_subcommand(1);
  keys->footer("Example:\n  holeshot-central keys new --kid zolder-2027 --track zolder");
  CLI::App* sub = keys->add_subcommand("new", "Makes a key; prints central's line and the gateway's");
  sub->add_option("--kid", command.kid, "name of the key")->required();
  sub->add_option("--track", command.tracks, "track for which it counts, repeated; * for all")
      ->required()
      ->take_all();
  sub->footer("Example:\n  holeshot-central keys new --kid zolder-2027 --track zolder");
  sub->callback([&command, &status] { status = central_app::new_key(command, std::cout, std::cerr); });
  add_rotate(*keys, rotate, status);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"holeshot-central: live timing for BMX tracks, the side that everybody sees"};
  app.set_version_flag("--version", "holeshot-central " HOLESHOT_VERSION);
  app.require_subcommand(1);
  app.footer("Example:\n  holeshot-central serve --data ./data --http 127.0.0.1:8080 --live 127.0.0.1:8081");
  int status = 0;
  ServeFlags serve_flags;
  central_app::KeyCommand key_command;
  central_app::RotateCommand rotate_command;
  add_serve(app, serve_flags, status);
  central_app::add_log_commands(app, status);
  central_app::add_replay_command(app, status);
  central_app::add_read_commands(app, status);
  central_app::add_dlq_commands(app, status);
  central_app::add_event_commands(app, status);
  add_keys(app, key_command, rotate_command, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" of status 0; everything else is wrong usage.
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return status;
}
