// holeshot-load: thousands of viewers or gateways from one process, and what each of them got.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "central/live/ws_client.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/signals.h"
#include "common/base/worker.h"
#include "tools/load/arguments.h"
#include "tools/load/fleet.h"
#include "tools/load/gateway_fleet.h"
#include "tools/load/http_get.h"

namespace {

namespace base = holeshot::base;
namespace load = holeshot::load;
using namespace std::chrono_literals;

struct Run {
  std::vector<std::unique_ptr<load::Fleet>> fleets;
  std::vector<base::Worker> threads;

  [[nodiscard]] bool over() const {
    return std::ranges::none_of(threads, [](const base::Worker& thread) { return thread.running(); });
  }
};

void show(const Run& run) {
  load::Progress all;
  for (const auto& fleet : run.fleets) {
    const load::Progress one = fleet->progress();
    all.open += one.open;
    all.wanted += one.wanted;
    all.frames += one.frames;
    all.bytes += one.bytes;
    all.returns += one.returns;
    all.tick_us.merge(one.tick_us);
  }
  const auto ms = [&](double q) { return static_cast<double>(all.tick_us.quantile(q)) / 1000; };
  std::fprintf(
      stderr,
      "%llu/%llu viewers  %llu frames/s  %.2f MB/s  ticks p50 %.1f p99 %.1f max %.1f ms  came back %llu\n",
      static_cast<unsigned long long>(all.open), static_cast<unsigned long long>(all.wanted),
      static_cast<unsigned long long>(all.frames), static_cast<double>(all.bytes) / 1e6, ms(0.5), ms(0.99),
      static_cast<double>(all.tick_us.max()) / 1000, static_cast<unsigned long long>(all.returns));
}

base::Result<std::vector<load::PublicKey>> keys_of(const load::ViewerArguments& arguments) {
  HOLESHOT_ASSIGN(const load::Target http, load::parse_target(arguments.http, "http", ""));
  HOLESHOT_ASSIGN(const std::string config, load::http_get(http, http.path + "/race/config", 5s));
  HOLESHOT_ASSIGN(std::vector<load::PublicKey> keys, load::read_keys(config));
  if (keys.empty())
    return base::fail(base::Code::kInvalid, "GET /race/config: central publishes no keys",
                      "leave out --verify");
  return keys;
}

base::Result<load::ViewerPlan> prepare(const load::ViewerArguments& arguments) {
  HOLESHOT_ASSIGN(load::ViewerPlan plan, load::viewer_plan(arguments));
  constexpr std::size_t kOthers = 64;
  HOLESHOT_TRY(load::allow_descriptors(plan.viewers + kOthers));
  // A wrong address is better said now than after the whole run.
  HOLESHOT_TRY(holeshot::live::connect_tcp(plan.target.host, plan.target.port));
  if (arguments.verify) {
    HOLESHOT_ASSIGN(plan.keys, keys_of(arguments));
  }
  return plan;
}

base::Result<load::GatewayPlan> prepare(const load::GatewayArguments& arguments) {
  HOLESHOT_ASSIGN(load::GatewayPlan plan, load::gateway_plan(arguments));
  HOLESHOT_TRY(load::allow_descriptors(plan.gateways + 64));
  HOLESHOT_TRY(holeshot::live::connect_tcp(plan.target.host, plan.target.port));
  return plan;
}

load::Report watch(const load::ViewerPlan& plan, const base::Signals& signals, bool progress) {
  const base::SystemClock clock;
  Run run;
  for (unsigned i = 0; i < plan.threads; ++i) {
    load::ViewerPlan part = plan;
    part.thread = i;
    run.fleets.push_back(std::make_unique<load::Fleet>(std::move(part), clock));
    load::Fleet& fleet = *run.fleets.back();
    run.threads.emplace_back("fleet", [&](const std::stop_token& stop) {
      fleet.run(stop);
      signals.raise();
    });
  }
  while (!run.over() && !signals.wait_for(1s)) {
    if (progress) show(run);
  }
  for (base::Worker& thread : run.threads) thread.request_stop();
  for (base::Worker& thread : run.threads) thread.join();
  load::Report all;
  for (const auto& fleet : run.fleets) all.add(fleet->report());
  return all;
}

void show(const load::GatewayReport& report) {
  std::fprintf(stderr, "%llu events answered for, %llu waiting, %llu batches sent again, ack p99 %.1f ms\n",
               static_cast<unsigned long long>(report.events),
               static_cast<unsigned long long>(report.waiting), static_cast<unsigned long long>(report.again),
               static_cast<double>(report.ack_us.quantile(0.99)) / 1000);
}

load::GatewayReport post(const load::GatewayPlan& plan, const base::Signals& signals, bool progress) {
  const base::SystemClock clock;
  load::GatewayFleet fleet(plan, clock);
  base::Worker thread("gateways", [&](const std::stop_token& stop) {
    fleet.run(stop);
    signals.raise();
  });
  while (thread.running() && !signals.wait_for(1s)) {
    if (progress) show(fleet.report());
  }
  thread.request_stop();
  thread.join();
  return fleet.report();
}

int refuse(const base::Error& error) {
  std::fprintf(stderr, "holeshot-load: %s\n", error.text().c_str());
  return error.code == base::Code::kRetry ? load::kNobodyCame : load::kUsage;
}

template <class Report>
int tell(const Report& report, bool json) {
  std::printf("%s%s", json ? report.json().c_str() : report.text().c_str(), json ? "\n" : "");
  return load::exit_status(report);
}

}  // namespace

int main(int argc, char** argv) {
  load::Arguments arguments;
  if (const auto status = load::read_command_line(argc, argv, arguments)) return *status;
  const base::Signals signals;
  const bool progress = arguments.progress || ::isatty(STDERR_FILENO) != 0;
  if (arguments.command == load::Arguments::Command::kGateways) {
    const auto plan = prepare(arguments.gateways);
    return plan ? tell(post(*plan, signals, progress), arguments.json) : refuse(plan.error());
  }
  const auto plan = prepare(arguments.viewers);
  return plan ? tell(watch(*plan, signals, progress), arguments.json) : refuse(plan.error());
}
