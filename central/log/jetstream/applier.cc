#include "central/log/jetstream/applier.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "central/log/jetstream/stream_marks.h"
#include "common/base/log.h"

namespace holeshot::log {

using base::Code;

namespace {

// A full disk is looked at again this often.
constexpr std::chrono::seconds kRetryAfter{1};

std::vector<Stamped> batches_of(const std::vector<Arrival>& arrivals) {
  std::vector<Stamped> batches;
  for (const Arrival& arrival : arrivals) {
    if (arrival.decoded) batches.push_back({arrival.decoded->events, arrival.decoded->appended_at_us});
  }
  return batches;
}

// The last message of each stream.
std::map<std::size_t, const Arrival*> last_of_each(const std::vector<Arrival>& arrivals) {
  std::map<std::size_t, const Arrival*> last;
  for (const Arrival& arrival : arrivals) last[arrival.stream] = &arrival;
  return last;
}

}  // namespace

Applier::Applier(std::vector<std::string> streams, SqliteLog& replica, Intake& intake, Tickets& tickets,
                 Progress& progress)
    : streams_(std::move(streams)),
      replica_(replica),
      intake_(intake),
      tickets_(tickets),
      progress_(progress) {}

void Applier::start() {
  worker_ = base::Worker("js-applier", [this](const std::stop_token& stop) { run(stop); });
}

void Applier::stop() {
  worker_.request_stop();
  worker_.join();
}

void Applier::run(const std::stop_token& stop) {
  bool in_trouble = false;
  while (!stop.stop_requested()) {
    const std::vector<Arrival> arrivals = intake_.take(stop);
    while (!arrivals.empty() && !stop.stop_requested()) {
      const auto status = apply_or_skip(arrivals);
      if (status) break;
      if (!in_trouble)
        base::log_error("log", "the replica takes nothing", {{"cause", status.error().message}});
      in_trouble = true;
      progress_.set_replica_trouble(status.error());
      tickets_.refuse_all(status.error());
      if (status.error().code == Code::kClosed) return;
      wait_to_retry(stop);
    }
    if (in_trouble && !stop.stop_requested()) {
      base::log_info("log", "the replica takes events again");
      in_trouble = false;
      progress_.set_replica_trouble(std::nullopt);
    }
  }
}

void Applier::wait_to_retry(const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, kRetryAfter, [] { return false; });
}

base::Status Applier::apply_or_skip(const std::vector<Arrival>& arrivals) {
  auto status = apply(arrivals);
  if (status || status.error().code != Code::kCorrupt) return status;
  // One of them repeats an event whose stored copy is damaged. The others must not wait for that for ever.
  return apply_one_by_one(arrivals);
}

base::Status Applier::apply_one_by_one(const std::vector<Arrival>& arrivals) {
  for (const Arrival& arrival : arrivals) {
    auto status = apply({arrival});
    if (!status && status.error().code == Code::kCorrupt) {
      base::log_error(
          "log", "skipped a message that repeats a damaged event",
          {{"stream", streams_[arrival.stream]}, {"seq", arrival.seq}, {"cause", status.error().message}});
      Arrival place = arrival;
      place.decoded.reset();
      status = apply({place});
    }
    if (!status) return status;
  }
  return {};
}

base::Status Applier::apply(const std::vector<Arrival>& arrivals) {
  std::vector<Mark> marks;
  for (const auto& [stream, last] : last_of_each(arrivals)) {
    add_position(marks, streams_[stream], last->seq, fingerprint(last->message));
  }
  HOLESHOT_ASSIGN(auto verdicts, replica_.append_stamped(batches_of(arrivals), marks));
  tell(arrivals, std::move(verdicts));
  return {};
}

void Applier::tell(const std::vector<Arrival>& arrivals, std::vector<std::vector<Appended>> verdicts) {
  const auto is_new = [](const Appended& one) { return one.verdict == Verdict::kAppended; };
  // First, so that whoever is told finds it counted.
  if (std::ranges::any_of(verdicts, [&](const auto& batch) { return std::ranges::any_of(batch, is_new); }))
    ++commits_;
  std::size_t batch = 0;
  for (const Arrival& arrival : arrivals) {
    if (arrival.decoded) tickets_.applied(arrival.message, std::move(verdicts[batch++]));
  }
  for (const auto& [stream, last] : last_of_each(arrivals)) progress_.set_applied(stream, last->seq);
}

}  // namespace holeshot::log
