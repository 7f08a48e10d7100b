#include "gateway/app/run_command.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/service.h"
#include "common/base/signals.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/gateway.h"
#include "gateway/spool/options.h"
#include "gateway/status/server.h"
#include "gateway/status/walk_board.h"

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

// The page that the installation named, while there is no gateway yet: the lamp says what is missing.
class WaitingPage {
 public:
  void show(const ReadSettings& read, const std::string& wrong) {
    {
      const std::scoped_lock lock(mutex_);
      wrong_ = wrong;
    }
    if (page_) return;
    const auto config = page_settings(read);
    if (!config || config->status_host.empty()) return;
    auto page = status::StatusServer::start({.host = config->status_host, .port = config->status_port},
                                            {.picture = [this] { return picture(); }}, board_);
    if (!page) return base::log_warn("gateway", "no status page", {{"why", page.error().text()}});
    page_ = std::move(*page);
    base::log_info("gateway", "status page", {{"url", page_->url()}});
  }

 private:
  // Where the file cannot be read, what is set besides it counts.
  static base::Result<GatewayConfig> page_settings(const ReadSettings& read) {
    if (const auto settings = read()) return page_from(*settings);
    base::Settings settings = declare_gateway_settings();
    // NOLINTNEXTLINE(concurrency-mt-unsafe): none of ours ever sets a variable
    HOLESHOT_TRY(settings.read_environment([](const char* name) { return std::getenv(name); }));
    return page_from(settings);
  }
  status::Picture picture() {
    status::Picture picture{.now_us = clock_.wall_us(), .version = HOLESHOT_VERSION};
    picture.up_for_us = clock_.mono_us() - started_us_;
    const std::scoped_lock lock(mutex_);
    picture.unconfigured = wrong_;
    return picture;
  }

  const base::SystemClock clock_;
  const std::uint64_t started_us_ = clock_.mono_us();
  std::mutex mutex_;
  std::string wrong_;
  status::WalkBoard board_;
  std::unique_ptr<status::StatusServer> page_;  // last: stops before the rest goes
};

// Reads until the settings are good, and says each time something else is wrong; nullopt when a signal came first.
std::optional<Configured> wait_for_settings(const ReadSettings& read, const base::Service& service,
                                            const base::Signals& signals) {
  base::init_log(base::LogLevel::kInfo, base::LogFormat::kText);
  std::string said;
  WaitingPage page;
  do {
    auto configured = read_all(read);
    if (configured) return std::move(*configured);
    const std::string wrong = "not configured: " + configured.error().text();
    if (wrong != said) {
      base::log_warn("gateway", wrong + "; begins when " + kDefaultConfigPath + " is saved");
      page.show(read, configured.error().message);
      service.ready(wrong);
    }
    said = wrong;
    service.ping();
  } while (!signals.wait_for(kLookAgain));
  return std::nullopt;
}

// SQLite wants some pages of log and index before it can open anything.
constexpr std::uint64_t kRoomToOpen = 1U << 20U;

bool for_want_of_room(const base::Error& error, const std::string& path) {
  if (error.code == base::Code::kFull) return true;
  const auto space = spool::probe_disk(path);
  return space && space->free < kRoomToOpen;
}

// A disk without room is no reason to end: somebody frees it, and until then a service manager would only start this
// program again and again. kClosed when a signal came first.
base::Result<std::unique_ptr<Gateway>> open_gateway(const GatewayConfig& config, const base::Clock& clock,
                                                    const base::Service& service,
                                                    const base::Signals& signals) {
  bool said = false;
  while (true) {
    auto gateway = Gateway::open(config, clock, signals);
    if (gateway || !for_want_of_room(gateway.error(), config.spool)) return gateway;
    if (!std::exchange(said, true)) {
      const std::string wrong = "the disk is full: the spool cannot be opened; free some space";
      base::log_error("gateway", wrong, {{"spool", config.spool}, {"why", gateway.error().message}});
      service.ready(wrong);
    }
    service.ping();
    if (signals.wait_for(kLookAgain))
      return base::fail(base::Code::kClosed, "stopped before the disk had room");
  }
}

int serve(const Configured& configured, const base::Service& service, const base::Signals& signals) {
  base::init_log(configured.log.level, configured.log.format);
  const base::SystemClock clock;
  auto gateway = open_gateway(configured.gateway, clock, service, signals);
  if (!gateway && gateway.error().code == base::Code::kClosed) return kExitOk;
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
