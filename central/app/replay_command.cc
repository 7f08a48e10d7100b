#include "central/app/replay_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "central/app/progress_line.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/log/tools/event_filter.h"

namespace holeshot::central_app {

using Json = nlohmann::json;

namespace {

constexpr int kUsage = 2;
// A difference names so many members; what follows is counted.
constexpr std::size_t kMembers = 5;

int complain(const base::Error& error, int status) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return status;
}

std::string text_of(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json parsed(const std::string& text) { return Json::parse(text, nullptr, false); }

std::string type_of(const actor::Difference& difference) {
  const Json event = parsed(difference.stored.empty() ? difference.derived : difference.stored);
  if (!event.is_object()) return "an event";
  const auto type = event.find("event_type");
  return type != event.end() && type->is_string() ? type->get<std::string>() : "an event";
}

const Json& value_at(const Json& document, const std::string& pointer) {
  static const Json kNothing = "(nothing)";
  const Json::json_pointer place(pointer);
  return document.contains(place) ? document.at(place) : kNothing;
}

// Every member whose value is another one, by its JSON pointer; whole texts where they are no JSON.
std::string members_that_differ(const std::string& derived_text, const std::string& stored_text) {
  const Json derived = parsed(derived_text);
  const Json stored = parsed(stored_text);
  if (derived.is_discarded() || stored.is_discarded() || derived == stored)
    return "  derived " + derived_text + "\n  stored  " + stored_text + "\n";
  std::string text;
  const Json steps = Json::diff(derived, stored);
  for (std::size_t i = 0; i < steps.size() && i < kMembers; ++i) {
    const std::string place = steps[i].value("path", "");
    text += "  " + (place.empty() ? "all of it" : place) + ": derived " + text_of(value_at(derived, place)) +
            ", stored " + text_of(value_at(stored, place)) + "\n";
  }
  if (steps.size() > kMembers) text += "  and " + std::to_string(steps.size() - kMembers) + " members more\n";
  return text;
}

std::string difference_text(const actor::Difference& difference) {
  using Kind = actor::Difference::Kind;
  const std::string number = " #" + std::to_string(difference.ordinal);
  const std::string name = std::string{actor::to_string(difference.kind)} + number;
  switch (difference.kind) {
    case Kind::kMissing:
      return name + " " + type_of(difference) + ": derived and not stored\n  " + difference.derived + "\n";
    case Kind::kExtra:
      return name + " " + type_of(difference) + ": stored and not derived\n  " + difference.stored + "\n";
    case Kind::kMisplaced:
      return name + " " + type_of(difference) + ": stored behind an event that follows it\n  " +
             difference.stored + "\n";
    case Kind::kCheckpoint:
      return name + ": the state after event" + number + " is another one than the checkpoint there holds\n" +
             members_that_differ(difference.derived, difference.stored);
    case Kind::kDiffers:
      return name + " " + type_of(difference) + "\n" +
             members_that_differ(difference.derived, difference.stored);
  }
  return name + "\n";
}

base::Result<log::Offset> place_of(const ReplayCommand& command, log::EventLog& log,
                                   const base::Clock& clock) {
  if (command.from.empty()) return log::Offset{command.after};
  HOLESHOT_ASSIGN(const auto from_us, log::parse_time(command.from, clock.wall_us(), "--from"));
  return log.before_time(from_us);
}

int print_derived(log::EventLog& log, const contract::TrackId& track, const actor::ReplayOptions& options,
                  std::ostream& out) {
  const auto done = actor::derive(
      log, track, [&](const race::RaceEvent& event) { out << race::to_json(event) << '\n'; }, options);
  return done ? 0 : complain(done.error(), kReplayNotPossible);
}

int compare(log::EventLog& log, const contract::TrackId& track, const actor::ReplayOptions& options,
            bool json, std::ostream& out) {
  const auto report = actor::verify(log, track, options);
  if (!report) return complain(report.error(), kReplayNotPossible);
  out << (json ? report->to_json() + "\n" : replay_text(*report));
  if (report->only_other_rules()) return kReplayNotPossible;
  return report->identical() ? 0 : kReplayDiffers;
}

}  // namespace

std::string replay_text(const actor::VerifyReport& report) {
  std::string text;
  if (report.from.value() > 0) {
    text += "from the checkpoint at offset " + std::to_string(report.from.value()) + ", after event " +
            std::to_string(report.from_ordinal) + ": what came before is taken on trust\n";
  }
  for (const auto& other : report.others) {
    text += "not compared: " + std::to_string(other.events) + " events of other rules, " + other.name + "\n";
  }
  if (report.only_other_rules()) {
    return text + "nothing to compare: " + std::to_string(report.derived) +
           " events follow by today's rules, and no central of this version has stored them yet\n";
  }
  text += "derived " + std::to_string(report.derived) + " events from " + std::to_string(report.inputs) +
          " inputs, stored are " + std::to_string(report.stored);
  if (report.unreadable > 0) text += ", unreadable inputs are " + std::to_string(report.unreadable);
  if (report.removed > 0) text += ", removed are " + std::to_string(report.removed);
  if (report.checkpoints > 0) text += ", checkpoints are " + std::to_string(report.checkpoints);
  text += report.identical() ? ": identical, byte for byte\n"
                             : ": " + std::to_string(report.difference_count) + " differences\n";
  for (const auto& difference : report.differences) text += difference_text(difference);
  if (report.difference_count > report.differences.size()) {
    text +=
        "and " + std::to_string(report.difference_count - report.differences.size()) + " differences more\n";
  }
  if (report.missing_at_end > 0) {
    text += "the last " + std::to_string(report.missing_at_end) +
            " are only not stored yet: central is at work on them, or was stopped before it could\n";
  }
  return text;
}

int replay(const ReplayCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto track = contract::TrackId::parse(command.track, "track");
  if (!track) return complain(track.error(), kUsage);
  const auto log = log::SqliteLog::open({.path = log::log_path(command.data), .read_only = true}, clock);
  if (!log) return complain(log.error(), kReplayNotPossible);
  const auto from = place_of(command, **log, clock);
  if (!from)
    return complain(from.error(), from.error().code == base::Code::kInvalid ? kUsage : kReplayNotPossible);
  // A terminal that shows the events shows how far it is.
  const bool lines = !command.verify && ::isatty(STDOUT_FILENO) == 1;
  ProgressLine line(clock, from->value(), lines ? 0 : (*log)->last().value());
  const actor::ReplayOptions options{.from = *from, .told = line.teller()};
  if (!command.verify) return print_derived(**log, *track, options, out);
  return compare(**log, *track, options, command.json, out);
}

void add_replay_command(CLI::App& app, int& status) {
  const auto command = std::make_shared<ReplayCommand>();
  CLI::App* sub = app.add_subcommand("replay", "Derive a track's race events again from the log");
  sub->add_option("--data", command->data, "folder of central")->required()->type_name("DIR");
  sub->add_option("--track", command->track, "track id")->required();
  auto* verify = sub->add_flag("--verify", command->verify, "compare with the stored events, byte for byte");
  auto* from =
      sub->add_option("--from", command->from,
                      "begin at the newest checkpoint before this time: 2026-11-26T10:00:00Z, -15m, -2h, or "
                      "microseconds since 1970; without it at the beginning");
  sub->add_option("--after", command->after, "likewise, before this offset")
      ->type_name("OFFSET")
      ->excludes(from);
  sub->add_flag("--json", command->json, "the comparison as JSON")->needs(verify);
  sub->footer(
      "Without --verify it prints what it derives, one event a line, beginning at the checkpoint.\n\n"
      "Examples:\n  holeshot-central replay --data /var/lib/holeshot --track zolder --verify\n"
      "  holeshot-central replay --data /var/lib/holeshot --track zolder --verify --from -2h --json\n"
      "  holeshot-central replay --data /var/lib/holeshot --track zolder > events.jsonl\n\n"
      "Differences are named: missing (derived, not stored), extra (stored, not derived), differs, misplaced "
      "(stored\n"
      "behind an event that follows it), checkpoint (a stored state is not the derived one). Events of other "
      "versions\n"
      "of the rules are counted and not compared.\n\n"
      "Exit status: 0 identical, 1 something differs, 2 wrong usage, 3 the log cannot be read or has nothing "
      "to\n"
      "compare.");
  sub->callback([command, &status] {
    const base::SystemClock clock;
    status = replay(*command, clock, std::cout);
  });
}

}  // namespace holeshot::central_app
