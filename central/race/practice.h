// Practice: gates that drop with no moto staged. Every transponder is timed from the newest gate before it, and keeps its
// best time at every loop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "central/race/moto.h"
#include "central/race/race.h"

namespace holeshot::race {

// What officials set, and the gates since: without whom it timed.
struct PracticeSetup {
  bool on = false;
  Moto moto;                // the track, and whom a transponder belongs to; no lanes
  std::vector<Gate> gates;  // the latest kMaxPracticeGates, newest last
};

// One owner, one thread. Copies. Plain data: the snapshot codec reads it.
struct Practice : PracticeSetup {
  // What is remembered of one transponder.
  struct Chip {
    std::string gate;           // key of the gate that its run began with
    std::size_t next_loop = 0;  // of that run
    PassingId last;             // counted; a read soon after it at the same decoder is the same crossing
    std::map<std::string, std::uint64_t> best;  // by loop id
    bool operator==(const Chip&) const = default;
  };
  struct Lap {
    std::string transponder;
    std::string rider_id;  // empty: unknown
    Loop loop;
    std::uint64_t elapsed_us = 0;
    std::uint64_t best_us = 0;
    bool is_best = false;
  };

  std::map<std::string, Chip> chips;  // by number, or by text; at most kMaxPracticeChips

  void start(StageRequest track, const Rules& rules);
  void stop();
  void drop_gate(const Gate& gate);
  // nullopt where no gate is before it, no loop is at its decoder then, or it is a double read.
  [[nodiscard]] std::optional<Lap> pass(const Passing& passing, const ClockBook& book, const Rules& rules);
};

}  // namespace holeshot::race
