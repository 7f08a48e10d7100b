#include "gateway/app/run_command.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <array>
#include <cstdio>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/gateway.h"

namespace holeshot::app {

namespace {

constexpr int kSummaryEveryMs = 10'000;

// SIGTERM and SIGINT as a descriptor; blocked, so that every thread made later has them blocked, too.
base::UniqueFd take_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return base::UniqueFd{signalfd(-1, &signals, SFD_CLOEXEC)};
}

int say(const base::Error& error, int code) {
  std::fprintf(stderr, "holeshot-gateway: %s\n", error.text().c_str());
  return code;
}

// Until a signal (true) or a failure of the gateway (false).
bool wait_for_end(Gateway& gateway, int signals) {
  while (true) {
    std::array<pollfd, 2> waited{pollfd{.fd = signals, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = gateway.failure_fd(), .events = POLLIN, .revents = 0}};
    const int ready = ::poll(waited.data(), waited.size(), kSummaryEveryMs);
    if (ready > 0) return waited[1].revents == 0;
    const std::string summary = gateway.summary();
    if (!summary.empty()) base::log_info("gateway", summary);
  }
}

}  // namespace

int run_gateway(const base::Settings& settings) {
  const auto log = log_config_from(settings);
  if (!log) return say(log.error(), kExitUsage);
  const auto config = config_from(settings);
  if (!config) return say(config.error(), kExitUsage);
  base::init_log(log->level, log->format);
  signal(SIGPIPE, SIG_IGN);
  const base::UniqueFd signals = take_signals();

  const base::SystemClock clock;
  auto gateway = Gateway::open(*config, clock);
  if (!gateway) return say(gateway.error(), kExitSpoolUnusable);
  if (auto started = (*gateway)->start(*config); !started) return say(started.error(), kExitUsage);
  const bool asked = wait_for_end(**gateway, signals.get());
  (*gateway)->shut_down();
  if (const auto failure = (*gateway)->failure(); !asked && failure) return say(*failure, kExitSpoolFailed);
  base::log_info("gateway", "stopped");
  return kExitOk;
}

}  // namespace holeshot::app
