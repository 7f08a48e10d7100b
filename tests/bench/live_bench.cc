// Fan-out of 200-byte ticks to loopback viewers, beside a bare send(2) loop over bytes that are made already, to the
// same sockets, in the same rounds: CPU seconds of the server's process per million deliveries.
//
//   holeshot-bench-live [viewers] [frames] [rounds]
#include <malloc.h>

#include <cstdlib>
#include <optional>

#include "tests/bench/live_bench_kit.h"

namespace holeshot::live {
namespace {

using std::chrono::microseconds;

struct Plan {
  std::uint32_t viewers = 5000;
  int frames = 20;
  int rounds = 7;
  // Well above what a sweep takes, so that sweeps do not run into one another unless they are to.
  [[nodiscard]] microseconds pace() const { return microseconds{viewers * 12}; }
};

// One listener with its viewers, and what writing to them cost.
class Subject {
 public:
  Subject(const Plan& plan, std::string name, LiveConfig config, int ticks_a_write, Crowd& crowd)
      : plan_(plan), name_(std::move(name)), ticks_a_write_(ticks_a_write) {
    config.host = "0.0.0.0";
    config.send_buffer_bytes = 0;         // the system's
    config.heartbeat_us = 3'600'000'000;  // what is counted is ticks alone
    server_ = base::value_or_die(LiveServer::start(std::move(config), clock_, hub_));
    const std::size_t before = ::mallinfo2().uordblks;
    crowd.bring(server_->address().port, plan.viewers);
    settle(0);
    memory_ = static_cast<double>(::mallinfo2().uordblks - before) / plan.viewers;
    std::vector<int> sockets = sockets_of(server_->address().port);
    HOLESHOT_CHECK(sockets.size() == plan.viewers, "every viewer has a socket");
    bare_.emplace(std::move(sockets));
    for (int i = 0; i < 6; ++i) publish();  // a keyframe, and time for the loop to see how busy it is
    settle(seq_);
  }

  // Whoever comes second finds the caches warm: they take turns.
  void round() {
    const bool floor_first = floors_.size() % 2 == 0;
    if (floor_first) floors_.push_back(floor());
    ours_.push_back(ours());
    if (!floor_first) floors_.push_back(floor());
    ratios_.push_back(ours_.back() / floors_.back());
  }

  void report() const {
    const double per_million = 1e6 / static_cast<double>(deliveries());
    std::printf(
        "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"s/1e6 "
        "deliveries\",\"floor\":%.3f,\"floor_name\":\"send(2) "
        "loop, same sockets\",\"ratio\":%.3f,\"io\":\"%s\"}\n",
        name_.c_str(), median(ours_) * per_million, median(floors_) * per_million, median(ratios_),
        std::string{to_string(server_->io())}.c_str());
  }
  // Our heap's part, the loop's and the hub's own included.
  [[nodiscard]] double memory_per_viewer() const { return memory_; }

 private:
  double floor() {
    const std::string wire = tick_of_200_bytes(2)->wire;
    const std::uint64_t taken = bare_->finish();
    const double cpu = cost([&] { bare_->sweep(wire); }, [&] { bare_->finish(); }, 1);
    HOLESHOT_CHECK(bare_->finish() - taken == deliveries(), "the viewers keep up");
    return cpu;
  }
  double ours() {
    const std::uint64_t messages = hub_.stats().total.total_messages;
    const double cpu = cost([&] { publish_one(); }, [&] { settle(seq_); }, ticks_a_write_);
    HOLESHOT_CHECK(hub_.stats().total.total_messages - messages == deliveries(), "everybody got every tick");
    return cpu;
  }
  [[nodiscard]] std::uint64_t deliveries() const {
    return static_cast<std::uint64_t>(plan_.frames) * plan_.viewers;
  }
  // Every `together` ticks are waited for: on a machine that does not keep up, sweeps would run into one another and
  // gather of themselves.
  template <class SendOne, class Finish>
  double cost(SendOne send_one, Finish finish, int together) {
    const double cpu = cpu_seconds();
    auto due = Steady::now();
    for (int i = 1; i <= plan_.frames; ++i) {
      send_one();
      due = std::max(due + plan_.pace(), Steady::now());
      std::this_thread::sleep_until(due);
      if (i % together == 0) finish();
    }
    return cpu_seconds() - cpu;
  }
  void publish_one() {
    const auto status = hub_.publish({kBenchTopic, tick_of_200_bytes(++seq_), nullptr});
    if (!status) base::die(status.error());
  }
  void publish() {
    publish_one();
    std::this_thread::sleep_for(plan_.pace());
  }
  // Until everybody has the upgrade, the snapshot and `seq` ticks.
  void settle(std::uint64_t seq) const {
    while (hub_.stats().total.total_messages < (2 + seq) * plan_.viewers) {
      HOLESHOT_CHECK(hub_.stats().total.dropped_messages == 0, "the viewers keep up");
      std::this_thread::sleep_for(microseconds{500});
    }
  }

  const Plan plan_;
  const std::string name_;
  const int ticks_a_write_;
  base::SystemClock clock_;
  Hub hub_;
  std::unique_ptr<LiveServer> server_;
  std::optional<BareLoop> bare_;
  std::uint64_t seq_ = 0;
  double memory_ = 0;
  std::vector<double> floors_;
  std::vector<double> ours_;
  std::vector<double> ratios_;
};

int run(const Plan& plan) {
  raise_descriptor_limit();
  Crowd crowd;
  LiveConfig as_it_comes;
  as_it_comes.coalesce_us = 0;
  LiveConfig plain = as_it_comes;
  plain.io = Io::kEpoll;
  LiveConfig two_a_write;
  two_a_write.coalesce_us = static_cast<std::uint64_t>(plan.pace().count()) * 5 / 2;
  two_a_write.coalesce_above = -1;
  std::vector<std::unique_ptr<Subject>> subjects;
  const auto add = [&](const char* name, const LiveConfig& config, int ticks_a_write) {
    subjects.push_back(std::make_unique<Subject>(plan, name, config, ticks_a_write, crowd));
  };
  add("live_cpu_per_delivery", as_it_comes, 1);
  add("live_cpu_per_delivery_epoll", plain, 1);
  add("live_cpu_per_delivery_coalesced", two_a_write, 2);
  for (int i = 0; i < plan.rounds; ++i) {
    for (const auto& subject : subjects) subject->round();
  }
  for (const auto& subject : subjects) subject->report();
  const double memory = subjects.front()->memory_per_viewer();
  std::printf(
      "{\"name\":\"live_bytes_per_viewer_memory\",\"value\":%.0f,\"unit\":\"bytes of heap\",\"floor\":1024,"
      "\"floor_name\":\"the aim\",\"ratio\":%.3f}\n",
      memory, memory / 1024);
  return 0;
}

}  // namespace
}  // namespace holeshot::live

int main(int argc, char** argv) {
  holeshot::live::Plan plan;
  if (argc > 1) plan.viewers = static_cast<std::uint32_t>(std::max(1, std::atoi(argv[1])));
  if (argc > 2) plan.frames = std::max(2, std::atoi(argv[2])) / 2 * 2;
  if (argc > 3) plan.rounds = std::max(1, std::atoi(argv[3]));
  return holeshot::live::run(plan);
}
