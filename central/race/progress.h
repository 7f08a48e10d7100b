// Progress: how far from the gate a rider is at any moment, from the loops crossed so far, where the loops lie, and how
// long riders typically need from one to the next. Pure and in integers: the same everywhere. Ticks are made from it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "central/race/race.h"

namespace holeshot::race {

// A track as progress sees it: where each loop lies, and when a typical rider is there. Both rise from loop to loop.
struct Course {
  struct Point {
    std::uint64_t distance_mm = 0;  // from the gate
    std::uint64_t typical_us = 0;   // since the gate
  };
  std::vector<Point> points;  // in riding order, the finish last
};

// Loops without a distance lie where the typical rider's time says, on a track of the rule book's length.
[[nodiscard]] Course course_of(const Moto& moto, const Rules& rules);

// Where a rider is `t_us` after the gate, in mm. `splits`: time at each loop of the course, none where not crossed (a
// loop that was missed is passed over). Between two loops that were crossed: in a straight line. After the last one: at
// the typical speed, scaled by how fast this rider was so far; never at or past the next loop. Rises with t, and at every
// loop it is that loop's distance.
[[nodiscard]] std::uint64_t progress_mm(const Course& course,
                                        const std::vector<std::optional<std::uint64_t>>& splits,
                                        std::uint64_t t_us);

// The same for the rider in a lane; 0 where nobody stands there, or before the gate.
[[nodiscard]] std::uint64_t progress(const Race& race, std::uint64_t lane, std::uint64_t t_us);

}  // namespace holeshot::race
