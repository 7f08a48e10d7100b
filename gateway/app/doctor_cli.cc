#include "gateway/app/doctor_cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/worker.h"
#include "gateway/app/doctor.h"
#include "gateway/app/doctor_look.h"
#include "gateway/app/settings_flags.h"
#include "gateway/app/status_command.h"
#include "gateway/app/terminal.h"

namespace holeshot::app {

namespace {

struct Flags {
  SettingsFlags settings;
  bool json = false;
};

base::Result<GatewayConfig> read_config(const Flags& flags) {
  HOLESHOT_ASSIGN(const base::Settings settings, settings_from(flags.settings));
  HOLESHOT_TRY(log_config_from(settings));
  return config_from(settings);
}

Check failed(std::string key, std::string about, Verdict verdict, const base::Error& error) {
  return {std::move(key), std::move(about), verdict, error.message, error.hint};
}

Check configured(const GatewayConfig& config) {
  return {.key = "configuration",
          .about = "settings",
          .sentence = "track " + config.track.str() + ", gateway " + config.client.str() + ", central " +
                      config.central};
}

// One after the other would take the sum of all waits; each is on a thread of its own.
class Round {
 public:
  Round(const GatewayConfig& config, const base::Clock& clock) : config_(config), clock_(clock) {}

  std::vector<Check> checks() {
    running_ = look_for_gateway(config_);
    const SpoolFacts spool = look_at_spool(config_);
    std::vector<Check> found{configured(config_), judge_gateway(running_, spool), judge_spool(spool),
                             judge_disk(spool), judge_clock(look_at_clock(clock_))};
    start_central(found);
    add_lines(found);
    central_.join();
    for (Check& check : judge_central(facts_)) found.push_back(std::move(check));
    return found;
  }

 private:
  void start_central(std::vector<Check>& found) {
    upload::ProbeOptions options{.central = config_.central,
                                 .ca_file = config_.ca_file,
                                 .heartbeat = doctors_heartbeat(config_, running_, clock_)};
    if (!config_.key_file.empty()) {
      auto key = look_for_key(config_.key_file);
      if (key) {
        options.key = std::move(*key);
      } else {
        const bool rights = key.error().code == base::Code::kDenied && key.error().hint.empty();
        found.push_back(
            failed("key_file", "key file", rights ? Verdict::kWarn : Verdict::kFail, key.error()));
        if (rights) found.back().action = "put sudo before the command: the key is its owner's alone";
      }
    }
    central_ = base::Worker("central", [this, options = std::move(options)](const std::stop_token& stop) {
      facts_ = upload::probe_central(options, clock_, stop);
    });
  }

  // The decoder has four connections: the running gateway's is asked about, and not one more taken.
  void add_lines(std::vector<Check>& found) {
    if (running_) {
      for (const auto& url : config_.decoders) found.push_back(judge_running_line(url, *running_));
      return;
    }
    const Progress progress("listening to the decoders, 6 s");
    std::vector<LineFacts> facts(config_.decoders.size());
    {
      std::vector<base::Worker> workers;
      for (std::size_t i = 0; i < facts.size(); ++i) {
        workers.emplace_back("line-" + std::to_string(i), [this, i, &facts](const std::stop_token&) {
          facts[i] = look_at_line(config_.decoders[i], clock_);
        });
      }
      for (base::Worker& worker : workers) worker.join();
    }
    for (const LineFacts& line : facts) found.push_back(judge_line(line));
  }

  const GatewayConfig& config_;
  const base::Clock& clock_;
  std::optional<status::Picture> running_;
  upload::CentralFacts facts_;
  base::Worker central_;
};

std::vector<Check> all_checks(const Flags& flags) {
  const base::SystemClock clock;
  const auto config = read_config(flags);
  if (config) return Round(*config, clock).checks();
  return {failed("configuration", "settings", Verdict::kFail, config.error()),
          judge_clock(look_at_clock(clock))};
}

int examine(const Flags& flags) {
  base::init_log(base::LogLevel::kError, base::LogFormat::kText);
  const std::vector<Check> checks = all_checks(flags);
  print(flags.json ? checks_json(checks) : checks_text(checks, wants_colour(STDOUT_FILENO)));
  switch (worst_of(checks)) {
    case Verdict::kOk:
      return kDoctorOk;
    case Verdict::kWarn:
      return kDoctorWarnings;
    case Verdict::kFail:
      break;
  }
  return kDoctorFailures;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& code) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand(
      "doctor", "look at everything between decoder and central, and say what to do about each fault");
  add_settings_flags(*command, flags->settings);
  command->add_flag("--json", flags->json, "for programs; docs/gateway.md says what is in it");
  command->footer(
      "Example: sudo holeshot-gateway doctor\n"
      "Exit codes: 0 all is well, 1 warnings, 2 failures.");
  command->callback([flags, &code] { code = examine(*flags); });
}

}  // namespace holeshot::app
