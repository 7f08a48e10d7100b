#include "central/app/event_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "central/app/event_commands.h"
#include "common/base/clock.h"

namespace holeshot::central_app {

namespace {

constexpr const char* kStatusNote = "\n\nExit status: 0 done, 1 not done or not all of it, 2 wrong usage.";
constexpr std::size_t kMostKept = 10'000;

using EventAction = int (*)(const EventCommand&, const base::Clock&, std::ostream&);
using Command = std::shared_ptr<EventCommand>;

// A subcommand with a command of its own.
CLI::App& add_action(CLI::App& parent, const char* name, const char* help, const std::string& example,
                     int& status, EventAction action, const Command& command) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->add_option("--central", command->central, "the running central to ask")
      ->type_name("URL")
      ->capture_default_str();
  sub->add_flag("--json", command->json, "say what was done as JSON");
  sub->footer("Example:\n  holeshot-central event " + example + kStatusNote);
  sub->callback([command, &status, action] {
    const base::SystemClock clock;
    status = action(*command, clock, std::cout);
  });
  return *sub;
}

void add_export(CLI::App& event, int& status) {
  const auto command = std::make_shared<EventCommand>();
  CLI::App& sub =
      add_action(event, "export", "An event with its riders, motos and results as one document",
                 "export 01K3AYV0P6M2J7Q8R9S0T1V2W3 --file cup.json", status, event_export, command);
  sub.add_option("ID", command->event, "the event")->required();
  sub.add_option("--data", command->data, "central's folder: read it there, also beside a running central")
      ->type_name("DIR");
  sub.add_option("--file", command->file,
                 "write there, whole or not at all; without it, or with -, to the standard output");
  sub.add_flag("--force", command->force, "replace the file where it is there");
}

void add_import(CLI::App& event, int& status) {
  const auto command = std::make_shared<EventCommand>();
  CLI::App& sub =
      add_action(event, "import", "Put an event back from its document; one that is there stays as it is",
                 "import --file cup.json --dry-run", status, event_import, command);
  sub.add_option("--data", command->data, "central's folder, where no central runs: write to the log there")
      ->type_name("DIR");
  sub.add_option("--file", command->file, "the document; - for the standard input")->required();
  sub.add_flag("--dry-run", command->dry_run, "say what would happen, and change nothing");
  sub.add_option("--actor", command->actor, "who you are, for the log; without it: local")->envname("USER");
}

void add_backup(CLI::App& event, int& status) {
  const auto command = std::make_shared<EventCommand>();
  CLI::App& sub =
      add_action(event, "backup", "Every event into a file of its own, where it changed since the last",
                 "backup --to /var/backups/holeshot --keep 14", status, event_backup, command);
  sub.add_option("--data", command->data, "central's folder: read it there, also beside a running central")
      ->type_name("DIR");
  sub.add_option("--to", command->to, "folder; each event gets one in it")->required()->type_name("DIR");
  sub.add_option("--keep", command->keep, "of each event, so many of the newest files")
      ->check(CLI::Range(std::size_t{1}, kMostKept))
      ->capture_default_str();
}

}  // namespace

void add_event_commands(CLI::App& app, int& status) {
  CLI::App* event = app.add_subcommand("event", "Carry an event out of a central, and back");
  event->require_subcommand(1);
  event->footer("Example:\n  holeshot-central event backup --to /var/backups/holeshot");
  add_export(*event, status);
  add_import(*event, status);
  add_backup(*event, status);
}

}  // namespace holeshot::central_app
