#include "gateway/status/walk_board.h"

#include <algorithm>

namespace holeshot::status {

void WalkBoard::add(std::span<const Crossing> crossings) {
  if (crossings.empty()) return;
  {
    const std::scoped_lock lock(mutex_);
    for (const Crossing& crossing : crossings) {
      Passing* passing = find(crossing.event_id);
      if (passing == nullptr) {
        passings_.push_back({.number = ++count_, .changed = 0, .crossing = {}});
        passing = &passings_.back();
      }
      update(*passing, crossing);
    }
    while (passings_.size() > kKept) passings_.pop_front();
  }
  changed_.notify_all();
}

void WalkBoard::central_has(std::uint64_t up_to_spool_id, std::span<const std::uint64_t> refused) {
  bool settled = false;
  {
    const std::scoped_lock lock(mutex_);
    at_central_ = std::max(at_central_, up_to_spool_id);
    refused_.insert(refused_.end(), refused.begin(), refused.end());
    while (refused_.size() > kKept) refused_.pop_front();
    for (Passing& passing : passings_) settled |= settle(passing);
  }
  if (settled) changed_.notify_all();
}

PassingsPage WalkBoard::wait_after(std::uint64_t version, std::chrono::milliseconds limit,
                                   const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, limit, [&] { return version != version_; });
  if (version > version_) version = 0;
  PassingsPage page{version_, {}};
  for (const Passing& passing : passings_) {
    if (passing.changed > version) page.passings.push_back(passing);
  }
  return page;
}

std::vector<std::string> WalkBoard::low_batteries() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (auto it = passings_.rbegin(); it != passings_.rend(); ++it) {
    if (!it->crossing.sighting.battery_low) continue;
    std::string name = transponder_text(it->crossing.sighting);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

// Only the newest can still be on their way to the disk, so this ends soon where it finds something.
Passing* WalkBoard::find(const std::string& event_id) {
  const auto it = std::find_if(passings_.rbegin(), passings_.rend(),
                               [&](const Passing& passing) { return passing.crossing.event_id == event_id; });
  return it == passings_.rend() ? nullptr : &*it;
}

void WalkBoard::update(Passing& passing, const Crossing& crossing) {
  passing.crossing = crossing;
  passing.changed = ++version_;
  // The uploader may be faster than the reader's return from the append.
  settle(passing);
}

// Ticks the passing off where central has it, or notes that central refused it; says whether that is new.
bool WalkBoard::settle(Passing& passing) {
  const std::uint64_t id = passing.crossing.spool_id;
  if (passing.at_central || passing.refused || !passing.kept() || id > at_central_) return false;
  passing.refused = std::find(refused_.begin(), refused_.end(), id) != refused_.end();
  passing.at_central = !passing.refused;
  passing.changed = ++version_;
  return true;
}

std::string transponder_text(const driver::Sighting& sighting) {
  if (!sighting.transponder_text.empty()) return sighting.transponder_text;
  if (sighting.transponder_id) return std::to_string(*sighting.transponder_id);
  return "unknown transponder";
}

}  // namespace holeshot::status
