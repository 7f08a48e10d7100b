// holeshot-sim: a P3 decoder system on TCP that stages BMX races, or plays a recording.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/signals.h"
#include "common/base/worker.h"
#include "tools/sim/race_source.h"
#include "tools/sim/recording_source.h"
#include "tools/sim/server.h"

namespace {

using holeshot::base::Result;
namespace base = holeshot::base;
namespace sim = holeshot::sim;

struct Arguments {
  std::string listen = "127.0.0.1:5403";
  std::string recording;
  std::string chunk = "natural";
  std::string profile = "smart";
  std::optional<double> speed;
  sim::RaceOptions race;
  std::optional<std::uint64_t> rtc_start_us;
  bool wait_client = false;
  bool once = false;
  bool json = false;
};

constexpr const char* kAbout = R"(A P3 decoder system on TCP: stages BMX races, or plays a recording.

Decoders on the one connection, for the loops of a track:
  D0000C01  hill, with the gate pulse (transponder 9992) on its AUX input
  D0000C02  corner 1
  D0000C03  corner 2
  D0000C04  finish
Riders of group G (from 0): transponders 7000001 + 8 G to 7000008 + 8 G, labels HS-00001 and so on.)";

constexpr const char* kExample = R"(Examples:
  holeshot-sim --listen 127.0.0.1:5403 --races 3 --json
  holeshot-sim --listen 127.0.0.1:0 --gate-on-stdin --groups 4       then lines: gate 0 | gate 7000001,7000004
  holeshot-sim --listen 127.0.0.1:0 --recording stream.bin --chunk random --once

Prints `listening p3 HOST:PORT` on standard output and runs until SIGTERM or SIGINT (status 0).)";

void add_options(CLI::App& app, Arguments& a) {
  app.add_option("--listen", a.listen, "HOST:PORT; port 0 takes a free one")->capture_default_str();
  app.add_option("--recording", a.recording, "play this file of decoder bytes instead of races");
  app.add_option("--seed", a.race.plan.seed, "of races, lanes and random chunks")->capture_default_str();
  app.add_option(
      "--speed", a.speed,
      "how much faster than real time (races: default 1; recording: default 0, as fast as it is taken)");
  app.add_option("--races", a.race.races, "no more gates after this many; STATUS goes on");
  app.add_option("--riders", a.race.riders, "riders in a group")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  app.add_option("--groups", a.race.groups, "groups of riders that race in turn")
      ->check(CLI::Range(1U, sim::kMaxGroups))
      ->capture_default_str();
  app.add_option("--interval", a.race.interval_s, "seconds of race time between gates")
      ->check(CLI::Range(1.0, 86'400.0))
      ->capture_default_str();
  app.add_option("--dnf", a.race.plan.dnf, "probability that a rider stops on the way")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--miss", a.race.plan.miss, "probability that a loop misses a rider")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--profile", a.profile, "smart (label, RTC in us) or old (number only, RTC in ms)")
      ->check(CLI::IsMember({"smart", "old"}))
      ->capture_default_str();
  app.add_option("--chunk", a.chunk, "how bytes are cut on the wire: natural, random, or bytes a piece")
      ->capture_default_str();
  app.add_option("--rtc-start", a.rtc_start_us, "decoder clock at the start, us since 1970 (default: now)");
  app.add_flag("--wait-client", a.wait_client,
               "begin when the first client has connected (always, with a recording)");
  app.add_flag("--gate-on-stdin", a.race.gate_on_command,
               "a gate drops for each line on standard input: gate GROUP, or gate ID,ID,... in lane order");
  app.add_flag(
      "--once", a.once,
      "end when the recording, or the last of --races, is over and sent; else connections stay open");
  app.add_flag("--json", a.json,
               "print a line of JSON for each race: what was staged (always, with --gate-on-stdin)");
}

void print_line(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Result<std::unique_ptr<sim::Source>> make_source(Arguments& a, const base::Clock& clock) {
  if (!a.recording.empty()) {
    if (a.speed.value_or(0) < 0)
      return base::fail(base::Code::kInvalid, "--speed is below 0", "0 is as fast as it goes");
    HOLESHOT_ASSIGN(base::Bytes bytes, sim::read_recording(a.recording));
    return std::make_unique<sim::RecordingSource>(std::move(bytes), a.speed.value_or(0));
  }
  a.race.speed = a.speed.value_or(1);
  if (!(a.race.speed > 0)) {
    return base::fail(base::Code::kInvalid, "--speed " + std::to_string(a.race.speed) + ": races need time",
                      "give a number above 0, for instance 100");
  }
  if (a.profile == "old") {
    a.race.profile = sim::Profile::kOld;
    a.race.plan.rtc_step_us = 1000;
  }
  a.race.boot_rtc_us = a.rtc_start_us.value_or(clock.wall_us());
  const auto print =
      a.json || a.race.gate_on_command ? print_line : std::function<void(const std::string&)>{};
  return std::make_unique<sim::RaceSource>(a.race, print);
}

base::Status run(Arguments& a, const base::Signals& signals) {
  const base::SystemClock clock;
  HOLESHOT_ASSIGN(const sim::Cutter cutter, sim::Cutter::parse(a.chunk, a.race.plan.seed));
  HOLESHOT_ASSIGN(const std::unique_ptr<sim::Source> source, make_source(a, clock));
  HOLESHOT_ASSIGN(const std::unique_ptr<sim::Server> server,
                  sim::Server::open(a.listen, {a.wait_client, a.once, cutter}, *source, clock));
  if (a.race.gate_on_command) server->take_commands_from(STDIN_FILENO);
  print_line("listening p3 " + server->address());
  // The loop has its thread, and this one waits: for a signal, or for the loop to end by itself.
  const base::WakeFd stop;
  base::Status status;
  base::Worker loop("sim-loop", [&](const std::stop_token&) {
    status = server->run(stop);
    signals.raise();
  });
  signals.wait();
  stop.wake();
  loop.join();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{kAbout, "holeshot-sim"};
  app.footer(kExample);
  app.set_version_flag("--version", HOLESHOT_VERSION);
  add_options(app, arguments);
  CLI11_PARSE(app, argc, argv);
  base::init_log(base::LogLevel::kInfo, base::LogFormat::kText);
  const base::Signals signals;
  if (const auto status = run(arguments, signals); !status) {
    std::fprintf(stderr, "holeshot-sim: %s\n", status.error().text().c_str());
    return 1;
  }
  return 0;
}
