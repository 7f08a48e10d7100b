#include "central/app/viewer_counts.h"

#include <chrono>
#include <utility>

namespace holeshot::central_app {

ViewerCounts::ViewerCounts(const live::Hub& hub, live::Audience& audience, const base::Clock& clock,
                           Tell tell, std::function<void()> after)
    : hub_(hub), audience_(audience), clock_(clock), tell_(std::move(tell)), after_(std::move(after)) {}

void ViewerCounts::check() {
  const std::scoped_lock one(checking_);
  auto polling = audience_.counts(clock_.mono_us());
  std::map<std::string, std::uint64_t> now;
  for (const auto& [topic, mark] : hub_.marks()) {
    if (topic.channel == live::Channel::kRace) now[topic.track_id] = mark.viewers + polling[topic.track_id];
  }
  const auto before = told();
  for (const auto& [track, viewers] : now) {
    const auto last = before.find(track);
    // A track that nobody watches yet has nobody to tell.
    if (viewers != (last == before.end() ? 0 : last->second)) tell_(track, viewers);
  }
  {
    const std::scoped_lock lock(mutex_);
    told_ = std::move(now);
  }
  if (after_) after_();
}

std::map<std::string, std::uint64_t> ViewerCounts::told() const {
  const std::scoped_lock lock(mutex_);
  return told_;
}

void ViewerCounts::start() {
  worker_ = base::Worker("viewer-counts", [this](const std::stop_token& stop) { watch(stop); });
}

void ViewerCounts::watch(const std::stop_token& stop) {
  constexpr std::chrono::seconds kEvery{10};  // the contract's
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      tick_.wait_for(lock, stop, kEvery, [] { return false; });
    }
    if (!stop.stop_requested()) check();
  }
}

}  // namespace holeshot::central_app
