// The record that nearly all log events are, a PASSING with fields of the usual types, read without building a tree. Says
// no to anything unusual, which the parser in input.cc then judges: what both take, both read the same.
#pragma once

#include <string_view>

#include "central/race/input.h"

namespace holeshot::race {

// Fills all of `input` but its source. False: nothing is to be taken from `input`.
[[nodiscard]] bool read_passing_fast(std::string_view body, Input& input);

}  // namespace holeshot::race
