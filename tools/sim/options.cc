#include "tools/sim/options.h"

#include <CLI/CLI.hpp>

#include "tools/sim/words.h"

namespace holeshot::sim {

namespace {

constexpr const char* kAbout =
    R"(A P3 decoder system on TCP, serial and UDP: stages BMX races, or plays a recording.

Decoders on the one connection, for the loops of a track:
  D0000C01  hill, with the gate pulse (transponder 9992) on its AUX input
  D0000C02  corner 1
  D0000C03  corner 2
  D0000C04  finish
Riders of group G (from 0): transponders 7000001 + 8 G to 7000008 + 8 G, labels HS-00001 and so on.)";

constexpr const char* kExample =
    R"(Commands (lines on standard input with --commands or --gate-on-stdin, or --command):
  gate GROUP | gate ID,ID,...          a gate drops
  load X                               X passings a second, 0 stops
  miss P | dnf P | double P | gate-lost P | gate-double P    probabilities, as the flags
  dns P | dead-chip P | wrong-lane P | late-entry P | walker P | overlap P    likewise
  status on|off                        STATUS records
  miss-on-wire N                       the next N passings are kept for RESEND and not sent
  rtc step SECONDS [DECODER]           a clock is set
  rtc drift PPM [DECODER]              a clock runs fast (or slow, below 0)
  reset-counter [DECODER]              numbers begin at 1 again, stored passings are gone
  gps on|off | resend MODE | unsupported TYPES | ignore TYPES    as the flags
  silent on|off                        connections stand, and nothing comes
  stall on|off                         likewise, and nothing is read
  disconnect [rst]                     ends all connections
  refuse on|off                        connections are refused
  unplug | replug                      the serial line
  drop P | dup P | corrupt P | telnet MODE | glue MS | chunk HOW    as the flags
  clean                                no damage, no silence
Each is answered with a line: ok COMMAND, or error COMMAND: REASON (a gate with its race).

Examples:
  holeshot-sim --listen 127.0.0.1:5403 --races 3 --json
  holeshot-sim --listen 127.0.0.1:0 --gate-on-stdin --groups 4       then lines: gate 0 | gate 7000001,7000004
  holeshot-sim --listen 127.0.0.1:0 --recording stream.bin --chunk random --once
  holeshot-sim --listen 127.0.0.1:0 --passings-per-second 100 --truth truth.jsonl --state decoder.state
  holeshot-sim --seed 7 --groups 4 --riders 6 --dead-chip 0.02 --walker 0.2 --overlap 0.3 --race-truth races.jsonl

Prints `listening p3 HOST:PORT` on standard output and runs until SIGTERM or SIGINT (status 0).)";

const CLI::Range kProbability(0.0, 1.0);

void add_race_options(CLI::App& app, Arguments& a) {
  app.add_option("--seed", a.race.plan.seed, "of races, lanes, random chunks and damage")
      ->capture_default_str();
  app.add_option(
      "--speed", a.speed,
      "how much faster than real time (races: default 1; recording: default 0, as fast as it is taken)");
  app.add_option("--races", a.race.races, "no more gates after this many; STATUS goes on");
  app.add_option("--riders", a.race.riders, "riders in a group")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  app.add_option("--groups", a.race.groups, "groups of riders that race in turn")
      ->check(CLI::Range(1U, kMaxGroups))
      ->capture_default_str();
  app.add_option("--interval", a.race.interval_s, "seconds of race time between gates")
      ->check(CLI::Range(1.0, 86'400.0))
      ->capture_default_str();
  app.add_option("--passings-per-second", a.race.load_per_s,
                 "a steady load instead of races, by race time, over all decoders in turn")
      ->check(CLI::Range(0.0, kMaxLoad));
  app.add_option("--passings", a.race.load_total, "no more of them after this many");
  app.add_option("--dnf", a.race.plan.dnf, "probability that a rider stops on the way")->check(kProbability);
  app.add_option("--miss", a.race.plan.miss, "probability that a loop misses a rider")->check(kProbability);
  app.add_option("--double", a.race.plan.double_hit, "probability that a loop sees a rider twice")
      ->check(kProbability);
  app.add_option("--gate-lost", a.race.plan.gate_lost, "probability that the gate pulse does not arrive")
      ->check(kProbability);
  app.add_option("--gate-double", a.race.plan.gate_double, "probability that it arrives twice")
      ->check(kProbability);
  Mistakes& mistakes = a.race.plan.mistakes;
  app.add_option("--dns", mistakes.dns, "probability that a rider on the sheet does not start")
      ->check(kProbability);
  app.add_option("--dead-chip", mistakes.dead_chip, "probability that no loop sees a rider in a race")
      ->check(kProbability);
  app.add_option("--wrong-lane", mistakes.wrong_lane,
                 "probability that two neighbours stand in each other's lanes")
      ->check(kProbability);
  app.add_option(
         "--late-entry", mistakes.late_entry,
         "probability that somebody rides who is not on the sheet, where a lane is free (--riders below 8)")
      ->check(kProbability);
  app.add_option(
         "--walker", mistakes.walker,
         "probability that somebody walks over a loop: a stranger during the race, or a rider after it")
      ->check(kProbability);
  app.add_option("--overlap", mistakes.overlap,
                 "probability that the next gate drops within 30 s, two races being on the track then")
      ->check(kProbability);
  app.add_option("--level", a.level, "whose times: elite (30 to 36 s), club (36 to 45), novice (48 to 75)")
      ->check(CLI::IsMember({"elite", "club", "novice"}))
      ->capture_default_str();
}

void add_decoder_options(CLI::App& app, Arguments& a) {
  app.add_option("--profile", a.profile,
                 "smart (label, RTC in us), old (number only, RTC in ms), chipx (label only, RTC in ms), or "
                 "the ASCII decoders ambrc and vostok, which take no requests")
      ->check(CLI::IsMember({"smart", "old", "chipx", "ambrc", "vostok"}))
      ->capture_default_str();
  app.add_option("--rtc-start", a.rtc_start_us, "decoder clock at the start, us since 1970 (default: now)");
  app.add_option(
      "--rtc-drift-ppm", a.rtc_drift_ppm,
      "how fast clocks run away: one number for all decoders, or one for each, separated by commas");
  app.add_option("--controller-id", a.controller_id, "stands in STATUS and replies: eight hex digits");
  app.add_flag("--gps", a.gps, "a fix: GPS in STATUS, UTC_TIME in passings");
  app.add_flag("--no-status", a.no_status, "no STATUS records");
  app.add_option("--resend", a.resend, "what RESEND gives: ok, ignore, error, duplicate, reorder")
      ->capture_default_str();
  app.add_option("--unsupported", a.unsupported, "requests that get ERROR 4: GET_TIME,0015,...");
  app.add_option("--ignore", a.ignore, "requests that get no answer");
  app.add_option("--shared-decoder", a.shared_decoder,
                 "A,B: the loop of decoder B is wired into decoder A, and B is not there");
  app.add_option("--miss-on-wire", a.race.miss_on_wire,
                 "the first passings that are kept for RESEND and not sent");
  app.add_option("--state", a.state, "a file that keeps counters and passings over a restart");
}

void add_wire_options(CLI::App& app, Arguments& a) {
  app.add_option("--listen", a.listen, "HOST:PORT; port 0 takes a free one")->capture_default_str();
  app.add_flag("--separate", a.separate,
               "a port for each decoder: PORT to PORT + 3, or four free ones; prints listening D0000C01 ...");
  app.add_option("--udp", a.udp, "HOST:PORT to answer discovery probes; decoders have 5403");
  app.add_flag("--no-version-on-udp", a.no_version_on_udp, "ignores the VERSION probe, as one decoder did");
  app.add_flag("--pty", a.pty, "a serial line, too: prints pty PATH");
  app.add_option("--pty-link", a.pty_link, "a symbolic link to it, moved when it is replugged");
  app.add_option("--chunk", a.chunk, "how bytes are cut on the wire: natural, random, or bytes a piece")
      ->capture_default_str();
  app.add_option("--glue", a.glue_ms, "what comes within these milliseconds leaves together");
  app.add_option("--drop", a.faults.drop, "probability that a byte is lost")->check(kProbability);
  app.add_option("--dup", a.faults.duplicate, "probability that a byte comes twice")->check(kProbability);
  app.add_option("--corrupt", a.faults.corrupt, "probability that a bit of a byte flips")
      ->check(kProbability);
  app.add_option("--telnet", a.telnet, "strip (a 00 after 0D is lost) or insert (0D before each 0A)");
}

void add_run_options(CLI::App& app, Arguments& a) {
  app.add_option("--recording", a.recording, "play this file of decoder bytes instead of races");
  app.add_flag("--wait-client", a.wait_client,
               "begin when the first client has connected (always, with a recording)");
  app.add_flag("--gate-on-stdin", a.race.gate_on_command,
               "gates drop on command only; reads commands from standard input");
  app.add_flag("--commands", a.commands, "reads commands from standard input");
  app.add_option("--command", a.command, "a command to begin with; may be given several times")
      ->allow_extra_args(false);
  app.add_flag("--once", a.once,
               "end when the recording, or the last of --races or --passings, is over and sent; else "
               "connections stay open");
  app.add_flag("--json", a.json,
               "print a line of JSON for each race: what was staged (always, with --gate-on-stdin)");
  app.add_option(
      "--race-truth", a.race_truth,
      "append a line of JSON to this file for each race: what really happened, with places and times");
  app.add_option("--truth", a.truth, "append a line of JSON to this file for each record that is issued");
}

std::unexpected<base::Error> no_meaning(const std::string& flag, const std::string& why) {
  return base::fail(base::Code::kInvalid, flag + " has no meaning here: " + why, "leave it out");
}

base::Result<std::pair<std::size_t, std::size_t>> parse_shared(const std::string& text) {
  const Words parts = parts_of(text);
  std::vector<std::size_t> decoders;
  for (const std::string_view part : parts) {
    HOLESHOT_ASSIGN(const DecoderSet set, parse_decoders(part));
    for (std::size_t i = 0; i < kLoops.size(); ++i) {
      if (set == only(i)) decoders.push_back(i);
    }
  }
  if (decoders.size() != 2 || decoders[0] == decoders[1]) {
    return base::fail(base::Code::kInvalid, "--shared-decoder " + text + ": not two decoders",
                      "write for instance 0,3 or D0000C01,D0000C04");
  }
  return std::pair{decoders[0], decoders[1]};
}

}  // namespace

std::optional<int> read_command_line(int argc, char** argv, Arguments& arguments) {
  CLI::App app{kAbout, "holeshot-sim"};
  app.footer(kExample);
  app.set_version_flag("--version", HOLESHOT_VERSION);
  add_wire_options(app, arguments);
  add_race_options(app, arguments);
  add_decoder_options(app, arguments);
  add_run_options(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return std::nullopt;
}

bool is_ascii(const Arguments& a) { return a.profile == "ambrc" || a.profile == "vostok"; }

base::Status check_together(const Arguments& a) {
  if (is_ascii(a)) {
    const std::string why = "an ASCII decoder takes no requests and keeps no passings";
    if (!a.state.empty()) return no_meaning("--state", why);
    if (!a.udp.empty()) return no_meaning("--udp", why);
    if (a.race.miss_on_wire > 0) return no_meaning("--miss-on-wire", why);
    if (!a.shared_decoder.empty())
      return no_meaning("--shared-decoder", "all loops are on one, or --separate");
  }
  if (!a.recording.empty()) {
    const std::string why = "a recording is played as it is";
    if (!a.state.empty()) return no_meaning("--state", why);
    if (!a.truth.empty()) return no_meaning("--truth", why);
    if (!a.race_truth.empty()) return no_meaning("--race-truth", why);
    if (a.separate) return no_meaning("--separate", why);
    if (!a.rtc_drift_ppm.empty()) return no_meaning("--rtc-drift-ppm", why);
  }
  if (a.race.plan.mistakes.overlap > 0 && a.race.groups < 2)
    return no_meaning("--overlap", "one group cannot be on the track twice; give --groups 2 or more");
  if (a.race.plan.mistakes.late_entry > 0 && a.race.riders >= kLanes)
    return no_meaning("--late-entry", "eight riders leave no lane free; give --riders 7 or fewer");
  if (!a.pty_link.empty() && !a.pty) return no_meaning("--pty-link", "there is no --pty");
  return {};
}

base::Result<RaceOptions> race_options(const Arguments& a) {
  RaceOptions race = a.race;
  race.speed = a.speed.value_or(1);
  if (!(race.speed > 0)) {
    return base::fail(base::Code::kInvalid, "--speed " + std::to_string(race.speed) + ": races need time",
                      "give a number above 0, for instance 100");
  }
  race.status = !a.no_status;
  if (a.profile != "smart") race.plan.rtc_step_us = 1000;
  if (a.level == "elite") race.plan.level = Level::kElite;
  if (a.level == "novice") race.plan.level = Level::kNovice;
  return race;
}

base::Result<DecoderOptions> decoder_options(const Arguments& a) {
  DecoderOptions options;
  if (a.profile == "old") options.profile = Profile::kOld;
  if (a.profile == "chipx") options.profile = Profile::kChipX;
  options.boot_us = a.race.boot_rtc_us;
  options.seed = a.race.plan.seed;
  options.gps = a.gps;
  HOLESHOT_ASSIGN(options.resend, parse_resend_mode(a.resend));
  HOLESHOT_ASSIGN(options.unsupported, parse_types(a.unsupported));
  HOLESHOT_ASSIGN(options.ignored, parse_types(a.ignore));
  if (!a.shared_decoder.empty()) {
    HOLESHOT_ASSIGN(options.shared, parse_shared(a.shared_decoder));
  }
  if (a.controller_id.empty()) return options;
  options.controller = p3::DecoderId::parse(a.controller_id);
  if (!options.controller) {
    return base::fail(base::Code::kInvalid, "--controller-id " + a.controller_id + " is no id",
                      "write eight hex digits: A4020300");
  }
  return options;
}

AsciiOptions ascii_options(const Arguments& a) {
  return {.model = a.profile == "vostok" ? AsciiModel::kVostok : AsciiModel::kRc4,
          .boot_us = a.race.boot_rtc_us,
          .seed = a.race.plan.seed,
          .one_each = a.separate};
}

base::Result<LinkFaults> link_faults(const Arguments& a) {
  LinkFaults faults = a.faults;
  HOLESHOT_TRY(apply_command({"telnet", a.telnet}, faults));
  const std::string glue = std::to_string(a.glue_ms);
  HOLESHOT_TRY(apply_command({"glue", glue}, faults));
  return faults;
}

std::vector<std::string> first_commands(const Arguments& a) {
  std::vector<std::string> commands;
  const Words ppm = a.rtc_drift_ppm.empty() ? Words{} : parts_of(a.rtc_drift_ppm);
  for (std::size_t i = 0; i < ppm.size(); ++i) {
    const std::string who = ppm.size() == 1 ? "all" : std::to_string(i);
    commands.push_back("rtc drift " + std::string{ppm[i]} + ' ' + who);
  }
  commands.insert(commands.end(), a.command.begin(), a.command.end());
  return commands;
}

}  // namespace holeshot::sim
