// The numbers that the rules of a race use. All in one value, so that a rule book stays data: rule_books/*.json hold
// the named ones (rule_books.h), a stage intent names its book and may override single numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holeshot::race {

// Value type. The defaults are those of a club's race day: the book `club`. Times are microseconds.
struct Rules {
  // What a decoder's external start input is reported as; the gate is wired into it.
  std::uint64_t gate_transponder = 9992;
  // Numbers from here to there are inputs of a decoder and no bike's.
  std::uint64_t special_first = 9991;
  std::uint64_t special_last = 9995;
  // A BMX gate has eight lanes.
  std::uint64_t max_lane = 8;
  std::uint64_t max_riders = 8;
  // One wheel over one loop is read more than once within some tens of milliseconds; no rider needs less than
  // this from one loop to another loop of the same decoder.
  std::uint64_t hold_off_us = 500'000;
  // The slowest novices need 75 s. What is further from the gate than this has nothing to do with it.
  std::uint64_t max_elapsed_us = 600'000'000;
  // After this long a race is over for whoever is still on the track. Host time, counted by RaceTimeouts.
  std::uint64_t race_timeout_us = 90'000'000;
  // When a rider can be at the loop at the foot of the start hill, and at any later loop of the same decoder.
  std::uint64_t hill_min_us = 800'000;
  std::uint64_t hill_max_us = 10'000'000;
  std::uint64_t finish_min_us = 15'000'000;
  // Typical times: to estimate a start whose pulse is missing, and for progress between loops.
  std::uint64_t typical_hill_us = 2'200'000;
  std::uint64_t typical_lap_us = 40'000'000;
  std::uint64_t track_length_mm = 350'000;
  // A race starts without its pulse when this many of its riders cross the hill loop within the spread.
  std::uint64_t hill_start_riders = 2;
  std::uint64_t hill_spread_us = 3'000'000;
  // A second pulse this soon after the gate is the same gate; from another decoder within the shared time it is the
  // same pulse, and tells what its clock shows.
  std::uint64_t double_gate_us = 2'000'000;
  std::uint64_t shared_gate_us = 1'000'000;
  // A passing this far behind the newest of its decoder came in out of order: it counts, and says so.
  std::uint64_t hold_back_us = 2'000'000;
  // Neighbours at the finish closer than this are proposed for a photo finish.
  std::uint64_t photo_finish_us = 10'000;
  // Clocks that differ by less are taken for one clock: readings over a network are not better than that.
  std::uint64_t clock_tolerance_us = 20'000;
  // 1: times of two decoders are subtracted only where their offset is known.
  std::uint64_t strict_clocks = 0;
  // How many of the latest actions can be undone.
  std::uint64_t undo_depth = 50;

  bool operator==(const Rules&) const = default;
};

// The number of that name, to read or to set; nullptr where no rule is called so.
[[nodiscard]] std::uint64_t* rule_of(Rules& rules, std::string_view name);

// The book of that name (club, uci, usabmx), parsed once from what was built in.
[[nodiscard]] std::optional<Rules> rule_book(std::string_view name);
inline constexpr std::string_view kDefaultRuleBook = "club";

// Bounds that keep an engine's memory bounded whatever comes in.
inline constexpr std::uint64_t kMaxGate = 16;          // lanes, whatever a rule book says
inline constexpr std::size_t kMaxLoops = 32;           // ten are many
inline constexpr std::size_t kMaxHitsPerRider = 64;    // kept of one rider beside the crossings that count
inline constexpr std::size_t kMaxLoose = 256;          // passings kept that no moto counts
inline constexpr std::size_t kMaxGatePulses = 64;      // remembered, to know one that is sent again
inline constexpr std::size_t kMaxAlerts = 32;          // raised at once
inline constexpr std::size_t kMaxAlertBytes = 1000;    // of text: it has to fit a board
inline constexpr std::size_t kMaxMotos = 4;            // on the track at once; two are usual
inline constexpr std::size_t kMaxPast = 24;            // off the track, kept for late passings and protests
inline constexpr std::size_t kMaxActions = 200;        // rulings on one moto
inline constexpr std::size_t kMaxPins = 256;           // passings that officials assigned
inline constexpr std::size_t kMaxTransponders = 8;     // of one rider
inline constexpr std::size_t kMaxWiring = 32;          // special ids of one track
inline constexpr std::size_t kMaxPracticeChips = 256;  // with bests kept
inline constexpr std::size_t kMaxPracticeGates = 16;   // a chip is timed from one of these

}  // namespace holeshot::race
