// Words of a command line and what they say. Pure functions; kInvalid names the word and what it should be.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "tools/sim/track.h"

namespace holeshot::sim {

using Words = std::vector<std::string_view>;

// Cut at spaces, tabs and carriage returns. The words live as long as the line.
[[nodiscard]] Words words_of(std::string_view line);
// Cut at commas, blanks around the parts taken away; "a,,b" has an empty part.
[[nodiscard]] Words parts_of(std::string_view list);

[[nodiscard]] base::Result<double> parse_real(std::string_view word);
// 0 to 1.
[[nodiscard]] base::Result<double> parse_probability(std::string_view word);
[[nodiscard]] base::Result<std::uint64_t> parse_count(std::string_view word);
// "on" or "off".
[[nodiscard]] base::Result<bool> parse_switch(std::string_view word);
// Decoders named by id ("D0000C01") or by number from 0; "all" is every one.
[[nodiscard]] base::Result<DecoderSet> parse_decoders(std::string_view word);
// Types of record, as names ("GET_TIME") or as four hex digits, separated by commas; "none" is empty.
[[nodiscard]] base::Result<std::vector<std::uint16_t>> parse_types(std::string_view list);

// The error for a command that has other words than it needs.
[[nodiscard]] std::unexpected<base::Error> wrong_words(std::string_view usage);

}  // namespace holeshot::sim
