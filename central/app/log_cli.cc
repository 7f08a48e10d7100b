#include "central/app/log_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "central/app/log_commands.h"
#include "central/app/size_command.h"
#include "common/base/clock.h"

namespace holeshot::central_app {

namespace {

constexpr const char* kStatusNote = "\n\nExit status: 0 fine, 1 a problem was met, 2 wrong usage.";

using LogAction = int (*)(const LogCommand&, const base::Clock&, std::ostream&);

void add_data(CLI::App& sub, std::string& data) {
  sub.add_option("--data", data, "folder of central")->required()->type_name("DIR");
}

// Options that any reader of events takes.
void add_filter(CLI::App& sub, LogCommand& command) {
  sub.add_option("--track", command.tracks, "only this track; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option("--subject", command.subjects,
                 "only this subject, for example timing.ingest.raw.v1.zolder; * stands for one token; may be "
                 "repeated")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option("--from", command.from,
                 "appended at or after: 2026-11-26T10:00:00Z, -15m, -2h, or microseconds since 1970");
}

void add_body_filter(CLI::App& sub, LogCommand& command) {
  sub.add_option("--transponder", command.transponders,
                 "only where this number or text is a transponder; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option(
         "--type", command.types,
         "only this message type (PASSING), race event (gate_drop) or intent (stage); may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  sub.add_option("--limit", command.limit, "end after so many events")->type_name("N");
  sub.add_option("--after", command.after, "only what stands after this offset")->type_name("OFFSET");
}

void add_to(CLI::App& sub, LogCommand& command) {
  sub.add_option("--to", command.to, "appended before: a time as for --from");
}

void add_last(CLI::App& sub, LogCommand& command, const char* help) {
  sub.add_option("--last", command.newest, help)->type_name("N");
}

void add_style(CLI::App& sub, LogCommand& command, const char* fallback) {
  auto* json = sub.add_flag("--json", command.json, std::string{"one JSON object a line"} + fallback);
  sub.add_flag("--text", command.text, "one line for people per event")->excludes(json);
}

// A subcommand with a LogCommand of its own, so that none sees another's options.
CLI::App& add_action(CLI::App& parent, const char* name, const char* help, const std::string& example,
                     int& status, LogAction action, const std::shared_ptr<LogCommand>& command) {
  CLI::App* sub = parent.add_subcommand(name, help);
  add_data(*sub, command->data);
  sub->footer("Example:\n  holeshot-central log " + example + kStatusNote);
  sub->callback([command, &status, action] {
    const base::SystemClock clock;
    status = action(*command, clock, std::cout);
  });
  return *sub;
}

void add_dump(CLI::App& log, int& status) {
  const auto command = std::make_shared<LogCommand>();
  CLI::App& sub = add_action(log, "dump", "Events in log order",
                             "dump --data /var/lib/holeshot --track zolder --from -15m --type PASSING --text",
                             status, log_dump, command);
  add_filter(sub, *command);
  add_to(sub, *command);
  add_body_filter(sub, *command);
  add_last(sub, *command, "the newest so many, in log order");
  add_style(sub, *command, " (as it is without --text)");
}

void add_tail(CLI::App& log, int& status) {
  const auto command = std::make_shared<LogCommand>();
  CLI::App& sub =
      add_action(log, "tail", "New events as they come, until it is interrupted",
                 "tail --data /var/lib/holeshot --track zolder --last 20", status, log_tail, command);
  add_filter(sub, *command);
  add_body_filter(sub, *command);
  add_last(sub, *command, "begin with the newest so many");
  add_style(sub, *command, "; without either: for people on a terminal, JSON elsewhere");
}

void add_stats(CLI::App& log, int& status) {
  const auto command = std::make_shared<LogCommand>();
  CLI::App& sub = add_action(log, "stats", "How much there is, and of what, and how much comes",
                             "stats --data /var/lib/holeshot --from -1d", status, log_stats, command);
  add_filter(sub, *command);
  add_to(sub, *command);
  sub.add_flag("--json", command->json, "as JSON");
}

void add_verify(CLI::App& log, int& status) {
  const auto command = std::make_shared<LogCommand>();
  CLI::App& sub =
      add_action(log, "verify", "Checks every checksum and every order; status 1 where something is wrong",
                 "verify --data /var/lib/holeshot", status, log_verify, command);
  sub.add_flag("--json", command->json, "as JSON");
}

void add_export(CLI::App& log, int& status) {
  const auto command = std::make_shared<LogCommand>();
  CLI::App& sub = add_action(
      log, "export", "Events as JSON lines, or passings as a table",
      "export --data /var/lib/holeshot --track zolder --from -12h --format csv --file passings.csv", status,
      log_export, command);
  add_filter(sub, *command);
  add_to(sub, *command);
  add_body_filter(sub, *command);
  add_last(sub, *command, "the newest so many, in log order");
  sub.add_option("--format", command->format, "jsonl, or csv: passings alone, one a row")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  sub.add_option("--file", command->file,
                 "write there, whole or not at all; without it, or with -, to the standard output");
  sub.add_flag("--force", command->force, "replace the file where it is there");
}

void add_size(CLI::App& log, int& status) {
  const auto command = std::make_shared<SizeCommand>();
  CLI::App* sub =
      log.add_subcommand("size", "How much room the streams need, and whether their limits give it");
  sub->add_option("--tracks", command->tracks, "tracks that send at the same time")
      ->check(CLI::PositiveNumber);
  sub->add_option("--rate", command->rate, "messages per second of one track's decoders")
      ->check(CLI::PositiveNumber);
  sub->add_option("--bytes", command->bytes,
                  "of one message; without it: as usual, or as in the log of --data")
      ->check(CLI::PositiveNumber);
  sub->add_option("--days", command->days,
                  "to keep what decoders sent for so long; without it: as its limit says")
      ->check(CLI::PositiveNumber);
  sub->add_option("--data", command->data, "central's folder: measure its log, and look at its disk")
      ->type_name("DIR");
  sub->add_option("--config", command->config, "configuration file whose limits count")->type_name("FILE");
  sub->add_flag("--json", command->json, "as JSON");
  sub->footer(
      "Examples:\n  holeshot-central log size --tracks 40 --rate 3\n  holeshot-central log size --data "
      "/var/lib/holeshot --days 30\n\nExit status: 0 every limit is large enough, 1 one is not, or the log "
      "cannot be "
      "read, 2 wrong usage.");
  sub->callback([command, &status] {
    const base::SystemClock clock;
    status = log_size(*command, clock, std::cout);
  });
}

}  // namespace

void add_log_commands(CLI::App& app, int& status) {
  CLI::App* log = app.add_subcommand("log", "Look into the log; works beside a running central");
  log->require_subcommand(1);
  log->footer("Example:\n  holeshot-central log tail --data /var/lib/holeshot --track zolder");
  add_dump(*log, status);
  add_tail(*log, status);
  add_stats(*log, status);
  add_size(*log, status);
  add_verify(*log, status);
  add_export(*log, status);
}

}  // namespace holeshot::central_app
