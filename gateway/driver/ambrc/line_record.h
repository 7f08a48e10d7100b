// What a checked line says, and the payload that is made of it. Pure functions; total on hostile input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace holeshot::driver::ambrc {

// @ TAB type TAB number TAB transponder TAB seconds.ms TAB hits TAB strength TAB flags
struct Passing {
  std::uint64_t decoder_type = 0;  // 20: AMBrc, RC4; 101: Vostok. Every decoder of a kind says the same
  std::uint64_t number = 0;        // shared with the status lines
  std::uint64_t transponder = 0;
  std::uint64_t since_start_us = 0;
  std::uint64_t hits = 0;
  std::uint64_t strength = 0;
  std::uint64_t flags = 0;  // 2 in every published line; the meaning is not known
  bool operator==(const Passing&) const = default;
};

// # TAB type TAB number TAB noise [TAB 0]
struct Status {
  std::uint64_t decoder_type = 0;
  std::uint64_t number = 0;
  std::uint64_t noise = 0;
  bool operator==(const Status&) const = default;
};

// nullopt for another kind of line and for one with other fields. `text` is Line::text.
[[nodiscard]] std::optional<Passing> as_passing(std::string_view text);
[[nodiscard]] std::optional<Status> as_status(std::string_view text);

// Canonical JSON objects (docs/drivers.md has the fields). `raw` is the whole line.
[[nodiscard]] std::string payload_of(const Passing& passing, std::string_view decoder_id,
                                     std::uint64_t rtc_time_us, base::ByteView raw);
[[nodiscard]] std::string payload_of(const Status& status, std::string_view decoder_id, base::ByteView raw);
// A line of another kind: all its fields, as texts.
[[nodiscard]] std::string payload_of_other(std::string_view text, std::string_view decoder_id,
                                           base::ByteView raw);
// "AMBRC_24" for a line of type $.
[[nodiscard]] std::string name_of_other(std::string_view text);

// The line in a payload's `raw`, in bytes; empty where there is none.
[[nodiscard]] base::Bytes raw_in(std::string_view payload);

}  // namespace holeshot::driver::ambrc
