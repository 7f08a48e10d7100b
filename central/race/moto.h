// Moto: one race from its staging to its result, as plain data and pure functions over it. Who crossed which
// loop is worked out anew from all hits of a rider, sorted by time since the gate, so the order in which they
// arrived cannot matter.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/input.h"
#include "central/race/rules.h"

namespace holeshot::race {

// What makes two reports of a passing the same passing: a decoder that is asked to sends it again.
struct PassingId {
  std::string decoder_id;
  std::uint64_t passing_number = 0;
  std::uint64_t rtc_time_us = 0;
  auto operator<=>(const PassingId&) const = default;
};
[[nodiscard]] PassingId id_of(const Passing& passing);

enum class HitVerdict : std::uint8_t {
  kCrossing,  // this is when the rider crossed the loop
  kDouble,    // read again within the hold-off, or at a loop crossed already
  kWindow,    // no loop of its decoder can be reached at this time
};

// One passing of a rider of this moto, after the gate.
struct Hit {
  std::uint64_t elapsed_us = 0;
  PassingId id;
  HitVerdict verdict = HitVerdict::kDouble;
  std::size_t loop = 0;  // index into Moto::loops, for a crossing
};

// The gate pulse that started the race.
struct Gate {
  PassingId id;
  std::optional<std::uint64_t> utc_time_us;
  std::uint64_t captured_at_us = 0;
  std::string event_id;  // of the gate_drop event
};

// A rider's crossing of a loop that is new, or another than before.
struct LoopChange {
  std::size_t loop = 0;
  bool corrected = false;  // there was one before
  bool operator==(const LoopChange&) const = default;
};

// What one more hit changed.
struct HitOutcome {
  bool known = false;  // the same passing was here before: nothing changed
  HitVerdict verdict = HitVerdict::kDouble;
  std::vector<LoopChange> changed_loops;  // in loop order
  std::vector<Hit> demoted;               // were crossings until now
};

// A rider's place at one moment. Those without a crossing have none.
struct Standing {
  std::size_t rider = 0;  // index into Moto::riders
  std::size_t loop = 0;   // the furthest one crossed
  std::uint64_t elapsed_us = 0;
  std::uint64_t gap_us = 0;  // behind the fastest at that loop
  std::uint64_t position = 0;
  bool finished = false;
  bool operator==(const Standing&) const = default;
};

struct ResultLine {
  std::size_t rider = 0;
  std::uint64_t position = 0;
  std::optional<std::uint64_t> elapsed_us;  // of those who finished
  std::optional<std::uint64_t> gap_us;
  bool dnf = false;  // crossed a loop, not the finish
  bool dns = false;  // crossed nothing
  bool operator==(const ResultLine&) const = default;
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
  [[nodiscard]] const std::vector<Rider>& riders() const { return request_.riders; }

  // By number where the passing has one, else by text.
  [[nodiscard]] std::optional<std::size_t> rider_of(const Passing& passing) const;
  [[nodiscard]] bool has_decoder(std::string_view decoder_id) const;
  [[nodiscard]] bool is_gate_transponder(std::uint64_t transponder) const;
  [[nodiscard]] bool may_issue_gate(std::string_view decoder_id) const;

  // Adds a hit of a rider and works out the rider's crossings again.
  HitOutcome add_hit(std::size_t rider, std::uint64_t elapsed_us, PassingId id);
  [[nodiscard]] const std::vector<Hit>& hits(std::size_t rider) const { return hits_[rider]; }
  // Microseconds since the gate.
  [[nodiscard]] std::optional<std::uint64_t> crossing(std::size_t rider, std::size_t loop) const;
  [[nodiscard]] bool started(std::size_t rider) const;
  [[nodiscard]] bool finished(std::size_t rider) const { return crossing(rider, finish_loop()).has_value(); }
  [[nodiscard]] std::size_t finished_count() const;
  [[nodiscard]] std::size_t finish_loop() const { return loops().size() - 1; }

  // Best first: by the furthest loop, then time there, then lane.
  [[nodiscard]] std::vector<Standing> standings() const;
  // The rider's place among those who crossed this loop. REQUIRES: the rider did.
  [[nodiscard]] Standing standing_at(std::size_t rider, std::size_t loop) const;
  // Finished, then dnf, then dns; every rider once.
  [[nodiscard]] std::vector<ResultLine> results() const;

 private:
  void judge(std::vector<Hit>& hits) const;
  void trim(std::vector<Hit>& hits) const;
  [[nodiscard]] bool fits(const Loop& loop, const Hit& hit) const;

  StageRequest request_;
  std::uint64_t hold_off_us_ = 0;
  std::vector<std::vector<Hit>> hits_;  // by rider; each sorted by time
};

// Why this moto cannot be raced; an empty code = it can.
struct Refusal {
  std::string code;
  std::string reason;
  explicit operator bool() const { return !code.empty(); }
};
[[nodiscard]] Refusal refusal_of(const StageRequest& request, const Rules& rules);

}  // namespace holeshot::race
