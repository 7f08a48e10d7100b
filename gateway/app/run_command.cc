#include "gateway/app/run_command.h"

#include <cstdio>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/gateway.h"

namespace holeshot::app {

namespace {

int say(const base::Error& error, int code) {
  std::fprintf(stderr, "holeshot-gateway: %s\n", error.text().c_str());
  return code;
}

}  // namespace

int run_gateway(const base::Settings& settings) {
  const auto log = log_config_from(settings);
  if (!log) return say(log.error(), kExitUsage);
  const auto config = config_from(settings);
  if (!config) return say(config.error(), kExitUsage);
  base::init_log(log->level, log->format);

  const base::SystemClock clock;
  const base::Signals signals;
  auto gateway = Gateway::open(*config, clock, signals);
  if (!gateway) return say(gateway.error(), kExitSpoolUnusable);
  if (auto started = (*gateway)->start(*config); !started) return say(started.error(), kExitUsage);
  signals.wait();
  (*gateway)->shut_down();
  if (const auto failure = (*gateway)->failure()) return say(*failure, kExitSpoolFailed);
  base::log_info("gateway", "stopped");
  return kExitOk;
}

}  // namespace holeshot::app
