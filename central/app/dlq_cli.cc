#include "central/app/dlq_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "central/app/dlq_commands.h"
#include "common/base/clock.h"

namespace holeshot::central_app {

namespace {

constexpr const char* kStatusNote = "\n\nExit status: 0 done, 1 not done or not all of it, 2 wrong usage.";

using DlqAction = int (*)(const DlqCommand&, const base::Clock&, std::ostream&);
using Command = std::shared_ptr<DlqCommand>;

// A subcommand with a command of its own.
CLI::App& add_action(CLI::App& parent, const char* name, const char* help, const std::string& example,
                     int& status, DlqAction action, const Command& command) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->add_option("--central", command->central, "the running central to ask")
      ->type_name("URL")
      ->capture_default_str();
  sub->add_flag("--json", command->json, "as JSON");
  sub->footer("Example:\n  holeshot-central dlq " + example + kStatusNote);
  sub->callback([command, &status, action] {
    const base::SystemClock clock;
    status = action(*command, clock, std::cout);
  });
  return *sub;
}

void add_look(CLI::App& sub, DlqCommand& command) {
  sub.add_option("--data", command.data,
                 "central's folder: read the log there, also beside a running central")
      ->type_name("DIR");
}

void add_change(CLI::App& sub, DlqCommand& command) {
  sub.add_option("--data", command.data, "central's folder, where no central runs: write to the log there")
      ->type_name("DIR");
  sub.add_option("--actor", command.actor, "who you are, for the log; without it: local")->envname("USER");
}

void add_filter(CLI::App& sub, DlqCommand& command) {
  sub.add_option("--track", command.tracks, "only of this track; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option("--source", command.sources, "only from here: ingest, race, projection; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option("--code", command.codes,
                 "only with this code: bad_seq, conflict, invalid, ...; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
}

void add_many(CLI::App& sub, DlqCommand& command) {
  sub.add_option("ID", command.id, "the letter");
  sub.add_flag("--all", command.all, "all open letters that the filters leave");
  add_filter(sub, command);
}

void add_list(CLI::App& dlq, int& status) {
  const auto command = std::make_shared<DlqCommand>();
  CLI::App& sub = add_action(dlq, "list", "Dead letters, newest first", "list --track zolder --code bad_seq",
                             status, dlq_list, command);
  add_look(sub, *command);
  add_filter(sub, *command);
  sub.add_option("--state", command->state, "open, replayed, discarded or all")
      ->check(CLI::IsMember({"open", "replayed", "discarded", "all"}))
      ->capture_default_str();
  sub.add_option("--limit", command->limit, "at most so many, up to 1000")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

void add_show(CLI::App& dlq, int& status) {
  const auto command = std::make_shared<DlqCommand>();
  CLI::App& sub = add_action(dlq, "show", "A letter with its original bytes and what was made of it",
                             "show 3f2a9c01d4e5b678", status, dlq_show, command);
  add_look(sub, *command);
  sub.add_option("ID", command->id, "the letter")->required();
}

void add_fix(CLI::App& dlq, int& status) {
  const auto command = std::make_shared<DlqCommand>();
  CLI::App& sub = add_action(dlq, "fix", "Checks a mended event and puts it back in place of the letter's",
                             "fix 3f2a9c01d4e5b678 --file mended.json --reason \"seq was cut off\"", status,
                             dlq_fix, command);
  add_change(sub, *command);
  sub.add_option("ID", command->id, "the letter")->required();
  sub.add_option("--file", command->file, "the mended event; - is the standard input")->required();
  sub.add_option("--reason", command->reason, "why");
}

void add_replay(CLI::App& dlq, int& status) {
  const auto command = std::make_shared<DlqCommand>();
  CLI::App& sub =
      add_action(dlq, "replay", "Puts events back into the log as they came",
                 "replay --all --source race --reason \"after the upgrade\"", status, dlq_replay, command);
  add_change(sub, *command);
  add_many(sub, *command);
  sub.add_option("--reason", command->reason, "why");
}

void add_discard(CLI::App& dlq, int& status) {
  const auto command = std::make_shared<DlqCommand>();
  CLI::App& sub =
      add_action(dlq, "discard", "Leaves events as they are; the letters stay to be looked at",
                 "discard 3f2a9c01d4e5b678 --reason \"a test transponder\"", status, dlq_discard, command);
  add_change(sub, *command);
  add_many(sub, *command);
  sub.add_option("--reason", command->reason, "why")->required();
}

void add_reopen(CLI::App& dlq, int& status) {
  const auto command = std::make_shared<DlqCommand>();
  CLI::App& sub = add_action(dlq, "reopen", "Makes a resolved letter an open one again",
                             "reopen 3f2a9c01d4e5b678", status, dlq_reopen, command);
  add_change(sub, *command);
  sub.add_option("ID", command->id, "the letter")->required();
  sub.add_option("--reason", command->reason, "why");
}

}  // namespace

void add_dlq_commands(CLI::App& app, int& status) {
  CLI::App* dlq = app.add_subcommand("dlq", "Dead letters: what could not be used, and what to do with it");
  dlq->require_subcommand(1);
  dlq->footer("Example:\n  holeshot-central dlq list\n  holeshot-central dlq show 3f2a9c01d4e5b678");
  add_list(*dlq, status);
  add_show(*dlq, status);
  add_fix(*dlq, status);
  add_replay(*dlq, status);
  add_discard(*dlq, status);
  add_reopen(*dlq, status);
}

}  // namespace holeshot::central_app
