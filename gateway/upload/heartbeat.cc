#include "gateway/upload/heartbeat.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/contract/problem.h"

namespace holeshot::upload {

namespace {

std::string url_of(std::string central) {
  while (central.ends_with('/')) central.pop_back();
  return central + std::string{contract::kHeartbeatPath};
}

std::uint64_t count(std::chrono::microseconds span) { return static_cast<std::uint64_t>(span.count()); }

}  // namespace

Heartbeat::Heartbeat(HttpTransport& transport, const base::Clock& clock, CentralClock& central,
                     contract::UlidMaker& ulids, std::function<contract::Heartbeat()> now,
                     HeartbeatOptions options)
    : transport_(transport),
      clock_(clock),
      central_(central),
      ulids_(ulids),
      now_(std::move(now)),
      options_(std::move(options)),
      url_(url_of(options_.central)),
      signer_(options_.client, options_.key, central_),
      due_at_us_(clock.mono_us()) {}

void Heartbeat::run(const std::stop_token& stop) {
  // The first beat is at once; the rhythm of those that follow is shifted by chance.
  std::mt19937_64 random(options_.seed);
  const std::uint64_t shift = random() % std::max<std::uint64_t>(1, count(options_.every));
  bool first = true;
  while (!stop.stop_requested()) {
    const auto wait = step(stop);
    if (std::exchange(first, false)) due_at_us_ = clock_.mono_us() + shift;
    std::unique_lock lock(mutex_);
    poked_.wait_for(lock, stop, wait, [&] { return poke_; });
    poke_ = false;
  }
}

std::chrono::microseconds Heartbeat::step(const std::stop_token& stop) {
  const contract::Heartbeat heartbeat = now_();
  if (clock_.mono_us() >= due_at_us_ || posted_ != heartbeat.lamps) {
    posted_ = heartbeat.lamps;
    if (post(heartbeat, stop)) {
      const std::scoped_lock lock(mutex_);
      ++sent_;
      answered_mono_us_ = clock_.mono_us();
    }
    due_at_us_ = clock_.mono_us() + count(options_.every);
  }
  const std::uint64_t now = clock_.mono_us();
  const std::chrono::microseconds until_due{due_at_us_ > now ? static_cast<std::int64_t>(due_at_us_ - now)
                                                             : 0};
  return std::min(until_due, options_.look_every);
}

bool Heartbeat::post(const contract::Heartbeat& heartbeat, const std::stop_token& stop) {
  std::string body = contract::heartbeat_body(heartbeat);
  auto headers = signer_.headers(contract::kSignedHeartbeat, heartbeat.track, ulids_.next(), body);
  const std::uint64_t sent_at = clock_.mono_us();
  const auto response =
      transport_.post({.url = url_, .headers = std::move(headers), .body = std::move(body)}, stop);
  if (!response) {
    base::log_debug("upload", "heartbeat: " + response.error().message);
    return false;
  }
  if (const auto problem = contract::parse_problem(response->body))
    central_.learn(sent_at, problem->server_time_us);
  const auto server_time = contract::parse_heartbeat_reply(response->body);
  if (response->status != 200 || !server_time) {
    base::log_debug("upload", "heartbeat: not taken", {{"status", response->status}});
    return false;
  }
  central_.learn(sent_at, *server_time);
  return true;
}

void Heartbeat::poke() {
  {
    const std::scoped_lock lock(mutex_);
    poke_ = true;
  }
  poked_.notify_all();
}

std::uint64_t Heartbeat::sent() const {
  const std::scoped_lock lock(mutex_);
  return sent_;
}

std::optional<std::uint64_t> Heartbeat::answer_age_us() const {
  const std::scoped_lock lock(mutex_);
  if (sent_ == 0) return std::nullopt;
  return clock_.mono_us() - answered_mono_us_;
}

}  // namespace holeshot::upload
