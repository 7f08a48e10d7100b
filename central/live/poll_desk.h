// PollDesk: answers polls at one loop: at once where there is something to say, else when something is published or the time
// that the poll may wait is over. Belongs to one loop and its thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "central/live/http_stream.h"
#include "central/live/switchboard.h"
#include "central/live/viewer.h"
#include "common/base/clock.h"

namespace holeshot::live {

class PollDesk {
 public:
  // `keep_us`: for how long an answered connection is kept for its next poll.
  PollDesk(Switchboard& switchboard, const base::Clock& clock, std::uint64_t keep_us)
      : switchboard_(switchboard), clock_(clock), keep_us_(keep_us) {}

  // REQUIRES: the viewer's head has been read and it has a caller without a poll.
  void ask(Viewer& viewer, PollRequest request);
  // Something came for those who watch it.
  void published(const TopicKey& topic);
  // Answers those whose time is over.
  void expire(std::uint64_t now_us);
  // When expire() has something to do; nullopt: nobody waits.
  [[nodiscard]] std::optional<std::uint64_t> next_due_us() const;
  // It goes without an answer.
  void forget(Viewer& viewer);
  // Everybody who waits is sent away with 503: come back by and by.
  void dismiss_all();

 private:
  enum class When : std::uint8_t { kIfThereIsSomething, kNow };
  bool answer(Viewer& viewer, PollRequest& request, When when);
  void remove(Viewer& viewer);

  Switchboard& switchboard_;
  const base::Clock& clock_;
  const std::uint64_t keep_us_;
  std::map<TopicKey, std::vector<Viewer*>> waiting_;
  std::set<std::pair<std::uint64_t, Viewer*>> due_;
};

}  // namespace holeshot::live
