#include "gateway/app/run_command.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/service.h"
#include "common/base/signals.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/gateway.h"

namespace holeshot::app {

namespace {

// How long a person who has saved the file waits for the program to notice.
constexpr std::chrono::milliseconds kLookAgain{1'000};

int say(const base::Error& error, int code) {
  std::fprintf(stderr, "holeshot-gateway: %s\n", error.text().c_str());
  return code;
}

struct Configured {
  LogConfig log;
  GatewayConfig gateway;
};
using ReadSettings = std::function<base::Result<base::Settings>()>;

base::Result<Configured> read_all(const ReadSettings& read) {
  HOLESHOT_ASSIGN(const base::Settings settings, read());
  Configured configured;
  HOLESHOT_ASSIGN(configured.log, log_config_from(settings));
  HOLESHOT_ASSIGN(configured.gateway, config_from(settings));
  return configured;
}

// Reads until the settings are good, and says each time something else is wrong; nullopt when a signal came first.
std::optional<Configured> wait_for_settings(const ReadSettings& read, const base::Service& service,
                                            const base::Signals& signals) {
  base::init_log(base::LogLevel::kInfo, base::LogFormat::kText);
  std::string said;
  do {
    auto configured = read_all(read);
    if (configured) return std::move(*configured);
    const std::string wrong = "not configured: " + configured.error().text();
    if (wrong != said) {
      base::log_warn("gateway", wrong + "; begins when " + kDefaultConfigPath + " is saved");
      service.ready(wrong);
    }
    said = wrong;
    service.ping();
  } while (!signals.wait_for(kLookAgain));
  return std::nullopt;
}

int serve(const Configured& configured, const base::Service& service, const base::Signals& signals) {
  base::init_log(configured.log.level, configured.log.format);
  const base::SystemClock clock;
  auto gateway = Gateway::open(configured.gateway, clock, signals);
  if (!gateway) return say(gateway.error(), kExitSpoolUnusable);
  if (auto started = (*gateway)->start(); !started) return say(started.error(), kExitUsage);
  if (const std::string page = (*gateway)->page_address(); !page.empty()) {
    // Other programs wait for this line.
    std::printf("listening status %s\n", page.c_str());
    std::fflush(stdout);
  }
  service.ready("started");
  base::serve_until_stopped(
      service, signals,
      {.healthy = [&] { return (*gateway)->healthy(); }, .status = [&] { return (*gateway)->summary(); }});
  service.stopping("stopping: sends what is left, for a moment");
  (*gateway)->shut_down();
  if (const auto failure = (*gateway)->failure()) return say(*failure, kExitSpoolFailed);
  base::log_info("gateway", "stopped");
  return kExitOk;
}

}  // namespace

int run_gateway(const ReadSettings& read, WhenUnconfigured unconfigured) {
  const base::Signals signals;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet, and none of ours ever sets a variable
  const base::Service service([](const char* name) { return std::getenv(name); });
  if (unconfigured == WhenUnconfigured::kWait) {
    const auto configured = wait_for_settings(read, service, signals);
    return configured ? serve(*configured, service, signals) : kExitOk;
  }
  const auto configured = read_all(read);
  return configured ? serve(*configured, service, signals) : say(configured.error(), kExitUsage);
}

}  // namespace holeshot::app
