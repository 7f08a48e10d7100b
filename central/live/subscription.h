// Subscription: one viewer's part in one topic. Owned by the viewer, listed by the topic, handled by
// Switchboard alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "central/live/filter.h"

namespace holeshot::live {

class Viewer;
struct Topic;

struct Subscription {
  // May this viewer be sent deltas?
  enum class Deltas : std::uint8_t {
    kAfterKey,  // new here: not before the first keyframe
    kFirst,  // has a keyframe from before its snapshot: the next one is not thinned, so that ticks can be counted from it
    kYes,
    kOwed,  // lost one: not before the next keyframe, and what is left out until then was dropped
  };

  Viewer* viewer = nullptr;
  Topic* topic = nullptr;
  std::shared_ptr<const Filter> filter;  // null: everything
  // Catching up: the next number that is to be read from the topic's log. 0: up to date, frames are handed
  // over as they are published. So a viewer that comes back far behind never has more than its queue waiting.
  std::uint64_t next = 0;
  std::array<Deltas, kSlots> deltas{};  // by slot: each has keyframes of its own
  std::uint64_t last_sent =
      0;                  // number of the last frame that was sent, so that holes can be told from losses
  std::size_t index = 0;  // in the topic's list
};

}  // namespace holeshot::live
