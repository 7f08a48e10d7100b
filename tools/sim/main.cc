// holeshot-sim: a decoder system on TCP, serial and UDP that stages BMX races, or plays a recording.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/signals.h"
#include "common/base/worker.h"
#include "tools/sim/options.h"
#include "tools/sim/recording_source.h"
#include "tools/sim/server.h"

namespace {

using holeshot::base::Result;
namespace base = holeshot::base;
namespace sim = holeshot::sim;

void print_line(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Result<std::unique_ptr<sim::Source>> make_recording(const sim::Arguments& a) {
  if (a.speed.value_or(0) < 0)
    return base::fail(base::Code::kInvalid, "--speed is below 0", "0 is as fast as it goes");
  HOLESHOT_ASSIGN(base::Bytes bytes, sim::read_recording(a.recording));
  return std::make_unique<sim::RecordingSource>(std::move(bytes), a.speed.value_or(0));
}

// A race that cannot be written is said and does not end the others.
std::function<void(const std::string&)> into(sim::Truth* truth) {
  if (truth == nullptr) return {};
  return [truth](const std::string& line) {
    if (const auto status = truth->write(line); !status) base::log_error("sim", status.error().text());
  };
}

Result<std::unique_ptr<sim::Source>> make_source(sim::Arguments& a, sim::Truth* races,
                                                 const base::Clock& clock) {
  if (!a.recording.empty()) return make_recording(a);
  std::unique_ptr<sim::StateFile> state;
  if (!a.state.empty()) {
    HOLESHOT_ASSIGN(state, sim::StateFile::open(a.state));
  }
  // Fast time may have run ahead of the host's: the decoders' goes on from where it was.
  const std::uint64_t now_us = state ? std::max(clock.wall_us(), state->last_us()) : clock.wall_us();
  a.race.boot_rtc_us = a.rtc_start_us.value_or(now_us);
  HOLESHOT_ASSIGN(const sim::RaceOptions race, sim::race_options(a));
  HOLESHOT_ASSIGN(sim::DecoderOptions decoders, sim::decoder_options(a));
  std::unique_ptr<sim::Box> box;
  if (sim::is_ascii(a)) {
    box = std::make_unique<sim::AsciiDecoders>(sim::ascii_options(a));
  } else {
    box = std::make_unique<sim::Decoders>(std::move(decoders), std::move(state));
  }
  const auto print =
      a.json || a.race.gate_on_command ? print_line : std::function<void(const std::string&)>{};
  auto source = std::make_unique<sim::RaceSource>(race, std::move(box), print);
  source->tell_truth(into(races));
  return source;
}

Result<sim::ServerOptions> server_options(const sim::Arguments& a, sim::Truth* truth) {
  HOLESHOT_ASSIGN(const sim::Cutter cutter, sim::Cutter::parse(a.chunk, a.race.plan.seed));
  HOLESHOT_ASSIGN(const sim::LinkFaults faults, sim::link_faults(a));
  sim::ServerOptions options{.wait_client = a.wait_client, .once = a.once, .cutter = cutter};
  options.faults = faults;
  options.seed = a.race.plan.seed;
  options.separate = a.separate;
  if (!a.udp.empty()) options.udp = a.udp;
  options.version_on_udp = !a.no_version_on_udp;
  options.pty = a.pty;
  options.pty_link = a.pty_link;
  options.truth = truth;
  options.say = print_line;
  return options;
}

// The loop has its thread, and this one waits: for a signal, or for the loop to end by itself.
base::Status serve(sim::Server& server, const base::Signals& signals) {
  const base::WakeFd stop;
  base::Status status;
  base::Worker loop("sim-loop", [&](const std::stop_token&) {
    status = server.run(stop);
    signals.raise();
  });
  signals.wait();
  stop.wake();
  loop.join();
  return status;
}

base::Status run(sim::Arguments& a, const base::Signals& signals) {
  const base::SystemClock clock;
  HOLESHOT_TRY(sim::check_together(a));
  std::unique_ptr<sim::Truth> truth;
  if (!a.truth.empty()) {
    HOLESHOT_ASSIGN(truth, sim::Truth::open(a.truth));
  }
  HOLESHOT_ASSIGN(sim::ServerOptions options, server_options(a, truth.get()));
  std::unique_ptr<sim::Truth> races;
  if (!a.race_truth.empty()) {
    HOLESHOT_ASSIGN(races, sim::Truth::open(a.race_truth));
  }
  HOLESHOT_ASSIGN(const std::unique_ptr<sim::Source> source, make_source(a, races.get(), clock));
  HOLESHOT_ASSIGN(const std::unique_ptr<sim::Server> server,
                  sim::Server::open(a.listen, std::move(options), *source, clock));
  for (const std::string& command : sim::first_commands(a)) HOLESHOT_TRY(server->execute(command));
  if (a.race.gate_on_command || a.commands) server->take_commands_from(STDIN_FILENO);
  for (const std::string& line : server->announcements(sim::is_ascii(a) ? "ascii" : "p3")) print_line(line);
  return serve(*server, signals);
}

}  // namespace

int main(int argc, char** argv) {
  sim::Arguments arguments;
  if (const auto status = sim::read_command_line(argc, argv, arguments)) return *status;
  base::init_log(base::LogLevel::kInfo, base::LogFormat::kText);
  const base::Signals signals;
  if (const auto status = run(arguments, signals); !status) {
    std::fprintf(stderr, "holeshot-sim: %s\n", status.error().text().c_str());
    return 1;
  }
  return 0;
}
