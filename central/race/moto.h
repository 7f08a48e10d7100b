// Moto: the riders and loops of one race and every passing that is theirs, as plain data and pure functions over it. Who
// crossed which loop is worked out anew from all hits of a rider, sorted by time since the gate, so the order in which
// they arrived cannot matter. What officials decided stands above it (race.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/clocks.h"
#include "central/race/input.h"
#include "central/race/rules.h"

namespace holeshot::race {

enum class HitVerdict : std::uint8_t {
  kCrossing,  // this is when the rider crossed the loop
  kDouble,    // read again within the hold-off, or at a loop crossed already
  kWindow,    // no loop of its decoder can be reached at this time
  kLate,      // the race was ended before it came in, without this rider's finish
};

// One passing of a rider of this moto, after the gate.
struct Hit {
  std::uint64_t elapsed_us = 0;  // since the gate
  Passing passing;
  std::uint64_t seq = 0;  // in the order in which the engine saw passings
  ClockState clock = ClockState::kSame;
  HitVerdict verdict = HitVerdict::kDouble;
  std::size_t loop = 0;  // index into Moto::loops, for a crossing
};

// A rider's crossing of one loop.
struct Mark {
  std::uint64_t elapsed_us = 0;  // since the gate
  bool unsynchronised = false;
  bool operator==(const Mark&) const = default;
};
using Marks = std::vector<std::optional<Mark>>;  // [rider * loops + loop]

// What one more hit changed.
struct HitOutcome {
  bool known = false;  // the same passing was here before: nothing changed
  HitVerdict verdict = HitVerdict::kDouble;
  std::size_t loop = 0;          // for a crossing
  std::vector<Passing> demoted;  // were crossings until now
};

// What a passing of a decoder at that time can be.
enum class LoopFit : std::uint8_t {
  kNoDecoder,    // no loop hangs on it
  kNoWindow,     // not at that time
  kImplausible,  // a loop without a window of its own, at a time at which nobody is there
  kFits,
};

// One owner, one thread. Copies.
class Moto {
 public:
  Moto() = default;
  // REQUIRES: refusal_of(request, rules) is empty.
  Moto(StageRequest request, const Rules& rules);

  [[nodiscard]] const StageRequest& request() const { return request_; }
  // In the order in which they are ridden: by position, the finish last.
  [[nodiscard]] const std::vector<Loop>& loops() const { return request_.track.loops; }
  // By lane.
  [[nodiscard]] const std::vector<Rider>& riders() const { return request_.riders; }

  // By number where passing and rider have one, else by text.
  [[nodiscard]] std::optional<std::size_t> rider_of(const Passing& passing) const;
  [[nodiscard]] std::optional<std::size_t> rider_called(std::string_view rider_id) const;
  [[nodiscard]] bool may_issue_gate(std::string_view decoder_id) const;
  // What a special id means here; nullopt where nobody wired it.
  [[nodiscard]] std::optional<Meaning> meaning_of(std::uint64_t transponder,
                                                  std::string_view decoder_id) const;
  [[nodiscard]] LoopFit fit(std::string_view decoder_id, std::uint64_t elapsed_us) const;
  // The first loop from `from` on that a passing at this decoder and time can be.
  [[nodiscard]] std::optional<std::size_t> loop_for(std::string_view decoder_id, std::uint64_t elapsed_us,
                                                    std::size_t from) const;

  // Adds a hit of a rider and works out the rider's crossings again.
  HitOutcome add_hit(std::size_t rider, Hit hit);
  [[nodiscard]] const std::vector<Hit>& hits(std::size_t rider) const { return hits_[rider]; }
  // Takes out the hits for which `gone` is true, and works out the crossings of their riders again.
  template <class Gone>
  std::vector<Hit> take_hits(Gone gone);
  // Hits after this passing do not count for riders without a finish among those before it.
  void close_at(std::optional<std::uint64_t> seq);

  // Every crossing, as the hits of each rider give it.
  [[nodiscard]] const Marks& marks() const { return marks_; }
  [[nodiscard]] const std::optional<Mark>& mark(std::size_t rider, std::size_t loop) const {
    return marks_[rider * loops().size() + loop];
  }
  [[nodiscard]] std::span<const std::optional<Mark>> marks_of(std::size_t rider) const {
    return std::span{marks_}.subspan(rider * loops().size(), loops().size());
  }
  // Of every decoder with a hit, by each clock, a time that none of its hits is later than: one look tells where
  // nothing can be after a moment. No passings of anybody.
  [[nodiscard]] const std::vector<Passing>& latest() const { return latest_; }
  // The passing by which the rider crossed the loop; nullptr: not yet.
  [[nodiscard]] const Hit* crossing_hit(std::size_t rider, std::size_t loop) const;
  // Microseconds since the gate.
  [[nodiscard]] std::optional<std::uint64_t> crossing(std::size_t rider, std::size_t loop) const;
  [[nodiscard]] bool started(std::size_t rider) const;
  [[nodiscard]] bool finished(std::size_t rider) const { return mark(rider, finish_loop()).has_value(); }
  [[nodiscard]] std::size_t finish_loop() const { return loops().size() - 1; }
  // The loop at the foot of the start hill; nullptr where the finish is the only one.
  [[nodiscard]] const Loop* hill() const { return loops().size() > 1 ? &loops().front() : nullptr; }

 private:
  struct Window {
    std::uint64_t min_us = 0;
    std::uint64_t max_us = 0;
    std::uint64_t plausible_us = 0;  // until then; max_us or less
  };
  void set_windows(const Rules& rules);
  void note_latest(const Passing& passing);
  void judge(std::size_t rider);
  void judge_hits(std::vector<Hit>& hits) const;
  void judge_until(std::vector<Hit>& hits, std::uint64_t last_seq) const;
  void judge_one(Hit& hit, std::array<const Hit*, kMaxLoops>& taken) const;
  void trim(std::vector<Hit>& hits) const;

  StageRequest request_;
  std::vector<Window> windows_;  // by loop
  std::uint64_t hold_off_us_ = 0;
  std::optional<std::uint64_t> closed_at_;
  std::vector<std::vector<Hit>> hits_;  // by rider; each sorted by time
  Marks marks_;                         // what the verdicts come to
  std::vector<Passing> latest_;
};

template <class Gone>
std::vector<Hit> Moto::take_hits(Gone gone) {
  std::vector<Hit> taken;
  for (std::size_t rider = 0; rider < hits_.size(); ++rider) {
    std::vector<Hit>& hits = hits_[rider];
    const std::size_t before = hits.size();
    for (Hit& hit : hits) {
      if (gone(hit)) taken.push_back(hit);
    }
    std::erase_if(hits, gone);
    if (hits.size() != before) judge(rider);
  }
  return taken;
}

// Why something cannot be done; an empty code = it can.
struct Refusal {
  std::string code;
  std::string reason;
  explicit operator bool() const { return !code.empty(); }
};
[[nodiscard]] Refusal refusal_of(const StageRequest& request, const Rules& rules);
// The same for its loops and wiring alone.
[[nodiscard]] Refusal refusal_of_track(const StageRequest& request);
// The rules of a stage request: its book with its overrides. A refusal where it names what is not there.
[[nodiscard]] Refusal rules_for(const StageRequest& request, Rules& rules);

}  // namespace holeshot::race
