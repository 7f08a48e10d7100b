// Glance: what the measuring needs of a frame, found without reading it all. Central sends envelopes in canonical form, so
// each field stands where sorting puts it: the short ones before the payload from the front, those after it from the back.
// Binary ticks are read by offset (docs/contract.md, section 4). Pure and total: any bytes give a Glance or nothing, and the
// views in it point into the bytes that were given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/bytes.h"

namespace holeshot::load {

enum class Sort : std::uint8_t { kSnapshot, kKeyframe, kDelta, kEvent, kHeartbeat, kError };

struct Glance {
  Sort sort = Sort::kEvent;
  bool decoder_channel = false;
  bool is_signed = false;
  bool must_be_signed = false;  // the contract signs ticks, results and alerts
  std::uint64_t epoch = 0;      // 0 in a binary tick: it has none
  std::uint64_t seq = 0;
  // Of a feed that leaves frames out: the number before it that this viewer was sent; in a heartbeat the last one.
  std::optional<std::uint64_t> prev_seq;
  std::uint64_t ts_us = 0;
  std::uint16_t tick_index = 0;                     // of a tick, modulo 65536
  std::string_view moto_id;                         // of a JSON tick
  std::uint8_t slot = 0;                            // of a binary tick
  std::string_view kid;                             // of a JSON frame
  std::string_view code;                            // of an error
  std::optional<std::uint64_t> reconnect_after_ms;  // of an error that asks to come back later
  std::uint64_t reconnect_jitter_ms = 0;
  std::optional<bool> high_traffic;  // where the payload says so

  [[nodiscard]] bool is_tick() const { return sort == Sort::kKeyframe || sort == Sort::kDelta; }
  // Whether the frame has a number of its own.
  [[nodiscard]] bool is_numbered() const { return is_tick() || sort == Sort::kEvent; }
};

[[nodiscard]] std::optional<Glance> glance_text(std::string_view envelope);

inline constexpr std::size_t kTickHeaderBytes = 32;
[[nodiscard]] std::optional<Glance> glance_binary(base::ByteView frame);

}  // namespace holeshot::load
