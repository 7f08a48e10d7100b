// The registry: what the race office keeps. Its changes are events on contract::kRegistrySubject, one object
// each, whole:
//
//   {"op":"put","kind":"rider","id":"..","object":{..},"revision":3,"actor":"..","ts_us":n,"created_at_us":n}
//   {"op":"delete","kind":"rider","id":"..","revision":4,"actor":"..","ts_us":n}
//
//   {"op":"kick","kind":"viewer","id":"0-17","revision":1,"actor":"..","reason":"..","ts_us":n}
//
// A kick changes no object; it is there for the audit. `object` is the contract's shape (section 6) with these differences: no id, created_at or updated_at (they
// are above), a track holds its loops[] and sections[], a class its rider_ids[], a moto its entries[] {id,
// rider_id, lane}; and lengths and places are integers, since what enters a log may be hashed: length_mm for
// length_m, latitude_e7 and longitude_e7 for latitude and longitude.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holeshot::read {

inline constexpr std::string_view kTrack = "track";
inline constexpr std::string_view kRider = "rider";
inline constexpr std::string_view kEvent = "event";
inline constexpr std::string_view kClass = "class";
inline constexpr std::string_view kMoto = "moto";
// How classes are run, where it is not a book that is built in; its id is its name.
inline constexpr std::string_view kRuleBook = "rule_book";
// A class's result as it was published; its id is the class's.
inline constexpr std::string_view kPublication = "publication";
// A moto's result that came with the event from another log, where its race was; its id is the moto's. {results[] as
// race_finished has them}.
inline constexpr std::string_view kMotoResult = "moto_result";
// Not kinds of their own: what a rider's transponder is unique by.
inline constexpr std::string_view kTransponder = "transponder";
inline constexpr std::string_view kTransponderText = "transponder_string";

// A text for sorting and searching without regard to case: ASCII, Latin-1 and Latin Extended-A are lowered,
// other bytes stay.
[[nodiscard]] std::string fold(std::string_view utf8);

// "2026-11-20T17:55:08.123456Z"
[[nodiscard]] std::string iso_time(std::uint64_t unix_us);

}  // namespace holeshot::read
