#include "central/live/audience.h"

#include <algorithm>

namespace holeshot::live {

void Audience::turn_to(Sketches& sketches, std::uint64_t stretch) {
  // Stretches in which nobody asked are empty.
  const std::uint64_t before = sketches.last;
  for (std::uint64_t i = before + 1; i <= stretch && i <= before + kStretches; ++i)
    sketches.of[i % kStretches] = {};
  // Loops do not ask for the time in the same moment: one that is a little behind takes nothing back.
  sketches.last = std::max(before, stretch);
}

void Audience::seen(const std::string& track, std::string_view who, std::uint64_t now_us) {
  const std::uint64_t stretch = now_us / kStretchUs + kStretches;
  const std::scoped_lock lock(mutex_);
  auto found = tracks_.find(track);
  if (found == tracks_.end()) {
    if (tracks_.size() >= kMaxTracks) return;
    found = tracks_.try_emplace(track).first;
    found->second.last = stretch;
  }
  turn_to(found->second, stretch);
  found->second.of[stretch % kStretches].add(who);
}

std::map<std::string, std::uint64_t> Audience::counts(std::uint64_t now_us) {
  // Counted from kStretches on, so that a clock that starts at zero needs no special case.
  const std::uint64_t stretch = now_us / kStretchUs + kStretches;
  const std::scoped_lock lock(mutex_);
  std::erase_if(tracks_, [&](const auto& track) { return stretch - track.second.last >= kStretches; });
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [name, sketches] : tracks_) {
    // `last` tells when somebody asked, so it is not moved by who counts: of what is held, the stretches that are too old
    // by now are left out.
    HyperLogLog all;
    for (std::uint64_t i = stretch - (kStretches - 1); i <= sketches.last; ++i)
      all.merge(sketches.of[i % kStretches]);
    counts[name] = all.estimate();
  }
  return counts;
}

}  // namespace holeshot::live
