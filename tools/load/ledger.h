// Ledger: what became of every number of one feed (a track's channel), told by all the viewers who watch it. A hole in one
// viewer's numbers says only that something is missing; what it was, another viewer saw. So each number keeps what it was
// and how many missed it, and holes are judged together: a delta may be skipped, anything else is lost.
//
// A number that nobody saw at all is explained by the ticks' own count where it can be: the server left out a tick for
// everybody (it thins them when it is loaded). What stays unexplained counts as lost.
//
// One owner, no lock. Memory is bounded: numbers are judged for good once they are kWindow behind.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tools/load/glance.h"

namespace holeshot::load {

// Sums over viewers; they merge by adding.
struct Losses {
  std::uint64_t skipped_deltas = 0;         // one viewer's delta that others got
  std::uint64_t thinned_ticks = 0;          // ticks that were sent to nobody, times those who waited for them
  std::uint64_t before_keyframe = 0;        // ticks older than the keyframe that a newcomer begins with
  std::uint64_t lost_protected = 0;         // anything that is never to be skipped
  std::uint64_t lost_unexplained = 0;       // nobody saw it, and it was no tick
  std::optional<std::uint64_t> first_lost;  // the number of the first that is lost, for people

  void add(const Losses& other);
  // What came since `before`. A number may be judged anew once more is known, so none falls below 0.
  void subtract(const Losses& before);
  [[nodiscard]] std::uint64_t lost() const { return lost_protected + lost_unexplained; }
};

class Ledger {
 public:
  static constexpr std::size_t kWindow =
      16'384;  // minutes of ticks; a viewer is cut off at 256 waiting frames

  // Somebody was sent this frame. REQUIRES: glance.is_numbered().
  void saw(const Glance& glance);
  // One viewer was not sent the numbers first to last. `newcomer`: it waited for its first keyframe.
  void missed(std::uint64_t first, std::uint64_t last, bool newcomer);
  // Numbering starts again: judges what there is.
  void new_epoch();
  // All that has been judged, and what is still open as it stands now.
  [[nodiscard]] Losses losses() const;

 private:
  enum class What : std::uint8_t { kUnseen, kDelta, kKeyframe, kOther };
  struct Entry {
    What what = What::kUnseen;
    std::uint16_t tick_index = 0;
    std::uint32_t moto = 0;  // a hash of its name or slot
    std::uint32_t missed = 0;
    std::uint32_t missed_as_newcomer = 0;
  };
  // The judge walks the numbers in order.
  struct Judge {
    Losses losses;
    std::map<std::uint32_t, std::uint16_t> last_tick;
    std::uint64_t unseen_numbers =
        0;  // since the last stretch that somebody saw, each with those who missed it
    std::uint64_t unseen_missed = 0;
    std::uint64_t unseen_first = 0;
    void take(const Entry& entry, std::uint64_t seq);
    void take_unseen(const Entry& entry, std::uint64_t seq);
    void explain(const Entry& entry);
    void give_up_on_unseen();
    void lose(std::uint64_t count, std::uint64_t& sum, std::uint64_t seq);
  };
  [[nodiscard]] Entry* at(std::uint64_t seq);

  Judge judge_;
  std::vector<Entry> entries_;
  std::uint64_t first_ = 0;  // the oldest number that is not judged yet; 0: none was ever named
  std::uint64_t end_ = 0;    // one past the highest number named
};

}  // namespace holeshot::load
