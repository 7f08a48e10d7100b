#include "gateway/app/status_cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "gateway/app/status_command.h"

namespace holeshot::app {

namespace {

struct Flags {
  std::string socket;
  std::string listen;
  bool watch = false;
  bool json = false;
};

int run(const Flags& flags, const std::function<int(const StatusArgs&)>& command) {
  const auto address = status_address(flags.socket, flags.listen);
  if (!address) {
    std::cerr << "holeshot-gateway: " << address.error().text() << "\n";
    return kStatusNoGateway;
  }
  StatusArgs args;
  args.address = *address;
  args.watch = flags.watch;
  args.json = flags.json;
  args.colour = wants_colour(STDOUT_FILENO);
  args.out = &std::cout;
  args.err = &std::cerr;
  return command(args);
}

// The callbacks live as long as the app and so do their flags.
CLI::App* add(CLI::App& app, const char* name, const char* help, const char* footer,
              const std::shared_ptr<Flags>& flags, int (*command)(const StatusArgs&), int& code) {
  CLI::App* added = app.add_subcommand(name, help);
  added->add_option(
      "--socket", flags->socket,
      std::string{"the gateway's control socket (default "} + kDefaultControlSocket + " where there is one)");
  added->add_option("--at", flags->listen, "HOST:PORT of the gateway's page (default 127.0.0.1:8090)");
  added->footer(footer);
  added->callback([flags, command, &code] { code = run(*flags, command); });
  return added;
}

}  // namespace

void add_status_commands(CLI::App& app, int& code) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* status = add(app, "status", "three lamps, one sentence, one action",
                         "Exit codes: 0 green, 1 amber, 2 red, 3 no gateway answers.\n"
                         "Example: holeshot-gateway status --watch",
                         flags, status_command, code);
  status->add_flag("--watch", flags->watch, "draw again every second");
  status->add_flag("--json", flags->json, "for programs; docs/gateway.md says what is in it");
  CLI::App* flush = add(app, "flush", "send what waits now, without waiting for the next try",
                        "Example: holeshot-gateway flush", flags, flush_command, code);
  flush->add_flag("--json", flags->json, "the gateway's answer");
  add(app, "walk", "walk test: a line and a bell for each passing, another line when central has it",
      "Example: holeshot-gateway walk", flags, walk_command, code);
}

}  // namespace holeshot::app
