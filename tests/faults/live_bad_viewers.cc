// Good viewers beside bad ones, in one run: first the good ones alone, then beside viewers that never read, send garbage,
// flood, close halfway, say nothing, or send their head byte by byte. Prints how late the good ones' frames were in both
// stretches, and fails where they lost anything that is protected or where a bad one was not ended as it must be.
//
//   holeshot-live-bad-viewers [--viewers N] [--bad N] [--never-read N] [--seconds S]
//
// Without --seconds each stretch lasts until everything that must happen has happened: nothing is judged by the clock.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/worker.h"
#include "tests/bench/live_server_process.h"
#include "tests/faults/live_misdeeds.h"
#include "tools/load/fleet.h"

namespace holeshot::live {
namespace {

using load::Fleet;
using load::Report;
using namespace std::chrono_literals;

struct Plan {
  std::uint64_t viewers = 1000;
  unsigned bad = 64;  // at a time, of all kinds in turn
  std::uint64_t never_read = 100;
  double seconds = 0;  // of each stretch; 0: until what must happen has happened
};

// Far longer than anything takes.
constexpr auto kPatience = 90s;

template <class Done>
bool waited(Done done) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

class Crowd {
 public:
  Crowd(std::uint64_t count, double stalled, std::uint16_t port) : count_(count) {
    load::ViewerPlan plan;
    plan.target =
        base::value_or_die(load::parse_target("ws://127.0.0.1:" + std::to_string(port), "ws", "/ws/v1/live"));
    plan.tracks = {"bench"};
    plan.viewers = count;
    plan.ramp_per_s = 2000;
    plan.duration_us = 0;
    plan.stalled_share = stalled;
    plan.reconnect = false;
    plan.sources = 8;
    fleet_ = std::make_unique<Fleet>(std::move(plan), clock_);
    thread_ = base::Worker("crowd", [this](const std::stop_token& stop) { fleet_->run(stop); });
  }
  Fleet* operator->() { return fleet_.get(); }
  [[nodiscard]] bool all_in() {
    return waited([&] { return fleet_->progress().open == count_; });
  }
  Report over() {
    thread_.request_stop();
    thread_.join();
    return fleet_->report();
  }

 private:
  const std::uint64_t count_;
  base::SystemClock clock_;
  std::unique_ptr<Fleet> fleet_;
  base::Worker thread_;
};

// So many threads that misbehave, each in one way, over and over.
class BadCompany {
 public:
  BadCompany(unsigned count, std::uint16_t port) {
    for (unsigned i = 0; i < count; ++i) {
      const Misdeed& misdeed = misdeeds()[i % misdeeds().size()];
      threads_.emplace_back("bad", [this, &misdeed, port](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          note(misdeed, misdeed.commit(port));
          std::this_thread::sleep_for(50ms);  // or they would only show that the machine is busy
        }
      });
    }
  }
  ~BadCompany() {
    for (base::Worker& thread : threads_) thread.request_stop();
  }
  BadCompany(const BadCompany&) = delete;
  BadCompany& operator=(const BadCompany&) = delete;

  // Every kind has been ended at least so often.
  [[nodiscard]] bool each_ended(std::uint64_t times) {
    const std::scoped_lock lock(mutex_);
    return std::ranges::all_of(misdeeds(), [&](const Misdeed& one) {
      std::uint64_t all = 0;
      for (const auto& [end, count] : ends_[one.name]) all += count;
      return all >= times;
    });
  }
  // Prints how each kind was ended; how many kinds were ended in another way, or not at all.
  int tell() {
    const std::scoped_lock lock(mutex_);
    int wrong = 0;
    for (const Misdeed& one : misdeeds()) {
      auto& ends = ends_[one.name];
      std::printf("%-32s must end %-8s ended", one.name, one.end);
      for (const auto& [end, count] : ends)
        std::printf("  %s x%llu", end.c_str(), static_cast<unsigned long long>(count));
      std::printf("\n");
      if (ends.size() != 1 || ends.begin()->first != one.end) ++wrong;
    }
    return wrong;
  }

 private:
  void note(const Misdeed& misdeed, const std::string& end) {
    const std::scoped_lock lock(mutex_);
    ++ends_[misdeed.name][end];
  }
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::uint64_t>> ends_;
  std::vector<base::Worker> threads_;
};

double ms(std::uint64_t us) { return static_cast<double>(us) / 1000; }

void compare(const char* name, const load::Histogram& beside, const load::Histogram& alone) {
  const double value = ms(beside.quantile(0.99));
  const double floor = ms(alone.quantile(0.99));
  std::printf(
      "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"ms\",\"floor\":%.3f,\"floor_name\":\"the same viewers "
      "alone\",\"ratio\":%.3f}\n",
      name, value, floor, floor > 0 ? value / floor : 0);
}

ServerPlan server_plan(bool timed) {
  ServerPlan plan;
  if (!timed) plan.tick_hz = 100;
  // An event beside every tick: whoever does not read has 256 frames waiting after some seconds and not after minutes.
  plan.ticks_per_result = 1;
  plan.config.send_buffer_bytes = 8192;
  plan.config.handshake_us = 1'000'000;
  return plan;
}

int fail(const std::string& what) {
  std::printf("FINDING: %s\n", what.c_str());
  return 1;
}

// A stretch lasts its seconds, or until the good ones have got so many frames each.
void stretch(const Plan& plan, Crowd& good) {
  constexpr std::uint64_t kFramesEach = 100;
  if (plan.seconds > 0) return std::this_thread::sleep_for(std::chrono::duration<double>(plan.seconds));
  const std::uint64_t wanted = good->report().frames + plan.viewers * kFramesEach;
  if (!waited([&] { return good->report().frames >= wanted; })) std::printf("the good ones got no frames\n");
}

int judge(const Plan& plan, const Report& good, const Report& never, std::uint64_t cut_off, int wrong) {
  int findings =
      wrong == 0 ? 0 : fail(std::to_string(wrong) + " kinds of bad viewers were not ended as they must be");
  for (const std::string& finding : good.findings()) findings += fail("good viewers: " + finding);
  if (!good.closes.empty() || good.connections != plan.viewers) findings += fail("a good viewer was cut off");
  // It is told where the close frame has reached it within the linger time; who is later finds the line gone.
  const auto ended = [&never](int code) {
    const auto found = never.slow_closes.find(code);
    return found == never.slow_closes.end() ? std::uint64_t{0} : found->second;
  };
  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf(
      "%-32s must end %-8s cut off %llu of %llu; of them told 4408 when they looked: %llu, too late: %llu\n",
      "never reading", "4408", number(cut_off), number(plan.never_read), number(ended(4408)),
      number(ended(0)));
  if (cut_off != plan.never_read || ended(4408) + ended(0) != plan.never_read)
    findings += fail("a viewer that never reads was not cut off");
  if (plan.seconds == 0 && ended(4408) == 0) findings += fail("nobody of those who never read was told 4408");
  return findings;
}

int run(const Plan& plan) {
  base::value_or_die(load::allow_descriptors(plan.viewers + plan.never_read + plan.bad + 128));
  ServerProcess server{server_plan(plan.seconds > 0)};
  const std::uint16_t port = server.begin();
  Crowd good(plan.viewers, 0, port);
  if (!good.all_in()) return fail("the good viewers did not come in");
  good->cut();
  stretch(plan, good);
  const Report alone = good->cut();

  Crowd never(plan.never_read, 1, port);
  BadCompany bad(plan.bad, port);
  stretch(plan, good);
  const bool ended =
      waited([&] { return bad.each_ended(2) && server.stats().slow_closed >= plan.never_read; });
  const std::uint64_t cut_off = server.stats().slow_closed;
  const Report beside = good->cut();
  if (!ended) std::printf("not everybody was ended in time\n");
  const int wrong = bad.tell();
  const Report never_report = never.over();
  const Report all = good.over();
  compare("live_bad_viewers_p99", beside.tick_us, alone.tick_us);
  compare("live_bad_viewers_p99_at_socket", beside.arrival_us, alone.arrival_us);
  std::printf("good viewers: %llu frames, %llu deltas skipped, %llu protected frames lost\n",
              static_cast<unsigned long long>(all.frames),
              static_cast<unsigned long long>(all.losses.skipped_deltas),
              static_cast<unsigned long long>(all.losses.lost()));
  return judge(plan, all, never_report, cut_off, wrong) == 0 ? 0 : 1;
}

Plan plan_of(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view word = argv[i];
    const double value = std::max(0.0, std::atof(argv[i + 1]));
    if (word == "--viewers") plan.viewers = static_cast<std::uint64_t>(value);
    if (word == "--bad") plan.bad = static_cast<unsigned>(value);
    if (word == "--never-read") plan.never_read = static_cast<std::uint64_t>(value);
    if (word == "--seconds") plan.seconds = value;
  }
  return plan;
}

}  // namespace
}  // namespace holeshot::live

int main(int argc, char** argv) { return holeshot::live::run(holeshot::live::plan_of(argc, argv)); }
